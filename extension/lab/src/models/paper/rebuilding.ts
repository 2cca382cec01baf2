/** Building an open paper again when it is saved, or anything else that it depends on changes: where the author wants that. */

import type { IDisposable } from "@lumino/disposable";
import type { BuildRequest } from "../../api/payloads/papers.ts";
import type { PaperOptions } from "./options.ts";
import type { OpenPaper } from "./paper.ts";

/** Milliseconds in which nothing more may change: files are often saved together. */
const PAUSE = 1000;

export class Rebuilding implements IDisposable {
  isDisposed = false;
  private readonly _paper: OpenPaper;
  private readonly _options: PaperOptions;
  private _isOn = false;
  /** What a build was asked for last, or need not be: what was there when the author began is no save. */
  private _settled = "";
  private _noticed = "";
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(paper: OpenPaper, options: PaperOptions) {
    this._paper = paper;
    this._options = options;
    paper.changed.connect(this._look);
    options.changed.connect(this._look);
    paper.panel.context.saveState.connect(this._onSave);
    paper.panel.disposed.connect(() => {
      this.dispose();
    });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    clearTimeout(this._timer);
    this._paper.changed.disconnect(this._look);
    this._options.changed.disconnect(this._look);
  }

  private readonly _onSave = (_: unknown, state: string): void => {
    if (state === "completed" && this._options.settings.buildOnSave) void this._paper.look();
  };

  private readonly _look = (): void => {
    const { state, connected } = this._paper;
    if (!this._options.settings.buildOnSave) {
      this._isOn = false;
      return;
    }
    if (!connected || !state?.inputs) return;
    // What was published meanwhile may be of other inputs than those that are there by now.
    const now = `${state.inputs} ${state.version}`;
    if (!this._isOn) {
      this._isOn = true;
      this._settled = now;
    }
    if (now === this._noticed) return;
    this._noticed = now;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      void this._build();
    }, PAUSE);
  };

  /** Ask for a build of what is there now; the server joins it to one that does the same, or lets it wait for another. */
  private async _build(): Promise<void> {
    const { state, build } = this._paper;
    if (!this._isOn || !state || !build || this._noticed === this._settled) return;
    if (build.asking) {
      this._noticed = "";
      return;
    }
    this._settled = this._noticed;
    if (!state.stale.some(({ update }) => !update)) return;
    const { formats } = this._options.settings;
    const request: BuildRequest = { inputs: state.inputs };
    if (formats.length > 0) request.formats = [...formats];
    await build.start(request);
  }
}
