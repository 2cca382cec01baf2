/** Inserting or editing a panel: the gallery, then a form. */

import type { JSX } from "react";
import { useEffect, useRef } from "react";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { Draft } from "../../models/insert/draft.ts";
import type { Insertion } from "../../models/insert/insertion.ts";
import { CallForm } from "./form.tsx";
import { PanelGallery } from "./gallery.tsx";
import { keepFocus } from "../focus-keeper.ts";
import { useSignal } from "../use-signal.ts";

export interface InsertActions {
  /** Take the code that was written. */
  take: (source: string, draft: Draft) => Promise<void>;
  cancel: () => void;
}

export class InsertView extends ReactWidget {
  readonly model: Insertion;
  private readonly _actions: InsertActions;

  constructor(model: Insertion, actions: InsertActions) {
    super();
    this.model = model;
    this._actions = actions;
    this.addClass("jp-pr-insert");
    this.node.tabIndex = -1;
    const kept = keepFocus(this.node);
    this.disposed.connect(() => {
      kept.dispose();
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    return <Insert model={this.model} actions={this._actions} />;
  }
}

const FIRST = ".jp-pr-card, .jp-pr-form-fields input, .jp-pr-form-fields select";

function Insert({ model, actions }: { model: Insertion; actions: InsertActions }): JSX.Element {
  useSignal(model.changed);
  const root = useRef<HTMLDivElement>(null);
  const { draft, kinds, failure } = model;
  const shown = draft ? draft.kind.kind : kinds ? "gallery" : "";

  // Each step begins at its first control.
  useEffect(() => {
    if (shown) root.current?.querySelector<HTMLElement>(FIRST)?.focus();
  }, [shown]);

  if (draft) {
    return (
      <div ref={root} className="jp-pr-insert-step">
        <CallForm
          key={draft.kind.kind}
          draft={draft}
          busy={model.busy}
          failure={failure}
          cancel={actions.cancel}
          back={
            model.isNew
              ? () => {
                  model.back();
                }
              : null
          }
          finish={() => {
            void model.finish(actions.take);
          }}
        />
      </div>
    );
  }
  return (
    <div
      ref={root}
      className="jp-pr-insert-step"
      onKeyDown={(event) => {
        if (event.key === "Escape") actions.cancel();
      }}
    >
      {failure && (
        <p className="jp-pr-fault" role="alert">
          {failure}{" "}
          <button
            type="button"
            className="jp-pr-button"
            onClick={() => {
              void model.load();
            }}
          >
            Try again
          </button>
        </p>
      )}
      {!failure && !kinds && <p role="status">Loading…</p>}
      {kinds && (
        <PanelGallery
          kinds={kinds}
          choose={(kind) => {
            model.choose(kind);
          }}
        />
      )}
    </div>
  );
}
