/** The numbers of a curves panel: runs and means read from the tidy frame, smoothed, averaged, compared. */

import { FactError, toNumber, toText } from "./fact.ts";
import type { Column, CurvesView, PanelFact } from "./fact.ts";
import { numbersOf, stretchesIn } from "./packed.ts";
import { meanInterval, welchDifference } from "./student.ts";
import type { Interval } from "./student.ts";

/** Points in the order of x; a value is NaN where nothing was recorded or what was is not finite: a gap. */
export interface Line {
  readonly x: Float64Array;
  readonly value: Float64Array;
}

export interface RunLine extends Line {
  readonly run: string;
}

/** A mean over runs with the ends of its interval, NaN where there is none, and the runs behind each point. */
export interface Band extends Line {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly n: Float64Array;
}

/** One point of a band. */
export interface Point {
  x: number;
  value: number;
  low: number;
  high: number;
  n: number;
}

export interface GroupLines {
  label: string;
  color: number;
  runs: readonly RunLine[];
  mean: Band;
}

/** Lines of at most so many points show each of them, as in the print face. */
export const FEW_POINTS = 8;

const EMPTY = new Float64Array();
const NO_BAND: Band = { x: EMPTY, value: EMPTY, low: EMPTY, high: EMPTY, n: EMPTY };

/** How many points have a number. */
export function known({ value }: Line): number {
  let count = 0;
  for (const each of value) if (Number.isFinite(each)) count++;
  return count;
}

/** A group's lines that a reader points at: its mean, or its runs where it has none. */
export function outlines({ mean, runs }: GroupLines): readonly Line[] {
  return mean.x.length > 0 ? [mean] : runs;
}

/** Points behind some groups, of their runs where there are any. */
export function pointsOf(groups: readonly GroupLines[]): number {
  const own = ({ mean, runs }: GroupLines): readonly Line[] => (runs.length > 0 ? runs : [mean]);
  return groups.flatMap(own).reduce((total, { x }) => total + x.length, 0);
}

/** A band's point. */
export function pointOf({ x, value, low, high, n }: Band, at: number): Point {
  const read = (values: Float64Array): number => values[at] ?? NaN;
  return { x: read(x), value: read(value), low: read(low), high: read(high), n: read(n) };
}

/** The view with every option that a fact may leave out. */
export function curvesView(fact: PanelFact): CurvesView {
  const view = fact.view as Partial<CurvesView>;
  if (!Array.isArray(view.groups)) throw new FactError("The curves panel's fact names no groups.");
  return {
    x: view.x ?? { field: "step", label: "step" },
    y: view.y ?? { label: fact.metrics[0] ?? "", log: false, metric: fact.metrics[0] ?? "", direction: "" },
    smooth: Math.min(0.99, Math.max(0, toNumber(view.smooth) || 0)),
    band: view.band ?? "95% Student-t interval",
    groups: view.groups,
    baseline: view.baseline ?? null,
  };
}

/** The confidence level that the band's own words name. */
export function levelOf(band: string): number {
  const percent = Number(/(\d+(?:\.\d+)?)\s*%/.exec(band)?.[1] ?? "95");
  return percent > 0 && percent < 100 ? percent / 100 : 0.95;
}

/** The fields that runs can be drawn over: the view's own, and others that the frame has a column for. */
export function xFields(fact: PanelFact, view: CurvesView): readonly string[] {
  return [view.x.field, ...["step", "epoch", "time"].filter((name) => name !== view.x.field && name in fact.frame)];
}

/** Rows of the frame that belong to one line, first and one past the last. */
type Span = readonly [from: number, to: number];

