/** The runs of the project: filter, table, and what can be done with them. It stands in the sidebar or the main area. */

import { useEffect, useRef, useState } from "react";
import type { JSX } from "react";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { IDisposable } from "@lumino/disposable";
import type { Message } from "@lumino/messaging";
import { CALL_MIME, panelCall } from "../../models/runs/calls.ts";
import type { PanelKind } from "../../models/runs/calls.ts";
import type { RunsModel } from "../../models/runs/runs.ts";
import { RunsBar } from "./bar.tsx";
import { ColumnPicker } from "./columns.tsx";
import { Connection } from "../connection.tsx";
import { grab } from "./drag.ts";
import { ProblemList, RunsEmpty } from "./empty.tsx";
import { RunsGrid } from "./grid.tsx";
import { plural } from "./text.ts";
import { keepFocus } from "../focus-keeper.ts";
import { useSignal } from "../use-signal.ts";
import { WhereField } from "./where.tsx";

export interface RunsActions {
  open: (key: string) => void;
  compare: () => void;
  insert: (kind: PanelKind) => void;
  /** Choose a panel for these runs in the gallery. */
  choose: () => void;
  /** null where the view is in the main area already. */
  detach: (() => void) | null;
  /** The view is seen for the first time; null where its room is its own. */
  opened: (() => void) | null;
  /** Back to what the author works on in the main area; null where the view stands there itself. */
  leave: (() => void) | null;
  fail: (error: unknown) => void;
}

export class RunsView extends ReactWidget {
  private readonly _model: RunsModel;
  private readonly _actions: RunsActions;
  private readonly _focus: IDisposable;
  private _shown: IDisposable | null = null;
  private _looked = false;
  private _entering = false;

  constructor(model: RunsModel, actions: RunsActions) {
    super();
    this._model = model;
    this._actions = actions;
    this.addClass("jp-pr-runs");
    this._focus = keepFocus(this.node);
  }

  override dispose(): void {
    this._shown?.dispose();
    this._focus.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element | null {
    // Nobody has looked yet: a table behind other tabs would only cost time.
    if (!this._looked) return null;
    return <Runs model={this._model} actions={this._actions} drawn={this._drawn} />;
  }

  // Runs are followed only while somebody sees them.
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._begin();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) this._begin();
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this._end();
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this._end();
  }

  protected override onActivateRequest(): void {
    const field = this.node.querySelector<HTMLElement>(".jp-pr-where-input");
    this._entering = field === null;
    field?.focus();
  }

  /** Who came before anything was drawn is led to the field now. */
  private readonly _drawn = (): void => {
    if (this._entering) this.activate();
  };

  private _begin(): void {
    this._shown ??= this._model.show();
    if (this._looked) return;
    this._looked = true;
    this._actions.opened?.();
    this.update();
  }

  private _end(): void {
    this._shown?.dispose();
    this._shown = null;
  }
}

interface RunsProps {
  model: RunsModel;
  actions: RunsActions;
  drawn: () => void;
}

function Runs({ model, actions, drawn }: RunsProps): JSX.Element {
  useSignal(model.changed);
  useSignal(model.columns.changed);
  const [picking, setPicking] = useState(false);
  const columns = useRef<HTMLButtonElement>(null);
  useEffect(drawn, [drawn]);
  const carry = (event: PointerEvent, kind: PanelKind): void => {
    const count = model.selection.size || model.pages.count;
    const carried = (): Promise<string> => panelCall(model, kind).then((call) => JSON.stringify(call));
    grab(event, CALL_MIME, `${kind}: ${plural(count, "run")}`, carried, model);
  };
  const { table } = model;
  return (
    <div
      className="jp-pr-runs-parts"
      onKeyDown={(event) => {
        // What has a use for the key itself has taken it by now.
        if (event.key === "Escape" && !event.defaultPrevented) actions.leave?.();
      }}
    >
      <div className="jp-pr-runs-bar">
        <WhereField model={model.where} />
        <div className="jp-pr-tools" role="toolbar" aria-label="Runs">
          <button
            ref={columns}
            type="button"
            className="jp-pr-button"
            aria-expanded={picking}
            onClick={() => {
              setPicking(!picking);
            }}
          >
            Columns
          </button>
          <Baseline model={model} />
          {actions.detach && (
            <button
              type="button"
              className="jp-pr-icon jp-pr-tools-end"
              aria-label="Open as a wide table"
              title="Open as a wide table"
              onClick={actions.detach}
            >
              ⤢
            </button>
          )}
        </div>
        {picking && (
          <ColumnPicker
            columns={model.columns}
            total={table?.total ?? 0}
            close={() => {
              setPicking(false);
              columns.current?.focus();
            }}
          />
        )}
      </div>
      {table && model.pages.count > 0 ? (
        <RunsGrid
          key={model.project}
          model={model}
          open={actions.open}
          grab={(event) => {
            carry(event, "curves");
          }}
          fail={actions.fail}
        />
      ) : (
        <RunsEmpty model={model} />
      )}
      <RunsState model={model} />
      <RunsBar model={model} actions={{ ...actions, grab: carry }} />
    </div>
  );
}

/** The pinned run, and whether others are shown by their difference from it. */
function Baseline({ model }: { model: RunsModel }): JSX.Element | null {
  const { baseline } = model;
  if (!baseline) return null;
  return (
    <span className="jp-pr-baseline">
      <button
        type="button"
        className="jp-pr-button"
        aria-pressed={model.differences}
        title={`Show numbers as their difference from ${baseline.name}`}
        onClick={() => {
          model.showDifferences(!model.differences);
        }}
      >
        Δ <span className="jp-pr-text">{baseline.name}</span>
      </button>
      <button
        type="button"
        className="jp-pr-icon"
        aria-label="Unpin the baseline"
        title="Unpin the baseline"
        onClick={() => {
          model.pin("");
        }}
      >
        ×
      </button>
    </span>
  );
}

/** Below the table: what is live, what was set aside, what is wrong. */
function RunsState({ model }: { model: RunsModel }): JSX.Element | null {
  const [open, setOpen] = useState(false);
  const { table, failure } = model;
  const { events } = model.pressrun;
  if (!table) return null;
  const { problems, running, reading } = table;
  return (
    <div className="jp-pr-runs-state">
      {open && <ProblemList problems={problems} />}
      {failure && (
        <p role="alert" className="jp-pr-runs-failure">
          ⚠ {failure.message}
        </p>
      )}
      <div className="jp-pr-runs-words">
        <Connection events={events} />
        {reading && (
          <span role="status">
            reading {reading.done.toLocaleString("en")} of {reading.total.toLocaleString("en")}
          </span>
        )}
        {running > 0 && events.connected && (
          <span className="jp-pr-live">
            <span aria-hidden="true">▶</span> {plural(running, "run")} live
          </span>
        )}
        {problems.length > 0 && (
          <button
            type="button"
            className="jp-pr-link"
            aria-expanded={open}
            onClick={() => {
              setOpen(!open);
            }}
          >
            {problems.length.toLocaleString("en")} set aside
          </button>
        )}
      </div>
    </div>
  );
}
