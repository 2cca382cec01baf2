/** The axes of parallel coordinates, as panels/parallel.py writes them: read without trust, with each run's place. */

import { FactError, toNumber, toText } from "./fact.ts";
import type { PanelFact } from "./fact.ts";
import { cellsOf } from "./packed.ts";
import { formatNumber, printable } from "./text.ts";
import { linearAxis, logAxis } from "./ticks.ts";
import type { Axis } from "./ticks.ts";

interface AxisView {
  column: string;
  label: string;
  scale: "linear" | "log" | "category";
  names: readonly string[];
  range: readonly [number, number] | null;
}

export interface ParallelView {
  axes: readonly AxisView[];
}

/** The axes of a fact. */
export function parallelView(fact: PanelFact): ParallelView {
  const axes = fact.view.axes as readonly Partial<AxisView>[] | undefined;
  const read = (axis: Partial<AxisView>): boolean =>
    typeof axis.column === "string" && typeof axis.scale === "string" && Array.isArray(axis.names);
  if (!Array.isArray(axes) || axes.length === 0 || !axes.every(read)) {
    throw new FactError(`The ${fact.kind} panel's fact has no axes.`);
  }
  return { axes: axes as readonly AxisView[] };
}

/** One axis on the page. Its positions run from 0 at the foot to 1. */
export class ParallelAxis {
  readonly column: string;
  readonly label: string;
  readonly isNumeric: boolean;
  readonly names: readonly string[];
  /** Of each run; NaN where it has no place. */
  readonly positions: Float64Array;
  left = 0;
  top = 0;
  height = 1;
  readonly #cells: readonly unknown[];
  readonly #log: boolean;
  readonly #range: readonly [number, number];

  constructor(view: AxisView, fact: PanelFact) {
    this.column = view.column;
    this.label = printable(view.label) || printable(view.column);
    this.isNumeric = view.scale !== "category";
    this.names = view.names;
    this.#log = view.scale === "log";
    this.#cells = cellsOf(fact.frame[view.column] ?? []);
    const [low, high] = (view.range ?? [0, 1]).map((end) => this.#scaled(toNumber(end))) as [number, number];
    this.#range = [low, high];
    const known = new Map(view.names.map((name, index) => [name, this.ofName(index)]));
    this.positions = Float64Array.from(this.#cells, (cell) => {
      if (cell === null || cell === undefined) return NaN;
      return this.isNumeric ? this.#position(this.#scaled(toNumber(cell))) : (known.get(toText(cell)) ?? NaN);
    });
  }

  /** The position of a name: the first stands on top, as in a table. */
  ofName(index: number): number {
    return this.names.length < 2 ? 0.5 : 1 - index / (this.names.length - 1);
  }

  #scaled(value: number): number {
    return this.#log ? Math.log10(value) : value;
  }

  #position(scaled: number): number {
    const [low, high] = this.#range;
    // Halves first: the ends of floats' range are further apart than a float can tell.
    return high > low ? (scaled / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
  }

  /** The pixel of a position. */
  down(position: number): number {
    return this.top + (1 - position) * this.height;
  }

  /** What stands at a position, in words. */
  at(position: number): string {
    if (!this.isNumeric) {
      const index = Math.round((1 - position) * (this.names.length - 1));
      return printable(this.names[Math.max(0, Math.min(this.names.length - 1, index))] ?? "");
    }
    const [low, high] = this.#range;
    const scaled = low * (1 - position) + high * position;
    return formatNumber(this.#log ? 10 ** scaled : scaled);
  }

  /** A run's value, in words. */
  write(row: number): string {
    const cell = this.#cells[row];
    if (cell === null || cell === undefined) return "\u2014";
    if (!this.isNumeric) return printable(toText(cell));
    const value = toNumber(cell);
    return Number.isInteger(value) ? value.toFixed(0) : formatNumber(value);
  }

  /** Where values are written, as pixels from the top. */
  ticks(): { top: number; text: string }[] {
    if (!this.isNumeric) {
      const every = Math.max(1, Math.ceil((this.names.length * 14) / this.height));
      return this.names.flatMap((name, index) =>
        index % every === 0 ? [{ top: this.down(this.ofName(index)), text: printable(name) }] : [],
      );
    }
    const [low, high] = this.#range;
    if (!(high > low)) return [{ top: this.down(0.5), text: this.at(0.5) }];
    const axis: Axis = this.#log ? logAxis([low, high]) : linearAxis([low, high], 6);
    return axis.ticks.map((tick) => ({ top: this.down(this.#position(tick)), text: axis.write(tick) }));
  }
}
