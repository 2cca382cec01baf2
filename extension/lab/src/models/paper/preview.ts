/**
 * The page of an open paper: as it would be published, made again as the author edits, and nothing need be saved or
 * built; or, where saving builds, the page that was published last.
 */

import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { OutlineProblem, Preview, Version } from "../../api/payloads/papers.ts";
import { Edits } from "../edits.ts";
import type { PaperOptions } from "./options.ts";
import type { OpenPaper } from "./paper.ts";
import type { IPressrun } from "../pressrun.ts";

export class LivePreview implements IDisposable {
  isDisposed = false;
  readonly paper: OpenPaper;
  private readonly _pressrun: IPressrun;
  private readonly _options: PaperOptions;
  private readonly _edits: Edits;
  private readonly _changed = new Signal<this, void>(this);
  private _sent = "";
  private _seen = "";
  private _address = "";
  private _problems: readonly OutlineProblem[] = [];
  private _problem: RequestError | null = null;

  constructor(pressrun: IPressrun, paper: OpenPaper, options: PaperOptions) {
    this._pressrun = pressrun;
    this._options = options;
    this.paper = paper;
    this._edits = new Edits(
      paper.panel.context,
      () => options.settings.previewDelay,
      () => this._render(),
    );
    this._edits.pendingChanged.connect(() => {
      this._changed.emit();
    });
    paper.changed.connect(this._onPaper);
    options.changed.connect(this._onOptions);
    paper.panel.disposed.connect(() => {
      this.dispose();
    });
  }

  /** Whether saving builds the paper. */
  get rebuilds(): boolean {
    return this._options.settings.buildOnSave;
  }

  /** The version whose page is shown; null where the page follows edits. */
  get built(): Version | null {
    const { state } = this.paper;
    if (!this.rebuilds) return null;
    return state?.versions.find(({ number, page }) => number === state.version && page) ?? null;
  }

  /** Where the last page that could be made is; "" before the first. */
  get address(): string {
    const { built } = this;
    if (!built) return this._address;
    return this._pressrun.client.address(`site/${built.page}`, { project: this.paper.project });
  }

  /** What is not shown as it is meant, in the last page. */
  get problems(): readonly OutlineProblem[] {
    return this._problems;
  }

  /** Why the newest page could not be made. */
  get problem(): RequestError | null {
    return this._problem;
  }

  /** Whether the document has changed since. */
  get pending(): boolean {
    return this._edits.pending;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Make the page again, whether the document changed or not. */
  again(): void {
    this._sent = "";
    this._edits.again();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.paper.changed.disconnect(this._onPaper);
    this._options.changed.disconnect(this._onOptions);
    this._edits.dispose();
    this._changed.emit();
    Signal.clearData(this);
  }

  private readonly _onOptions = (): void => {
    this._edits.again();
    this._changed.emit();
  };

  /** Files beside the notebook count, too: what the paper is behind of tells when one changed. */
  private readonly _onPaper = (): void => {
    const { name, state, connected } = this.paper;
    // What could not be asked is asked when the server is there again.
    const failed = this._problem ? connected : "";
    const seen = `${name}:${JSON.stringify(state?.stale ?? null)}:${failed}`;
    if (seen === this._seen) return;
    this._seen = seen;
    this.again();
  };

  private async _render(): Promise<void> {
    const { name, project, panel } = this.paper;
    if (!name || panel.isDisposed || this.built) return;
    const body = { notebook: panel.context.model.toJSON() };
    const sent = JSON.stringify(body);
    if (sent === this._sent) return;
    try {
      const path = `papers/${encodeURIComponent(name)}/preview`;
      const made = await this._pressrun.client.ask<Preview>(path, { method: "POST", query: { project }, body });
      this._sent = sent;
      this._address = this._pressrun.client.address(made.url, { project });
      this._problems = made.problems;
      this._problem = null;
    } catch (error) {
      this._problem = error instanceof RequestError ? error : new RequestError(String(error));
    }
    if (!this.isDisposed) this._changed.emit();
  }
}
