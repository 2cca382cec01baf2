/** What a chart's fact says, as panels/chart.py writes it: plots, their axes and layers; read without trust. */

import { FactError, toNumber, toText } from "./fact.ts";
import type { Column, PanelFact } from "./fact.ts";
import { cellsOf } from "./packed.ts";

export type ScaleName = "linear" | "log" | "time" | "category";
export type MarkName = "point" | "line" | "bar" | "span" | "box" | "violin" | "cell" | "rule";

export interface AxisView {
  label: string;
  scale: ScaleName;
  names: readonly string[];
  range: readonly [number, number] | null;
}

export interface Layer {
  part: string;
  mark: MarkName;
  faint: boolean;
  hollow: boolean;
  dashed: boolean;
  step: boolean;
  /** Columns that a reader who points at a mark is shown. */
  tip: readonly string[];
}

export interface PlotView {
  title: string;
  x: AxisView;
  y: AxisView;
  layers: readonly Layer[];
  /** Whether it has a row of its own. */
  wide: boolean;
}

export interface Shade {
  label: string;
  low: number;
  high: number;
}

export interface ChartView {
  plots: readonly PlotView[];
  groups: readonly { label: string; color: number }[];
  columns: number;
  shade: Shade | null;
}

/** Whether a fact holds a chart. */
export function hasChart(fact: PanelFact): boolean {
  return typeof fact.view.chart === "object" && fact.view.chart !== null;
}

/** The chart of a fact. */
export function chartView(fact: PanelFact): ChartView {
  const chart = fact.view.chart as Partial<ChartView> | undefined;
  if (!Array.isArray(chart?.plots) || !Array.isArray(chart.groups)) {
    throw new FactError(`The ${fact.kind} panel's fact has no plots.`);
  }
  const plots = chart.plots as readonly Partial<PlotView>[];
  const drawable = plots.every((plot) => Array.isArray(plot.layers) && axisIsRead(plot.x) && axisIsRead(plot.y));
  if (!drawable) throw new FactError(`A plot of the ${fact.kind} panel lacks its axes or layers.`);
  return {
    plots: chart.plots,
    groups: chart.groups,
    columns: Math.max(1, Math.floor(toNumber(chart.columns)) || 1),
    shade: chart.shade ?? null,
  };
}

function axisIsRead(axis: Partial<AxisView> | undefined): boolean {
  return typeof axis?.scale === "string" && Array.isArray(axis.names);
}

/** The rows of a chart's frame: marks and points of lines, by part. */
export class Rows {
  readonly #columns: ReadonlyMap<string, readonly unknown[]>;
  readonly #parts = new Map<string, number[]>();

  constructor(fact: PanelFact) {
    const columns = Object.entries(fact.frame).map(
      ([name, column]: [string, Column]) => [name, cellsOf(column)] as const,
    );
    this.#columns = new Map(columns);
    for (const [row, part] of (this.#columns.get("part") ?? []).entries()) {
      const known = this.#parts.get(toText(part));
      if (known) known.push(row);
      else this.#parts.set(toText(part), [row]);
    }
  }

  of(part: string): readonly number[] {
    return this.#parts.get(part) ?? [];
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** A cell as it is; undefined where the frame has no such column. */
  cell(name: string, row: number): unknown {
    return this.#columns.get(name)?.[row];
  }

  number(name: string, row: number): number {
    return toNumber(this.cell(name, row));
  }

  text(name: string, row: number): string {
    return toText(this.cell(name, row));
  }
}
