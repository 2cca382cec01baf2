/** The paper of the notebook in front: its state, outline, claims, build and versions, beside where it is written. */

import { ReactWidget } from "@jupyterlab/ui-components";
import type { JSX } from "react";
import type { PaperState } from "../../api/payloads/papers.ts";
import { allClaims } from "../../models/paper/claims.ts";
import type { OpenPaper, OpenPapers } from "../../models/paper/paper.ts";
import { notConnected } from "../connection.tsx";
import { keepFocus } from "../focus-keeper.ts";
import { BuildSection } from "./build-progress.tsx";
import { BrokenClaims, ClaimsSection } from "./claims.tsx";
import { PaperHeader } from "./header.tsx";
import { OutlineSection } from "./outline.tsx";
import type { Folds, PaperActions } from "./parts.tsx";
import { Section, Trouble } from "./parts.tsx";
import { NoPaper } from "./none.tsx";
import { PlanSection } from "./plan.tsx";
import { paperIcon, Sign } from "./signs.tsx";
import { VersionsSection } from "./versions.tsx";
import { counted } from "./words.ts";

export class PaperSidebar extends ReactWidget {
  private readonly _papers: OpenPapers;
  private readonly _actions: PaperActions;
  private readonly _folds: Folds = new Map();
  private _followed: OpenPaper | null = null;

  constructor(papers: OpenPapers, actions: PaperActions) {
    super();
    this._papers = papers;
    this._actions = actions;
    this.id = "pressrun-paper";
    this.title.icon = paperIcon;
    this.title.caption = "Paper";
    this.addClass("jp-pr-paper");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Paper");
    const kept = keepFocus(this.node);
    this.disposed.connect(() => {
      kept.dispose();
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) actions.leave();
    });
    papers.changed.connect(this._onChange);
    this._onChange();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this._papers.changed.disconnect(this._onChange);
    this._followed?.panel.content.activeCellChanged.disconnect(this._update);
    super.dispose();
  }

  protected override render(): JSX.Element {
    const paper = this._papers.current;
    if (paper?.finding !== "paper") {
      return <NoPaper paper={paper} papers={this._papers} actions={this._actions} />;
    }
    return <Paper key={paper.path} paper={paper} folds={this._folds} actions={this._actions} />;
  }

  private readonly _update = (): void => {
    if (this.isVisible) this.update();
  };

  /** The cursor is followed in the notebook in front only. */
  private readonly _onChange = (): void => {
    const next = this._papers.current;
    if (next !== this._followed) {
      const old = this._followed;
      if (old && !old.panel.isDisposed) old.panel.content.activeCellChanged.disconnect(this._update);
      next?.panel.content.activeCellChanged.connect(this._update);
      this._followed = next;
    }
    this.update();
  };
}

interface PaperProps {
  readonly paper: OpenPaper;
  readonly folds: Folds;
  readonly actions: PaperActions;
}

function Paper({ paper, folds, actions }: PaperProps): JSX.Element {
  const { state, problem, connected, asOf } = paper;
  const claims = allClaims(state, paper.outline.outline, paper.panel);
  return (
    <>
      <PaperHeader paper={paper} actions={actions} />
      {!connected && (
        <p className="jp-pr-paper-banner" role="status">
          <Sign name="warning" tone="doubt" /> The server is {notConnected(asOf)}. Trying again…
        </p>
      )}
      {problem && <Trouble title="The paper's state is not known" fault={problem} />}
      {state?.error && state.state === "failed" && paper.build?.job?.phase !== "failed" && (
        <Trouble title="The paper has a fault" fault={state.error} />
      )}
      <BrokenClaims claims={claims} actions={actions} />
      <BuildSection paper={paper} folds={folds} actions={actions} />
      {state && state.version !== null && state.stale.length > 0 && (
        <StaleSection state={state} folds={folds} actions={actions} />
      )}
      <PlanSection paper={paper} folds={folds} actions={actions} />
      <OutlineSection paper={paper} folds={folds} actions={actions} />
      <ClaimsSection claims={claims} folds={folds} actions={actions} />
      {state && <VersionsSection versions={state.versions} folds={folds} actions={actions} />}
      {state && state.notes.length > 0 && (
        <Section title="Notes" folds={folds}>
          <ul className="jp-pr-paper-changes">
            {state.notes.map((note, index) => (
              <li key={index}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

interface StaleProps {
  readonly state: PaperState;
  readonly folds: Folds;
  readonly actions: PaperActions;
}

/** What the published version is behind of, and what takes it in. */
function StaleSection({ state, folds, actions }: StaleProps): JSX.Element {
  const needsUpdate = state.stale.some(({ update }) => update);
  return (
    <Section title="Stale" folds={folds} aside={counted(state.stale.length, "reason")}>
      <ul className="jp-pr-paper-stale">
        {state.stale.map(({ what, reason, update }, index) => (
          <li key={index}>
            <Sign name="clock" tone="doubt" />
            <span>
              <strong>{what}</strong>: {reason}
              {update && <span className="jp-pr-paper-quiet"> — the lock keeps it out until runs are updated</span>}
            </span>
          </li>
        ))}
      </ul>
      <div className="jp-pr-paper-row">
        {needsUpdate && (
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              actions.build({ update: true });
            }}
          >
            Build with the new runs
          </button>
        )}
        {needsUpdate && (
          <button type="button" className="jp-pr-paper-link" onClick={actions.showRuns}>
            Show runs
          </button>
        )}
      </div>
    </Section>
  );
}
