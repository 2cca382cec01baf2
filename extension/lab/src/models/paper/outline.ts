/** The outline of an open notebook: sections, labels, citations and claims, numbered as the published paper numbers them. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { Token } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Outline } from "../../api/payloads/papers.ts";
import { lightened } from "./document.ts";
import { Edits } from "../edits.ts";
import type { OpenPaper } from "./paper.ts";
import type { IPressrun } from "../pressrun.ts";

/** Milliseconds after the last edit. */
const DELAY = 300;

/** What is known of one open notebook. */
export interface NotebookOutline {
  /** The last one that could be made; null before the first, and for a notebook that is no paper. */
  readonly outline: Outline | null;
  /** Why the newest could not be made. */
  readonly problem: RequestError | null;
  /** Whether the document has changed since. */
  readonly pending: boolean;
  /** Emitted when any of these is another. */
  readonly changed: ISignal<NotebookOutline, void>;
}

/** Gives the outlines of open notebooks: what prose, completions and the sidebar number and cite by. */
export interface IOutline {
  of(panel: NotebookPanel): NotebookOutline;
}

export const IOutline = new Token<IOutline>("@pressrun/lab:IOutline", "Numbered outlines of the open notebooks.");

export class LiveOutline implements NotebookOutline, IDisposable {
  isDisposed = false;
  private readonly _pressrun: IPressrun;
  private readonly _paper: OpenPaper;
  private readonly _edits: Edits;
  private readonly _changed = new Signal<this, void>(this);
  private _outline: Outline | null = null;
  private _problem: RequestError | null = null;
  private _seen = "";

  constructor(pressrun: IPressrun, paper: OpenPaper) {
    this._pressrun = pressrun;
    this._paper = paper;
    this._edits = new Edits(
      paper.panel.context,
      () => DELAY,
      () => this._refresh(),
    );
    this._edits.pendingChanged.connect(() => {
      this._changed.emit();
    });
    paper.changed.connect(this._onPaper);
    this._onPaper();
  }

  get outline(): Outline | null {
    return this._outline;
  }

  get problem(): RequestError | null {
    return this._problem;
  }

  get pending(): boolean {
    return this._edits.pending;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._paper.changed.disconnect(this._onPaper);
    this._edits.dispose();
    Signal.clearData(this);
  }

  /** The bibliography, or which paper this is, may be another: what the paper is behind of tells both. */
  private readonly _onPaper = (): void => {
    const { project, name, state, connected } = this._paper;
    // What could not be asked is asked when the server is there again.
    const failed = this._problem ? connected : "";
    const seen = `${project}/${name}:${JSON.stringify(state?.stale ?? null)}:${failed}`;
    if (seen === this._seen) return;
    this._seen = seen;
    if (this._paper.name) this._edits.again();
    else if (this._outline) {
      this._outline = null;
      this._changed.emit();
    }
  };

  private async _refresh(): Promise<void> {
    const { project, name } = this._paper;
    const { model } = this._paper.panel.context;
    if (!name || this._paper.panel.isDisposed) return;
    try {
      const path = `papers/${encodeURIComponent(name)}/outline`;
      const body = { notebook: lightened(model.toJSON()) };
      this._outline = await this._pressrun.client.ask<Outline>(path, { method: "POST", query: { project }, body });
      this._problem = null;
    } catch (error) {
      this._problem = error instanceof RequestError ? error : new RequestError(String(error));
    }
    if (!this.isDisposed) this._changed.emit();
  }
}
