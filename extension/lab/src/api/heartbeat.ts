/** Whether the other end of a connection is still there: asked when it has been quiet, since a broken one says nothing. */

/** Milliseconds between looks, of quiet before a ping, and that its answer may take. */
const LOOK = 2_000;
const QUIET = 4_000;
const PATIENCE = 6_000;
/** The longest patience: over a slow line, an answer stands behind a long message. */
const LONGEST = 60_000;

export interface Heart {
  ping(number: number): void;
  /** No answer came. */
  lost(): void;
}

export class Heartbeat {
  private readonly _heart: Heart;
  private _timer: ReturnType<typeof setInterval> | undefined;
  private _at = new Date();
  private _heard = performance.now();
  private _asked = 0;
  private _count = 0;
  private _patience = PATIENCE;

  constructor(heart: Heart) {
    this._heart = heart;
  }

  /** When anything was heard last. */
  get heard(): Date {
    return this._at;
  }

  /** Watch over a connection that has just been opened, and ask at once whether it leads anywhere. */
  begin(): void {
    this.end();
    this._timer = setInterval(() => {
      this._beat(QUIET);
    }, LOOK);
    this.look();
  }

  end(): void {
    clearInterval(this._timer);
    this._timer = undefined;
    this._asked = 0;
  }

  /** Ask now. */
  look(): void {
    this._beat(0);
  }

  hear(): void {
    const now = performance.now();
    // What took long once may do so again.
    if (this._asked > 0) this._patience = Math.min(LONGEST, Math.max(PATIENCE, 3 * (now - this._asked)));
    this._heard = now;
    this._at = new Date();
    this._asked = 0;
  }

  private _beat(quiet: number): void {
    if (this._timer === undefined) return;
    const now = performance.now();
    if (this._asked > 0 && now - this._asked >= this._patience) {
      this._patience = Math.min(LONGEST, 2 * this._patience);
      this._heart.lost();
    } else if (this._asked === 0 && now - this._heard >= quiet) {
      this._asked = now;
      this._heart.ping(++this._count);
    }
  }
}
