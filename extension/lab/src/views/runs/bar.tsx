/** What can be done with the runs selected, or with all that are shown: insert panels, compare, tag, note. */

import { useRef, useState } from "react";
import type { JSX, PointerEvent } from "react";
import type { PanelKind } from "../../models/runs/calls.ts";
import { MOST_COMPARED } from "../../models/runs/comparison.ts";
import type { RunsModel } from "../../models/runs/runs.ts";
import { parseTag } from "./cells.tsx";
import { plural } from "./text.ts";
import { useSignal } from "../use-signal.ts";

export interface BarActions {
  insert: (kind: PanelKind) => void;
  choose: () => void;
  compare: () => void;
  /** A drag of a panel into the notebook may begin. */
  grab: (event: globalThis.PointerEvent, kind: PanelKind) => void;
  fail: (error: unknown) => void;
}

const KINDS: readonly { kind: PanelKind; label: string; title: string }[] = [
  { kind: "curves", label: "Curves", title: "Insert curves of these runs below the active cell, or drag them there" },
  { kind: "table", label: "Table", title: "Insert a table of these runs below the active cell, or drag it there" },
  {
    kind: "compare",
    label: "Compare",
    title: "Insert a comparison of these runs below the active cell, or drag it there",
  },
  { kind: "code", label: "Code…", title: "Insert the code that these runs ran" },
];

export function RunsBar({ model, actions }: { model: RunsModel; actions: BarActions }): JSX.Element {
  useSignal(model.changed);
  useSignal(model.selection.changed);
  const [editing, setEditing] = useState<"" | "tag" | "note">("");
  const { size } = model.selection;
  const count = size || model.pages.count;
  const bar = useRef<HTMLDivElement>(null);
  const done = (): void => {
    bar.current?.querySelector<HTMLElement>("[aria-expanded=true]")?.focus();
    setEditing("");
  };
  const of = size > 0 ? `${size.toLocaleString("en")} selected` : `all ${plural(count, "run")}`;
  return (
    <div ref={bar} className="jp-pr-bar" role="toolbar" aria-label="The selected runs">
      <div className="jp-pr-bar-row">
        <span className="jp-pr-bar-count" role="status">
          {of}
        </span>
        {size > 0 && (
          <button
            type="button"
            className="jp-pr-icon"
            aria-label="Select none"
            title="Select none (Escape)"
            onClick={() => {
              model.selection.clear();
            }}
          >
            ×
          </button>
        )}
        {size > 0 && (
          <span className="jp-pr-bar-end">
            {size >= 2 && (
              <button
                type="button"
                className="jp-pr-button"
                title={
                  size > MOST_COMPARED ? `At most ${MOST_COMPARED} runs fit side by side` : "Look at them side by side"
                }
                disabled={size > MOST_COMPARED}
                onClick={actions.compare}
              >
                Side by side
              </button>
            )}
            <Opener name="tag" editing={editing} set={setEditing} />
            <Opener name="note" editing={editing} set={setEditing} />
          </span>
        )}
      </div>
      {editing && size > 0 && (
        <Annotate
          key={editing}
          what={editing}
          many={size}
          save={(text) => {
            const keys = model.selection.keys;
            const tag = parseTag(text);
            if (editing === "note") model.annotate(keys, { note: text }).catch(actions.fail);
            else if (tag) model.annotate(keys, { tags: { [tag[0]]: tag[1] } }).catch(actions.fail);
            done();
          }}
          close={done}
        />
      )}
      <div className="jp-pr-bar-row">
        <span className="jp-pr-bar-word">Insert</span>
        {KINDS.map(({ kind, label, title }) => (
          <button
            key={kind}
            type="button"
            className="jp-pr-button"
            aria-label={`Insert ${kind}`}
            title={title}
            disabled={count === 0 || (kind === "compare" && count < 2)}
            onPointerDown={(event: PointerEvent) => {
              if (event.button === 0) actions.grab(event.nativeEvent, kind);
            }}
            onClick={() => {
              actions.insert(kind);
            }}
          >
            {label}
          </button>
        ))}
        <button
          type="button"
          className="jp-pr-icon"
          aria-label="Insert another panel"
          title="Insert another panel of these runs"
          disabled={count === 0}
          onClick={actions.choose}
        >
          ⋯
        </button>
      </div>
    </div>
  );
}

interface OpenerProps {
  name: "tag" | "note";
  editing: string;
  set: (editing: "" | "tag" | "note") => void;
}

function Opener({ name, editing, set }: OpenerProps): JSX.Element {
  return (
    <button
      type="button"
      className="jp-pr-button"
      aria-expanded={editing === name}
      onClick={() => {
        set(editing === name ? "" : name);
      }}
    >
      {name === "tag" ? "Tag…" : "Note…"}
    </button>
  );
}

interface AnnotateProps {
  what: "tag" | "note";
  many: number;
  save: (text: string) => void;
  close: () => void;
}

function Annotate({ what, many, save, close }: AnnotateProps): JSX.Element {
  const [text, setText] = useState("");
  const label = what === "tag" ? `Tag ${plural(many, "run")}` : `Note on ${plural(many, "run")}`;
  return (
    <form
      className="jp-pr-bar-row"
      onSubmit={(event) => {
        event.preventDefault();
        save(text);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <input
        ref={focus}
        className="jp-pr-edit"
        aria-label={label}
        placeholder={what === "tag" ? "name=value" : "what to remember"}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <button type="submit" className="jp-pr-button" disabled={what === "tag" && !text.trim()}>
        {what === "tag" ? "Tag" : "Note"}
      </button>
    </form>
  );
}

function focus(element: HTMLInputElement | null): void {
  element?.focus();
}
