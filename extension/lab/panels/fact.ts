/** The facts that panels draw, as facts.py writes them: typed here, and read without trust. */

import { PackedColumn } from "./packed.ts";

/** Non-finite numbers travel as strings, a missing one as null. */
export type JsonNumber = number | "nan" | "inf" | "-inf" | null;

/** A list of cells, or a long one packed. */
export type Column = readonly unknown[] | PackedColumn;

/** Tidy data by column, all of one length. */
export type Frame = Readonly<Record<string, Column>>;

export interface RunCite {
  id: string;
  name: string;
  source: string;
  digest: string;
  status: string;
}

export interface PanelFact {
  kind: string;
  title: string;
  metrics: readonly string[];
  frame: Frame;
  view: Readonly<Record<string, unknown>>;
  runs: readonly RunCite[];
  disclosure: { text: string };
}

export interface CurvesView {
  x: { field: string; label: string };
  y: { label: string; log: boolean; metric: string; direction: string };
  smooth: number;
  band: string;
  groups: readonly { label: string; runs: readonly string[]; color: number }[];
  baseline: string | null;
}

export interface GridColumn {
  key: string;
  title: string;
  align: "left" | "right" | "center";
  numeric: boolean;
  unit: string;
  /** Which way is better, where the column's metric has a way. */
  direction?: string;
}

export type Verdict = "better" | "worse" | "unresolved";

export interface Delta {
  text: string;
  number: JsonNumber;
  low: JsonNumber;
  high: JsonNumber;
  verdict: Verdict;
}

export interface GridCell {
  text: string;
  number: JsonNumber;
  low: JsonNumber;
  high: JsonNumber;
  n: number | null;
  mark: "" | "best" | "tied";
  delta: Delta | null;
  note: string;
}

export interface GridRow {
  key: string;
  label: string;
  runs: readonly string[];
  baseline: boolean;
  cells: readonly GridCell[];
}

export interface Grid {
  columns: readonly GridColumn[];
  sections?: readonly { title: string; first_row: number }[];
  rows: readonly GridRow[];
  notes?: readonly string[];
}

export interface CodeView {
  path: string;
  symbol: string;
  language: string;
  first_line: number;
  text: string;
  commit: string;
  dirty: boolean;
  run: string;
}

/** A fact that cannot be drawn: its message is what the reader sees in the panel's place. */
export class FactError extends Error {
  override name = "FactError";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Take a value for a panel fact, or say what is wrong with it. */
export function panelFact(value: unknown): PanelFact {
  if (!isRecord(value) || typeof value.kind !== "string") throw new FactError("This output holds no panel.");
  if (!isRecord(value.view)) throw new FactError(`The ${value.kind} panel's fact has no view.`);
  const frame: Record<string, Column> = {};
  for (const [name, column] of Object.entries(isRecord(value.frame) ? value.frame : {})) {
    if (Array.isArray(column)) frame[name] = column;
    else if (isRecord(column)) frame[name] = new PackedColumn(column, name);
    else throw new FactError(`Column ${name} of the ${value.kind} panel's data is not a list.`);
  }
  const disclosure =
    isRecord(value.disclosure) && typeof value.disclosure.text === "string" ? value.disclosure.text : "";
  return {
    kind: value.kind,
    title: typeof value.title === "string" ? value.title : "",
    metrics: Array.isArray(value.metrics) ? value.metrics.map(String) : [],
    frame,
    view: value.view,
    runs: Array.isArray(value.runs) ? (value.runs as RunCite[]) : [],
    disclosure: { text: disclosure },
  };
}

/** The grid of a table or comparison, or of a chart's table. */
export function gridOf(fact: PanelFact, name: "grid" | "table" = "grid"): Grid {
  const grid = fact.view[name];
  if (!isRecord(grid) || !Array.isArray(grid.columns) || !Array.isArray(grid.rows)) {
    throw new FactError(`The ${fact.kind} panel's fact has no grid.`);
  }
  return grid as unknown as Grid;
}

/** A JSON number as a number: "nan" and what is missing are NaN, so that neither is ever 0. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return NaN;
}

/** A JSON value as the text that it is known by: a run's id, a seed, a group's label. What is missing is "". */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The length of a frame's columns. */
export function length(frame: Frame): number {
  return Math.max(0, ...Object.values(frame).map((column) => column.length));
}
