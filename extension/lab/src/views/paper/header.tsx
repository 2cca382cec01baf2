/** The head of the sidebar: which paper, in what state, and what to do with it next. */

import type { JSX } from "react";
import { useRef } from "react";
import type { OpenPaper } from "../../models/paper/paper.ts";
import type { PaperActions } from "./parts.tsx";
import { Sign } from "./signs.tsx";
import { saidTally, STATES } from "./words.ts";

interface HeaderProps {
  readonly paper: OpenPaper;
  readonly actions: PaperActions;
}

export function PaperHeader({ paper, actions }: HeaderProps): JSX.Element {
  const { state, build } = paper;
  const title = paper.outline.outline?.title ?? state?.title ?? paper.name;
  const running = build?.running ?? null;
  return (
    <div className="jp-pr-paper-header">
      <h2 title={paper.path}>{title || paper.name}</h2>
      <State paper={paper} />
      <div className="jp-pr-paper-row">
        {running ? (
          <button type="button" className="jp-pr-paper-button" disabled={!running.here} onClick={actions.cancel}>
            Cancel build
          </button>
        ) : (
          <BuildButton isAsking={Boolean(build?.asking)} actions={actions} />
        )}
        <button type="button" className="jp-pr-paper-button" onClick={actions.preview}>
          Preview
        </button>
      </div>
    </div>
  );
}

function State({ paper }: { readonly paper: OpenPaper }): JSX.Element {
  const { state, build } = paper;
  if (!state) return <p className="jp-pr-paper-state">{paper.problem ? "State unknown" : "Asking the server…"}</p>;
  const { word, sign, tone } = STATES[build?.running ? "building" : state.state];
  const rest = [state.version === null ? "" : `version ${state.version}`, saidTally(state.tally)].filter(Boolean);
  return (
    <p className="jp-pr-paper-state">
      <span className={`jp-pr-paper-badge jp-pr-paper-badge-${tone}`}>
        <Sign name={sign} tone={tone} /> {word}
      </span>
      {rest.length > 0 && <span> {rest.join(" · ")}</span>}
    </p>
  );
}

function BuildButton({
  isAsking,
  actions,
}: {
  readonly isAsking: boolean;
  readonly actions: PaperActions;
}): JSX.Element {
  const menu = useRef<HTMLButtonElement>(null);
  return (
    <span className="jp-pr-paper-split">
      <button
        type="button"
        className="jp-pr-paper-button jp-pr-paper-primary"
        disabled={isAsking}
        onClick={() => {
          actions.build();
        }}
      >
        Build
      </button>
      <button
        type="button"
        ref={menu}
        className="jp-pr-paper-button jp-pr-paper-primary"
        aria-label="More ways to build"
        aria-haspopup="menu"
        disabled={isAsking}
        onClick={() => {
          if (menu.current) actions.buildMenu(menu.current);
        }}
      >
        <Sign name="down" />
      </button>
    </span>
  );
}
