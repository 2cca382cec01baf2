/** The columns of the runs table: which there are, which are shown, how wide; remembered for each project. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Project } from "../../api/payloads/project.ts";
import type { Column } from "../../api/payloads/runs.ts";

export type Direction = "max" | "min";

export interface ShownColumn {
  field: string;
  /** A short name for the head of the column. */
  title: string;
  kind: Column["kind"] | "own";
  type: Column["type"];
  /** Runs that have it. */
  runs: number;
  width: number;
  /** Which way is better, where the project says. */
  direction: Direction | null;
}

/** Columns of what every row says besides its cells. */
export const OWN = { status: "status", tags: "@tags", note: "@note" } as const;

const OWN_COLUMNS: readonly Omit<ShownColumn, "width" | "direction" | "runs">[] = [
  { field: OWN.status, title: "status", kind: "own", type: "text" },
  { field: OWN.tags, title: "tags", kind: "own", type: "text" },
  { field: OWN.note, title: "note", kind: "own", type: "text" },
];

/** The name stands first and is always there. */
const ALWAYS = "name";
const NARROWEST = 48;
const WIDEST = 900;
const DEFAULT_CONFIG = 4;
const DEFAULT_SUMMARY = 4;

/** The addresses that the server has to answer for columns. */
export function addresses(columns: readonly ShownColumn[]): string[] {
  return columns.filter(({ kind }) => kind !== "own").map(({ field }) => field);
}

/** A field without the words that all fields of its kind begin with. */
export function shortName(field: string): string {
  const quoted = /^(?:config|summary|tags)\[(?:'(.*)'|"(.*)")\]$/.exec(field);
  if (quoted) return quoted[1] ?? quoted[2] ?? field;
  return field.replace(/^(?:config|summary|tags)\./, "");
}

export interface KeptColumns {
  chosen: readonly string[] | null;
  widths: Readonly<Record<string, number>>;
}

export class ColumnChoice {
  private readonly _changed = new Signal<this, void>(this);
  private _known: readonly Column[] = [];
  /** Short names that stand for several fields, such as config.a.b and config['a.b']. */
  private _shared: ReadonlySet<string> = new Set();
  private _project: Project | null = null;
  private _chosen: readonly string[] | null = null;
  private _preferred: readonly string[] = [];
  private _widths: Readonly<Record<string, number>> = {};
  private _shown: readonly ShownColumn[] = [];

  constructor() {
    this._make();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The columns shown, in order, without the name. */
  get shown(): readonly ShownColumn[] {
    return this._shown;
  }

  /** Whether the author chose, or sees the defaults. */
  get chosen(): boolean {
    return this._chosen !== null;
  }

  get nameWidth(): number {
    return this._widths[ALWAYS] ?? 168;
  }

  get kept(): KeptColumns {
    return { chosen: this._chosen, widths: this._widths };
  }

  /** All that could be shown. */
  get all(): readonly ShownColumn[] {
    const own = OWN_COLUMNS.map((column) => this._describe(column.field));
    const known = this._known.filter(({ field }) => field !== ALWAYS && field !== OWN.status);
    return [...own, ...known.map(({ field }) => this._describe(field))];
  }

  know(known: readonly Column[]): void {
    this._known = known;
    const names = known.map(({ kind, field }) => `${kind} ${shortName(field)}`);
    const seen = new Set<string>();
    this._shared = new Set(names.filter((name) => seen.size === seen.add(name).size));
    this._make();
  }

  of(project: Project | null): void {
    this._project = project;
    this._make();
  }

  /** Take up what was remembered of a project. */
  restore({ chosen, widths }: KeptColumns): void {
    this._chosen = chosen;
    this._widths = widths;
    this._make();
  }

  /** Fields that the settings name as the default. */
  prefer(fields: readonly string[]): void {
    this._preferred = fields;
    this._make();
  }

  /** Show these fields in this order; null: the defaults. */
  choose(fields: readonly string[] | null): void {
    this._chosen = fields;
    this._make();
  }

  toggle(field: string): void {
    const fields = this._shown.map((column) => column.field);
    this.choose(fields.includes(field) ? fields.filter((each) => each !== field) : [...fields, field]);
  }

  /** Move a shown column by so many places. */
  move(field: string, by: number): void {
    const fields = this._shown.map((column) => column.field);
    const from = fields.indexOf(field);
    const to = Math.min(fields.length - 1, Math.max(0, from + by));
    if (from < 0 || from === to) return;
    fields.splice(to, 0, ...fields.splice(from, 1));
    this.choose(fields);
  }

  resize(field: string, width: number): void {
    this._widths = { ...this._widths, [field]: Math.round(Math.min(WIDEST, Math.max(NARROWEST, width))) };
    this._make();
  }

  private _make(): void {
    const fields = this._chosen ?? this._defaults();
    this._shown = fields.map((field) => this._describe(field));
    this._changed.emit();
  }

  /** What an author looks for first: how the runs were set apart, and what came of them. */
  private _defaults(): string[] {
    if (this._preferred.length > 0) return [...this._preferred];
    const declared = (this._project?.metrics ?? []).map(({ name }) => name);
    const results = this._known.filter(({ kind, type }) => kind === "summary" && type === "number");
    const metrics = results.filter(({ field }) => declared.includes(shortName(field)));
    const most = Math.max(0, ...results.map(({ runs }) => runs));
    const common = results.filter(({ runs }) => runs * 2 >= most);
    const varying = this._known.filter(
      ({ kind, values, type }) => kind === "config" && ((values?.length ?? 0) > 1 || (!values && type === "number")),
    );
    return [
      OWN.status,
      ...(metrics.length > 0 ? metrics : common).slice(0, DEFAULT_SUMMARY).map(({ field }) => field),
      ...varying.slice(0, DEFAULT_CONFIG).map(({ field }) => field),
      OWN.tags,
    ];
  }

  private _describe(field: string): ShownColumn {
    const own = OWN_COLUMNS.find((column) => column.field === field);
    const known = this._known.find((column) => column.field === field);
    const short = shortName(field);
    const metric = this._project?.metrics.find(({ name }) => name === short);
    const type = own?.type ?? known?.type ?? "mixed";
    return {
      field,
      title: own?.title ?? (known && this._shared.has(`${known.kind} ${short}`) ? field : short),
      kind: own?.kind ?? known?.kind ?? "run",
      type,
      runs: known?.runs ?? 0,
      width: this._widths[field] ?? defaultWidth(field, type),
      direction: metric && known?.kind === "summary" ? metric.direction : null,
    };
  }
}

function defaultWidth(field: string, type: Column["type"]): number {
  if (field === OWN.tags || field === OWN.note) return 180;
  if (type === "time") return 136;
  const title = shortName(field).length * 7 + 32;
  return Math.min(180, Math.max(type === "number" || type === "flag" ? 84 : 104, title));
}
