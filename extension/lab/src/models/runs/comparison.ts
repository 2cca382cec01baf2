/** Some runs side by side: what differs, what is the same, their curves; kept up to date while runs change. */

import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Events } from "../../api/events.ts";
import type { Runs as RunsMessage } from "../../api/payloads/events.ts";
import type { Comparison, Compared, Details, Row, Section, Table } from "../../api/payloads/runs.ts";
import type { Direction } from "./columns.ts";
import { flatten } from "./flat.ts";
import { LiveSeries } from "./live-series.ts";
import type { IPressrun } from "../pressrun.ts";

export interface Line {
  key: string;
  values: readonly unknown[];
  has: readonly boolean[];
  same: boolean;
}

export interface ShownSection {
  title: Section["title"];
  note: string;
  lines: readonly Line[];
  /** Entries that are the same in all runs. */
  same: number;
}

/** Runs that can be read side by side: each is a column, and the code of each is compared. */
export const MOST_COMPARED = 24;

/** Runs that a search offers. */
const OFFERED = 8;

export class RunComparison implements IDisposable {
  readonly project: string;
  readonly series: LiveSeries;
  isDisposed = false;
  private readonly _pressrun: IPressrun;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _live: IDisposable;
  private _keys: readonly string[];
  private _comparison: Comparison | null = null;
  private _first: Details | null = null;
  private _failure: RequestError | null = null;
  private _filter = "";
  private _sameShown = false;
  private _metrics: readonly string[] | null = null;
  private _offers: readonly Row[] = [];
  private _turn = 0;