/** The rows of each line, by group and run; "" is the group's mean. */
function spansOf(group: Column, run: Column): Map<string, Map<string, Span[]>> {
  const spans = new Map<string, Map<string, Span[]>>();
  const [groups, runs] = [stretchesIn(group), stretchesIn(run)];
  const end = Math.min(group.length, run.length);
  let [g, r, from] = [0, 0, 0];
  while (from < end) {
    const [ownGroup, ownRun] = [groups[g], runs[r]];
    if (!ownGroup || !ownRun) break;
    const [nextGroup, nextRun] = [groups[g + 1]?.start ?? end, runs[r + 1]?.start ?? end];
    const to = Math.min(nextGroup, nextRun, end);
    const lines = getOr(spans, toText(ownGroup.value), () => new Map<string, Span[]>());
    if (to > from) getOr(lines, toText(ownRun.value), () => []).push([from, to]);
    if (nextGroup <= to) g++;
    if (nextRun <= to) r++;
    from = to;
  }
  return spans;
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** The rows of a line in the order of x, those without a place left out; null where they are so as they stand. */
function orderOf(xs: Float64Array): Uint32Array | null {
  let before = -Infinity;
  for (const x of xs) {
    if (!(x >= before) || x === Infinity) {
      const placed = Uint32Array.from(xs.keys()).filter((at) => Number.isFinite(xs[at]));
      return placed.sort((a, b) => (xs[a] ?? 0) - (xs[b] ?? 0) || a - b);
    }
    before = x;
  }
  return before === -Infinity && xs.length > 0 ? new Uint32Array() : null;
}

/** Cells of a column by the rows of a line; as they lie, where they lie together. */
function cut(column: Float64Array, spans: readonly Span[]): Float64Array {
  const [only] = spans;
  if (only && spans.length === 1) return column.subarray(...only);
  const found = new Float64Array(spans.reduce((total, [from, to]) => total + to - from, 0));
  let at = 0;
  for (const [from, to] of spans) {
    found.set(column.subarray(from, to), at);
    at += to - from;
  }
  return found;
}

/** Read the groups' lines over a field. Means come from the frame; over another field they are made from the runs. */
export function readGroups(fact: PanelFact, view: CurvesView, field: string): GroupLines[] {
  const { frame } = fact;
  const own = field === view.x.field;
  const places = own ? frame.x : frame[field];
  const { group, run, value } = frame;
  if (!places || !group || !run || !value) throw new FactError("The curves panel's data lack group, run, x or value.");
  const xs = numbersOf(places);
  const values = numbersOf(value).map((each) => (Number.isFinite(each) ? each : NaN));
  const [low, high, n] = [frame.low, frame.high, frame.n].map((column) => (column ? numbersOf(column) : null));
  const spans = spansOf(group, run);
  return view.groups.map(({ label, color }) => {
    const lines = spans.get(label) ?? new Map<string, Span[]>();
    const read = (rows: readonly Span[]): ((column: Float64Array | null | undefined, none: number) => Float64Array) => {
      const order = orderOf(cut(xs, rows));
      return (column, none) => {
        const size = rows.reduce((total, [from, to]) => total + to - from, 0);
        const cells = column ? cut(column, rows) : new Float64Array(size).fill(none);
        return order ? Float64Array.from(order, (at) => cells[at] ?? NaN) : cells;
      };
    };
    const runs = [...lines]
      .filter(([id]) => id !== "")
      .map(([id, rows]) => {
        const by = read(rows);
        return { run: id, x: by(xs, NaN), value: by(values, NaN) };
      });
    const rows = own ? lines.get("") : [];
    const by = read(rows ?? []);
    const mean = own
      ? { x: by(xs, NaN), value: by(values, NaN), low: by(low, NaN), high: by(high, NaN), n: by(n, 1) }
      : average(runs, levelOf(view.band));
    return { label, color, runs, mean };
  });
}

/**
 * Smooth a run by an exponential moving average, debiased so that the start is not pulled to 0 (Kingma and Ba 2015,
 * section 3). Gaps stay gaps and carry no weight.
 */
export function smoothed<L extends Line>(line: L, weight: number): L {
  let average = 0;
  let bias = 1;
  const value = line.value.map((each) => {
    if (!Number.isFinite(each)) return each;
    average = weight * average + (1 - weight) * each;
    bias *= weight;
    return average / (1 - bias);
  });
  return { ...line, value };
}

function same(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

/** Every x that some line has a point at, in order. */
export function placesOf(lines: readonly Line[]): Float64Array {
  const distinct: Float64Array[] = [];
  for (const { x } of lines) {
    // Runs mostly share their steps; to compare with a few is cheaper than to sort all.
    if (x.length > 0 && !distinct.slice(-4).some((other) => same(other, x))) distinct.push(x);
  }
  const all = new Float64Array(distinct.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const each of distinct) {
    all.set(each, at);
    at += each.length;
  }
  return all.sort().filter((x, i) => i === 0 || x !== all[i - 1]);
}

/** Visit each place with the finite values that runs have there; the list is the same one every time. */
function visit(
  runs: readonly Line[],
  places: Float64Array,
  see: (values: readonly number[], place: number, at: number) => void,
): void {
  const next = new Uint32Array(runs.length);
  const values: number[] = [];
  for (const [at, place] of places.entries()) {
    values.length = 0;
    for (const [r, { x, value }] of runs.entries()) {
      let i = next[r] ?? 0;
      while ((x[i] ?? Infinity) < place) i++;
      for (; x[i] === place; i++) {
        const each = value[i] ?? NaN;
        if (Number.isFinite(each)) values.push(each);
      }
      next[r] = i;
    }
    see(values, place, at);
  }
}

function bandOver(places: Float64Array, each: (set: (at: number, interval: Interval) => void) => void): Band {
  const empty = (): Float64Array => new Float64Array(places.length).fill(NaN);
  const band: Band = { x: places, value: empty(), low: empty(), high: empty(), n: new Float64Array(places.length) };
  each((at, { mean, low, high, n }) => {
    band.value[at] = mean;
    band.low[at] = low;
    band.high[at] = high;
    band.n[at] = n;
  });
  return band;
}

/** The mean over runs at each x with its Student-t interval, over those runs that have a number there. */
export function means(runs: readonly Line[], level: number): Band {
  const places = placesOf(runs);
  return bandOver(places, (set) => {
    visit(runs, places, (values, _place, at) => {
      set(at, meanInterval(values, level));
    });
  });
}

/** Whether runs share enough places for a mean over runs to be one; runs over time hardly ever share any. */
export function aligned(runs: readonly Line[]): boolean {
  if (runs.length < 2) return true;
  const points = runs.reduce((total, { x }) => total + x.length, 0);
  return points >= 1.5 * placesOf(runs).length;
}

/** Places of the grid that runs without shared places are put on; as in the print face. */
const GRID = 400;

/** Put runs on one grid, each interpolated linearly between its own first and last point; next to a gap is a gap. */
function resampled(runs: readonly RunLine[]): RunLine[] {
  const some = runs.filter(({ x }) => x.length > 0);
  const low = Math.min(...some.map(({ x }) => x[0] ?? Infinity));
  const high = Math.max(...some.map(({ x }) => x[x.length - 1] ?? -Infinity));
  const longest = Math.max(0, ...some.map(({ x }) => x.length));
  const places = Math.max(2, Math.min(GRID, longest));
  const grid = Float64Array.from({ length: places }, (_, i) => low + ((high - low) * i) / (places - 1));
  return some.map(({ run, x, value }) => {
    const inside = grid.filter((place) => place >= (x[0] ?? Infinity) && place <= (x[x.length - 1] ?? -Infinity));
    let at = 0;
    const found = inside.map((place) => {
      while ((x[at + 1] ?? Infinity) <= place) at++;
      const [left = NaN, right = NaN] = [x[at], x[at + 1]];
      const [start = NaN, end = NaN] = [value[at], value[at + 1]];
      const part = (place - left) / (right - left);
      return part > 0 ? start + part * (end - start) : start;
    });
    return { run, x: inside, value: found };
  });
}

/** The mean over runs as `means`, over runs interpolated where they share no places. */
function average(runs: readonly RunLine[], level: number): Band {
  return means(aligned(runs) ? runs : resampled(runs), level);
}

/** A group smoothed: each run first, then the mean over runs anew, so that the band is the smoothed runs' own. */
export function smoothGroup(group: GroupLines, weight: number, level: number): GroupLines {
  if (weight === 0) return group;
  const runs = group.runs.map((run) => smoothed(run, weight));
  return { ...group, runs, mean: group.runs.length > 0 ? average(runs, level) : NO_BAND };
}

/** Two groups' runs on one grid. */
function together(a: readonly RunLine[], b: readonly RunLine[]): [RunLine[], RunLine[]] {
  const both = resampled([...a, ...b]);
  const size = a.filter(({ x }) => x.length > 0).length;
  return [both.slice(0, size), both.slice(size)];
}

/** A group as its difference from the baseline at each x that both have, with Welch's interval. */
export function differenceFrom(group: GroupLines, baseline: GroupLines, level: number): GroupLines {
  const [own, others] =
    aligned(group.runs) && aligned(baseline.runs) ? [group.runs, baseline.runs] : together(group.runs, baseline.runs);
  const base = means(others, level);
  const centre = new Map(Array.from(base.x, (x, i) => [x, base.value[i] ?? NaN]));
  const itself = group.label === baseline.label;
  const shared = placesOf(own).filter((x) => centre.has(x));
  const theirs: number[][] = [];
  visit(others, shared, (values) => theirs.push([...values]));
  const mean = bandOver(shared, (set) => {
    visit(own, shared, (values, _place, at) => {
      const none = { low: NaN, high: NaN, n: values.length };
      if (itself) set(at, { mean: values.length > 0 ? 0 : NaN, ...none });
      else set(at, welchDifference(values, theirs[at] ?? [], level));
    });
  });
  const runs = own.map((line) => ({
    ...line,
    value: line.value.map((value, i) => value - (centre.get(line.x[i] ?? NaN) ?? NaN)),
  }));
  return { ...group, runs, mean };
}
