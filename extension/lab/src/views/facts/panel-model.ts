/** The model that a panel is drawn from in an output: it has no kernel, so what a reader changes stays here. */

import type { Model } from "../../../panels/model.ts";

export class PanelModel implements Model {
  private readonly _values: Map<string, unknown>;
  private readonly _listeners = new Map<string, Set<() => void>>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this._values = new Map(Object.entries(values));
  }

  get(key: string): unknown {
    return this._values.get(key);
  }

  set(key: string, value: unknown): void {
    this._values.set(key, value);
  }

  /** Set what the host decides about, and have the panel follow. */
  change(key: string, value: unknown): void {
    this.set(key, value);
    for (const listener of [...(this._listeners.get(`change:${key}`) ?? [])]) listener();
  }

  save_changes(): void {
    // Nobody is told.
  }

  on(event: string, callback: () => void): void {
    const listeners = this._listeners.get(event) ?? new Set();
    this._listeners.set(event, listeners.add(callback));
  }

  off(event: string, callback: () => void): void {
    this._listeners.get(event)?.delete(callback);
  }
}