  constructor(pressrun: IPressrun, project: string, keys: readonly string[]) {
    this._pressrun = pressrun;
    this.project = project;
    this._keys = keys;
    this.series = new LiveSeries(pressrun, project);
    this._live = pressrun.events.subscribe<RunsMessage>(
      "runs",
      { project },
      {
        message: ({ changed, added, removed }) => {
          const ours = [...changed, ...added, ...removed].some((key) => this._keys.includes(key));
          if (ours) void this.refresh();
        },
        connected: (connected) => {
          // What changed meanwhile nobody told.
          if (connected) void this.refresh();
        },
      },
    );
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get events(): Events {
    return this._pressrun.events;
  }

  /** The runs compared; the first is the one that the others are held against. */
  get keys(): readonly string[] {
    return this._keys;
  }

  get runs(): readonly Compared[] {
    return this._comparison?.runs ?? [];
  }

  get comparison(): Comparison | null {
    return this._comparison;
  }

  get failure(): RequestError | null {
    return this._failure;
  }

  get filter(): string {
    return this._filter;
  }

  get sameShown(): boolean {
    return this._sameShown;
  }

  /** Metrics whose curves are shown. */
  get metrics(): readonly string[] {
    return this._metrics ?? this._likeliest();
  }

  get offers(): readonly Row[] {
    return this._offers;
  }

  /** Runs' names, told apart by their ids where they are the same. */
  get titles(): readonly string[] {
    const names = this.runs.map(({ name }) => name);
    return new Set(names).size === names.length ? names : this.runs.map(({ name, id }) => `${name} · ${id}`);
  }

  get sections(): readonly ShownSection[] {
    const words = this._filter.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ({ key }: { key: string }): boolean => words.every((word) => key.toLowerCase().includes(word));
    return (this._comparison?.sections ?? []).map((section) => {
      const differing = section.differing.map((line) => ({ ...line, same: false }));
      const lines = [...differing, ...(this._sameShown ? this._same(section) : [])].filter(fits);
      return { title: section.title, note: section.note, lines, same: section.same };
    });
  }

  direction(metric: string): Direction | null {
    const found = this._pressrun.current.found;
    if (found?.project !== this.project) return null;
    return found.metrics.find(({ name }) => name === metric)?.direction ?? null;
  }

  find(filter: string): void {
    this._filter = filter;
    this._changed.emit();
  }

  showSame(shown: boolean): void {
    this._sameShown = shown;
    this._changed.emit();
  }

  showMetric(metric: string, shown: boolean): void {
    const others = this.metrics.filter((each) => each !== metric);
    this._metrics = shown ? [...others, metric] : others;
    this._follow();
    this._changed.emit();
  }

  add(key: string): void {
    this._offers = [];
    if (!this._keys.includes(key)) this._set([...this._keys, key]);
  }

  remove(key: string): void {
    if (this._keys.length > 2) this._set(this._keys.filter((each) => each !== key));
  }

  /** Hold the others against this run. */
  base(key: string): void {
    this._set([key, ...this._keys.filter((each) => each !== key)]);
  }

  /** Look for runs that could be added. */
  async search(text: string): Promise<void> {
    const turn = ++this._turn;
    const quoted = text.trim().replaceAll("\\", "\\\\").replaceAll("'", "\\'");
    if (!quoted) this._offers = [];
    else {
      const where = `contains(name, '${quoted}') or contains(id, '${quoted}')`;
      const body = { where, sort: [], columns: [], offset: 0, limit: OFFERED + this._keys.length };
      const found = await this._post<Table>("runs/table", body).catch(() => null);
      if (turn !== this._turn) return;
      this._offers = (found?.rows ?? []).filter(({ key }) => !this._keys.includes(key)).slice(0, OFFERED);
    }
    this._changed.emit();
  }

  async refresh(): Promise<void> {
    const keys = this._keys;
    try {
      const query = { project: this.project, key: keys[0] };
      const [comparison, first] = await Promise.all([
        this._post<Comparison>("runs/compare", { keys }),
        this._pressrun.client.ask<Details>("runs/run", { query }),
      ]);
      if (keys !== this._keys || this.isDisposed) return;
      this._comparison = comparison;
      this._first = first;
      this._failure = null;
      this._follow();
    } catch (error) {
      if (keys !== this._keys || this.isDisposed) return;
      this._failure = error instanceof RequestError ? error : new RequestError(String(error));
    }
    this._changed.emit();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._live.dispose();
    this.series.dispose();
    Signal.clearData(this);
  }

  private _set(keys: readonly string[]): void {
    this._keys = keys;
    this._changed.emit();
    void this.refresh();
  }

  private _post<T>(path: string, body: object): Promise<T> {
    return this._pressrun.client.ask<T>(path, { method: "POST", query: { project: this.project }, body });
  }

  private _follow(): void {
    const running = this.runs.some(({ status }) => status === "running");
    this.series.of(this._keys, this.metrics, running);
  }

  /** The first declared metric that most of the runs have, or else the first of all. */
  private _likeliest(): string[] {
    const metrics = this._comparison?.metrics ?? [];
    const many = metrics.filter(({ points }) => points.filter((count) => count > 1).length >= 2);
    const found = many.find(({ name }) => this.direction(name)) ?? many[0] ?? metrics[0];
    return found ? [found.name] : [];
  }

  /** What is the same in all runs, the first has; what differs is left out. */
  private _same(section: Section): Line[] {
    const differing = new Set(section.differing.map(({ key }) => key));
    const count = this.runs.length;
    return this._own(section.title)
      .filter(([key]) => !differing.has(key))
      .map(([key, value]) => ({
        key,
        values: Array.from({ length: count }, () => value),
        has: Array.from({ length: count }, () => true),
        same: true,
      }));
  }

  private _own(title: Section["title"]): [string, unknown][] {
    const first = this._first;
    if (!first) return [];
    if (title === "config" || title === "summary" || title === "tags") return flatten(first[title]);
    if (title !== "environment") return [];
    const { python, platform, packages } = first.provenance;
    const own = Object.entries({ python, platform }).filter(([, value]) => value);
    return [...own, ...Object.entries((packages ?? {}) as Record<string, unknown>)];
  }
}
