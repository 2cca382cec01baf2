/** Which runs of the table are selected: by key, so that it survives sorting, filtering and new runs. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";

/** Gives the keys of the rows from one position to another, fetched where need be. */
export type KeysBetween = (first: number, last: number) => Promise<readonly string[]>;

export class RunSelection {
  private readonly _between: KeysBetween;
  private readonly _changed = new Signal<this, void>(this);
  private _keys: ReadonlySet<string> = new Set();
  private _anchor = 0;
  private _turn = 0;

  constructor(between: KeysBetween) {
    this._between = between;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get size(): number {
    return this._keys.size;
  }

  /** In the order in which they were selected. */
  get keys(): readonly string[] {
    return [...this._keys];
  }

  has(key: string): boolean {
    return this._keys.has(key);
  }

  /** Select one run and no other. */
  only(key: string, index: number): void {
    this._anchor = index;
    this._set([key]);
  }

  toggle(key: string, index: number): void {
    this._anchor = index;
    this._set(this._keys.has(key) ? this.keys.filter((each) => each !== key) : [...this._keys, key]);
  }

  /** Select from the row that was clicked last to this one. */
  async extend(index: number): Promise<void> {
    const [first, last] = [Math.min(this._anchor, index), Math.max(this._anchor, index)];
    await this._fill(first, last);
  }

  /** Select all rows that the table finds. */
  async all(count: number): Promise<void> {
    await this._fill(0, count - 1);
  }

  clear(): void {
    if (this._keys.size > 0) this._set([]);
  }

  /** Runs are gone from their source. */
  drop(keys: readonly string[]): void {
    const left = this.keys.filter((key) => !keys.includes(key));
    if (left.length < this._keys.size) this._set(left);
  }

  private async _fill(first: number, last: number): Promise<void> {
    const turn = ++this._turn;
    const keys = await this._between(first, last);
    // The author selected something else meanwhile.
    if (turn === this._turn) this._set(keys);
  }

  private _set(keys: readonly string[]): void {
    this._turn++;
    this._keys = new Set(keys);
    this._changed.emit();
  }
}
