/** When to do again what depends on an open document: after its edits have paused, never twice at once. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";

/** How many times as long as the work took it rests at least: work on a large document must not keep the author. */
const REST = 4;

export class Edits implements IDisposable {
  isDisposed = false;
  private readonly _context: NotebookPanel["context"];
  private readonly _delay: () => number;
  private readonly _work: () => Promise<void>;
  private readonly _pendingChanged = new Signal<this, boolean>(this);
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _atWork = false;
  private _stale = false;
  private _pending = false;
  private _restUntil = 0;

  /** `delay` gives the milliseconds to wait after the last edit. */
  constructor(context: NotebookPanel["context"], delay: () => number, work: () => Promise<void>) {
    this._context = context;
    this._delay = delay;
    this._work = work;
    void context.ready.then(() => {
      if (this.isDisposed) return;
      context.model.contentChanged.connect(this.again);
      this.again();
    });
  }

  /** Whether the document has changed since the work was last done. */
  get pending(): boolean {
    return this._pending;
  }

  get pendingChanged(): ISignal<this, boolean> {
    return this._pendingChanged;
  }

  /** Do the work again after the delay, as after an edit. */
  readonly again = (): void => {
    if (!this._context.isReady || this.isDisposed) return;
    this._stale = true;
    this._setPending(true);
    if (this._atWork) return;
    clearTimeout(this._timer);
    const wait = Math.max(this._delay(), this._restUntil - performance.now());
    this._timer = setTimeout(() => {
      void this._do();
    }, wait);
  };

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    clearTimeout(this._timer);
    if (!this._context.isDisposed) this._context.model.contentChanged.disconnect(this.again);
    Signal.clearData(this);
  }

  private async _do(): Promise<void> {
    this._atWork = true;
    this._stale = false;
    const began = performance.now();
    try {
      await this._work();
    } finally {
      const ended = performance.now();
      this._restUntil = ended + REST * (ended - began);
      this._atWork = false;
      if (this._isStale()) this.again();
      else this._setPending(false);
    }
  }

  private _isStale(): boolean {
    return this._stale;
  }

  private _setPending(pending: boolean): void {
    if (this._pending === pending || this.isDisposed) return;
    this._pending = pending;
    this._pendingChanged.emit(pending);
  }
}
