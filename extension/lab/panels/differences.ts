/** Differences to a baseline that the reader picks, worked out from the runs' own numbers in a table's tidy frame. */

import { toNumber, toText } from "./fact.ts";
import type { Frame, GridColumn, GridRow, Verdict } from "./fact.ts";
import { cellsOf } from "./packed.ts";
import { pairedDifference, welchDifference } from "./student.ts";
import type { Interval } from "./student.ts";

/** One run's number in one cell. */
export interface Observation {
  /** "" where the run has none. */
  seed: string;
  value: number;
}

export interface Difference extends Interval {
  paired: boolean;
  verdict: Verdict;
}

/** The runs' numbers behind each cell: one row of the frame a run, one column of it a column of the table. */
export class Observations {
  readonly #frame: Frame;
  readonly #rows = new Map<string, number[]>();

  constructor(frame: Frame) {
    this.#frame = frame;
    for (const [i, row] of cellsOf(frame.row).entries()) {
      const places = this.#rows.get(toText(row)) ?? [];
      places.push(i);
      this.#rows.set(toText(row), places);
    }
  }

  /** The finite numbers of a cell; none in a column that holds no numbers. */
  at(row: GridRow, column: GridColumn): readonly Observation[] {
    if (!(column.key in this.#frame) || !column.numeric) return [];
    const [values, seeds] = [cellsOf(this.#frame[column.key]), cellsOf(this.#frame.seed)];
    const places = this.#rows.get(row.key) ?? this.#rows.get(row.label) ?? [];
    return places
      .map((i) => ({ seed: toText(seeds[i]), value: toNumber(values[i]) }))
      .filter(({ value }) => Number.isFinite(value));
  }
}

/** Values by seed, over runs that have one; null where a seed comes twice, so that nothing can be paired by it. */
function bySeed(observations: readonly Observation[]): Map<string, number> | null {
  const known = observations.filter(({ seed }) => seed !== "");
  const seeds = new Map(known.map(({ seed, value }) => [seed, value]));
  return seeds.size < known.length ? null : seeds;
}

/**
 * The difference a - b by the rule of panels/ranking.py: over pairs where at least two runs of each side share their
 * seeds, else by Welch. Null where a side has no number.
 */
export function difference(
  a: readonly Observation[],
  b: readonly Observation[],
  level: number,
  sense: number,
): Difference | null {
  if (a.length === 0 || b.length === 0) return null;
  const [left, right] = [bySeed(a), bySeed(b)];
  const pairs = [...(left ?? [])].flatMap(([seed, value]) => {
    const other = right?.get(seed);
    return other === undefined ? [] : [[value, other] as const];
  });
  const values = (observations: readonly Observation[]): number[] => observations.map(({ value }) => value);
  const paired = pairs.length >= 2;
  const interval = paired ? pairedDifference(pairs, level) : welchDifference(values(a), values(b), level);
  return { ...interval, paired, verdict: verdictOf(interval, sense) };
}

function verdictOf({ low, high }: Interval, sense: number): Verdict {
  if (sense === 0 || !(low > 0 || high < 0)) return "unresolved";
  return low > 0 === sense > 0 ? "better" : "worse";
}

/** Which way is better in a column, +1 for more, -1 for less, 0 where nobody says: what it says itself, else what the author's own differences show. */
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
