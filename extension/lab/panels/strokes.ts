/** Points as strokes on the canvas: gaps part them, and of more points than pixels only what can be seen is kept. */

import type { Band, Line } from "./series.ts";

export interface Pixels {
  /** The pixel of an x. */
  across: (x: number) => number;
  /** The pixel of a value; NaN where the axis has no place for it. */
  down: (value: number) => number;
  /** The plot's sides: strokes end one point beyond them. */
  left: number;
  right: number;
}

export type Stroke = [left: number, top: number][];

/** Rows that a stroke needs between two pixels: those inside, and the nearest beyond each side. */
function inside({ x }: Line, { across, left, right }: Pixels): [from: number, to: number] {
  const first = (beyond: (pixel: number) => boolean): number => {
    let [low, high] = [0, x.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (beyond(across(x[middle] ?? NaN))) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const from = first((pixel) => pixel >= left);
  const to = first((pixel) => pixel > right);
  return [Math.max(0, from - 1), Math.min(x.length, to + 1)];
}

/** Where a line can be seen whole, without gaps: rows from and to. */
export function unbroken(line: Line, values: Float64Array, pixels: Pixels): [from: number, to: number][] {
  const [from, to] = inside(line, pixels);
  const found: [number, number][] = [];
  let open = -1;
  for (let i = from; i < to; i++) {
    const there = Number.isFinite(pixels.down(values[i] ?? NaN));
    if (there && open < 0) open = i;
    if (!there && open >= 0) {
      found.push([open, i]);
      open = -1;
    }
  }
  if (open >= 0) found.push([open, to]);
  return found;
}

/** Points a column of pixels, above which a line is thinned. */
const DENSE = 4;

/**
 * The stroke through some rows. Where they lie denser than the pixels, each column of pixels keeps its first, lowest,
 * highest and last point: the stroke covers the same pixels as through all of them.
 * Source: Jugel et al. (2014), "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7(10).
 */
export function strokeOf({ x, value }: Line, [from, to]: readonly [number, number], pixels: Pixels): Stroke {
  const { across, down } = pixels;
  const at = (i: number): [number, number] => [across(x[i] ?? NaN), down(value[i] ?? NaN)];
  const columns = Math.abs(across(x[to - 1] ?? 0) - across(x[from] ?? 0)) + 1;
  if (to - from <= DENSE * columns) return Array.from({ length: to - from }, (_, i) => at(from + i));
  const stroke: Stroke = [];
  for (const [first, end] of columnsOf(x, from, to, across)) {
    let [low, high] = [first, first];
    for (let i = first; i < end; i++) {
      if ((value[i] ?? NaN) < (value[low] ?? NaN)) low = i;
      if ((value[i] ?? NaN) > (value[high] ?? NaN)) high = i;
    }
    const kept = new Set([first, Math.min(low, high), Math.max(low, high), end - 1]);
    for (const row of kept) stroke.push(at(row));
  }
  return stroke;
}

/** Rows by the column of pixels that they fall into. */
function* columnsOf(
  x: Float64Array,
  from: number,
  to: number,
  across: (x: number) => number,
): Generator<[first: number, end: number]> {
  let first = from;
  let column = Math.floor(across(x[from] ?? NaN));
  for (let i = from + 1; i < to; i++) {
    const own = Math.floor(across(x[i] ?? NaN));
    if (own === column) continue;
    yield [first, i];
    [first, column] = [i, own];
  }
  if (first < to) yield [first, to];
}

/** The outline of a band over some rows: its upper edge from left to right, its lower one back. */
export function outlineOf({ x, low, high }: Band, [from, to]: readonly [number, number], pixels: Pixels): Stroke {
  const { across, down } = pixels;
  const upper: Stroke = [];
  const lower: Stroke = [];
  const add = (place: number, top: number, bottom: number): void => {
    upper.push([across(place), down(top)]);
    lower.push([across(place), down(bottom)]);
  };
  const columns = Math.abs(across(x[to - 1] ?? 0) - across(x[from] ?? 0)) + 1;
  if (to - from <= DENSE * columns) {
    for (let i = from; i < to; i++) add(x[i] ?? NaN, high[i] ?? NaN, low[i] ?? NaN);
  } else {
    for (const [first, end] of columnsOf(x, from, to, across)) {
      const [tops, bottoms] = [high.subarray(first, end), low.subarray(first, end)];
      add(
        x[first] ?? NaN,
        tops.reduce((a, b) => Math.max(a, b)),
        bottoms.reduce((a, b) => Math.min(a, b)),
      );
    }
  }
  return [...upper, ...lower.reverse()];
}
