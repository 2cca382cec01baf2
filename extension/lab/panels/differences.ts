/** Differences to a baseline that the reader picks, worked out from the runs' own numbers in a table's tidy frame. */

import { length, toNumber, toText } from "./fact.ts";
import type { Frame, GridColumn, GridRow, Verdict } from "./fact.ts";
import { pairedDifference, welchDifference } from "./student.ts";
import type { Interval } from "./student.ts";

/** One run's number in one cell. */
export interface Observation {
  run: string;
  /** "" where the run has none. */
  seed: string;
  value: number;
}

export interface Difference extends Interval {
  paired: boolean;
  verdict: Verdict;
  /** +1 where greater is better, -1 where less is, 0 where nobody said. */
  sense: number;
}

/** The runs' numbers behind each cell, by row and column. */
export class Observations {
  readonly #cells = new Map<string, Observation[]>();

  constructor(frame: Frame) {
    const { row, run, seed, column, value } = frame;
    if (!row || !column || !value) return;
    for (let i = 0; i < length(frame); i++) {
      const number = toNumber(value[i]);
      if (!Number.isFinite(number)) continue;
      const key = `${toText(row[i])}\u0000${toText(column[i])}`;
      const cell = this.#cells.get(key) ?? [];
      cell.push({ run: toText(run?.[i]), seed: toText(seed?.[i]), value: number });
      this.#cells.set(key, cell);
    }
  }

  at(row: GridRow, column: GridColumn): readonly Observation[] {
    const keys = [row.key, row.label].flatMap((r) => [column.key, column.title].map((c) => `${r}\u0000${c}`));
    for (const key of keys) {
      const cell = this.#cells.get(key);
      if (cell) return cell;
    }
    return [];
  }
}

/** Values by seed; null where a seed is missing or comes twice, so that nothing can be paired by it. */
function bySeed(observations: readonly Observation[]): Map<string, number> | null {
  const seeds = new Map(observations.map(({ seed, value }) => [seed, value]));
  return seeds.has("") || seeds.size < observations.length ? null : seeds;
}

/**
 * The difference a - b: paired by seed where both sides have the same seeds, else Welch's. Null where a side has no number.
 */
export function difference(
  a: readonly Observation[],
  b: readonly Observation[],
  level: number,
  sense: number,
): Difference | null {
  if (a.length === 0 || b.length === 0) return null;
  const [left, right] = [bySeed(a), bySeed(b)];
  const paired =
    left !== null &&
    right !== null &&
    left.size >= 2 &&
    left.size === right.size &&
    [...left.keys()].every((s) => right.has(s));
  const interval = paired
    ? pairedDifference(
        [...left].map(([seed, value]) => [value, right.get(seed) ?? NaN] as const),
        level,
      )
    : welchDifference(
        a.map((o) => o.value),
        b.map((o) => o.value),
        level,
      );
  return { ...interval, paired, sense, verdict: verdictOf(interval, sense) };
}

function verdictOf({ low, high }: Interval, sense: number): Verdict {
  if (sense === 0 || !(low > 0 || high < 0)) return "unresolved";
  return low > 0 === sense > 0 ? "better" : "worse";
}

/** Which way is better in a column: what it says itself, else what the author's own differences show. */
export function senseOf(column: GridColumn, index: number, rows: readonly GridRow[]): number {
  if (column.direction === "max") return 1;
  if (column.direction === "min") return -1;
  for (const row of rows) {
    const delta = row.cells[index]?.delta;
    const number = toNumber(delta?.number);
    if (delta && Number.isFinite(number) && number !== 0 && delta.verdict !== "unresolved") {
      return number > 0 === (delta.verdict === "better") ? 1 : -1;
    }
  }
  return 0;
}
