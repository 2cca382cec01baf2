/** Asks the server which columns the runs have: at once, or later and not often while runs keep coming. */

/** Milliseconds between two questions while runs keep changing. */
const PAUSE = 4_000;

export class KnownColumns {
  private readonly _ask: () => Promise<void>;
  private readonly _failed: (error: unknown) => void;
  private _asked = -Infinity;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: () => Promise<void>, failed: (error: unknown) => void) {
    this._ask = ask;
    this._failed = failed;
  }

  async fetch(): Promise<void> {
    this._asked = performance.now();
    try {
      await this._ask();
    } catch (error) {
      this._failed(error);
    }
  }

  /** Fetch as soon as it is due again. */
  later(): void {
    this.end();
    const due = Math.max(0, this._asked + PAUSE - performance.now());
    this._timer = setTimeout(() => void this.fetch(), due);
  }

  end(): void {
    clearTimeout(this._timer);
  }
}
