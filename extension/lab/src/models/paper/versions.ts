/** What changed between two published versions of a paper, grouped as a reader wants to know it. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Change, Changes, Version } from "../../api/payloads/papers.ts";
import type { IPressrun } from "../pressrun.ts";

/** Kinds of changes and what they are called, the weightiest first. */
export const GROUPS: readonly (readonly [Change["kind"], string])[] = [
  ["claim", "Claims"],
  ["value", "Numbers"],
  ["panel", "Figures and tables"],
  ["query", "Runs"],
  ["input", "Inputs"],
  ["prose", "Prose"],
  ["code", "Code"],
];

export interface Group {
  readonly kind: Change["kind"];
  readonly title: string;
  readonly changes: readonly Change[];
}

/** Group changes, those kinds first in which there are any; a kind that is empty is told, too. */
export function grouped(changes: readonly Change[]): readonly Group[] {
  const all = GROUPS.map(([kind, title]) => ({ kind, title, changes: changes.filter((each) => each.kind === kind) }));
  return [...all.filter((group) => group.changes.length > 0), ...all.filter((group) => group.changes.length === 0)];
}

export class VersionComparison {
  readonly paper: string;
  readonly project: string;
  private readonly _pressrun: IPressrun;
  private readonly _changed = new Signal<this, void>(this);
  private _versions: readonly Version[] = [];
  private _old: number | null;
  private _new: number | null;
  private _found: Changes | null = null;
  private _problem: RequestError | null = null;
  private _asked = "";

  constructor(pressrun: IPressrun, project: string, paper: string, old: number | null, next: number | null) {
    this._pressrun = pressrun;
    this.project = project;
    this.paper = paper;
    this._old = old;
    this._new = next;
  }

  /** All versions, the newest first. */
  get versions(): readonly Version[] {
    return this._versions;
  }

  get old(): number | null {
    return this._old;
  }

  get new(): number | null {
    return this._new;
  }

  /** What changed; null until it is known. */
  get found(): Changes | null {
    return this._found;
  }

  get problem(): RequestError | null {
    return this._problem;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Take the versions that there are, and where none was chosen compare the newest with the one before. */
  offer(versions: readonly Version[]): void {
    this._versions = versions;
    const numbers = versions.map(({ number }) => number);
    this._new ??= numbers[0] ?? null;
    this._old ??= numbers.find((number) => this._new !== null && number < this._new) ?? null;
    this._changed.emit();
    void this._ask();
  }

  choose(old: number, next: number): void {
    this._old = old;
    this._new = next;
    void this._ask();
  }

  async again(): Promise<void> {
    this._asked = "";
    await this._ask();
  }

  private async _ask(): Promise<void> {
    if (this._old === null || this._new === null) return;
    const asked = `${this._old}:${this._new}`;
    if (asked === this._asked) return;
    this._asked = asked;
    this._found = null;
    this._problem = null;
    this._changed.emit();
    try {
      const query = { project: this.project, old: this._old, new: this._new };
      const found = await this._pressrun.client.ask<Changes>(`papers/${encodeURIComponent(this.paper)}/changes`, {
        query,
      });
      if (this._asked === asked) this._found = found;
    } catch (error) {
      if (this._asked === asked) {
        this._problem = error instanceof RequestError ? error : new RequestError(String(error));
      }
    }
    this._changed.emit();
  }
}
