/** The numbers of a curves panel: runs and means read from the tidy frame, smoothed, averaged, compared. */

import { FactError, length, toNumber, toText } from "./fact.ts";
import type { CurvesView, PanelFact } from "./fact.ts";
import { meanInterval, welchDifference } from "./student.ts";

export interface Point {
  x: number;
  /** NaN where nothing was recorded or what was is not finite: the line has a gap there. */
  value: number;
  low: number;
  high: number;
  n: number;
}

export interface RunLine {
  run: string;
  points: readonly Point[];
}

export interface GroupLines {
  label: string;
  color: number;
  runs: readonly RunLine[];
  mean: readonly Point[];
}

/** Lines of at most so many points show each of them, as in the print face. */
export const FEW_POINTS = 8;

/** How many points have a number. */
export function known(points: readonly Point[]): number {
  return points.filter(({ value }) => Number.isFinite(value)).length;
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

const byX = (a: Point, b: Point): number => a.x - b.x;

/** Read the groups' lines over a field. Means come from the frame; over another field they are made from the runs. */
export function readGroups(fact: PanelFact, view: CurvesView, field: string): GroupLines[] {
  const { frame } = fact;
  const xs = field === view.x.field ? frame.x : frame[field];
  const { group, run, value, low, high, n } = frame;
  if (!xs || !group || !run || !value) throw new FactError("The curves panel's data lack group, run, x or value.");
  const lines = new Map<string, Map<string, Point[]>>();
  for (let row = 0; row < length(frame); row++) {
    const x = toNumber(xs[row]);
    if (!Number.isFinite(x)) continue;
    const found = toNumber(value[row]);
    const runs = getOr(lines, toText(group[row]), () => new Map<string, Point[]>());
    getOr(runs, toText(run[row]), () => []).push({
      x,
      value: Number.isFinite(found) ? found : NaN,
      low: toNumber(low?.[row]),
      high: toNumber(high?.[row]),
      n: Number(n?.[row] ?? 1),
    });
  }
  return view.groups.map(({ label, color }) => {
    const own = lines.get(label) ?? new Map<string, Point[]>();
    const runs = [...own].filter(([id]) => id !== "").map(([id, points]) => ({ run: id, points: points.sort(byX) }));
    const mean = field === view.x.field ? (own.get("") ?? []).sort(byX) : average(runs, levelOf(view.band));
    return { label, color, runs, mean };
  });
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * Smooth a run by an exponential moving average, debiased so that the start is not pulled to 0 (Kingma and Ba 2015,
 * section 3). Gaps stay gaps and carry no weight.
 */
export function smoothed(points: readonly Point[], weight: number): Point[] {
  let average = 0;
  let bias = 1;
  return points.map((point) => {
    if (!Number.isFinite(point.value)) return point;
    average = weight * average + (1 - weight) * point.value;
    bias *= weight;
    return { ...point, value: average / (1 - bias) };
  });
}

/** The runs' values by x, in the order of x. */
function byPlace(runs: readonly RunLine[]): [x: number, values: number[]][] {
  const places = new Map<number, number[]>();
  for (const { points } of runs) {
    for (const { x, value } of points) {
      const values = getOr(places, x, () => []);
      if (Number.isFinite(value)) values.push(value);
    }
  }
  return [...places].sort(([a], [b]) => a - b);
}

/** The mean over runs at each x with its Student-t interval, over those runs that have a number there. */
export function means(runs: readonly RunLine[], level: number): Point[] {
  return byPlace(runs).map(([x, values]) => {
    const { mean, low, high, n } = meanInterval(values, level);
    return { x, value: mean, low, high, n };
  });
}

/** Whether runs share enough places for a mean over runs to be one; runs over time hardly ever share any. */
export function aligned(runs: readonly RunLine[]): boolean {
  if (runs.length < 2) return true;
  const points = runs.reduce((total, { points }) => total + points.length, 0);
  return points >= 1.5 * byPlace(runs).length;
}

/** Places of the grid that runs without shared places are put on; as in the print face. */
const GRID = 400;

/** Put runs on one grid, each interpolated linearly between its own first and last point; next to a gap is a gap. */
function resampled(runs: readonly RunLine[]): RunLine[] {
  const some = runs.filter(({ points }) => points.length > 0);
  const low = Math.min(...some.map(({ points }) => points[0]?.x ?? Infinity));
  const high = Math.max(...some.map(({ points }) => points[points.length - 1]?.x ?? -Infinity));
  const longest = Math.max(0, ...some.map(({ points }) => points.length));
  const places = Math.max(2, Math.min(GRID, longest));
  const grid = Array.from({ length: places }, (_, i) => low + ((high - low) * i) / (places - 1));
  return some.map(({ run, points }) => {
    const own: Point[] = [];
    let at = 0;
    for (const x of grid) {
      while ((points[at + 1]?.x ?? Infinity) <= x) at++;
      const [left, right] = [points[at], points[at + 1]];
      if (!left || x < left.x || (!right && x > left.x)) continue;
      const part = right ? (x - left.x) / (right.x - left.x) : 0;
      const value = right && part > 0 ? left.value + part * (right.value - left.value) : left.value;
      own.push({ x, value, low: NaN, high: NaN, n: 1 });
    }
    return { run, points: own };
  });
}

/** The mean over runs as `means`, over runs interpolated where they share no places. */
function average(runs: readonly RunLine[], level: number): Point[] {
  return means(aligned(runs) ? runs : resampled(runs), level);
}

/** A group smoothed: each run first, then the mean over runs anew, so that the band is the smoothed runs' own. */
export function smoothGroup(group: GroupLines, weight: number, level: number): GroupLines {
  if (weight === 0) return group;
  const runs = group.runs.map(({ run, points }) => ({ run, points: smoothed(points, weight) }));
  return { ...group, runs, mean: average(runs, level) };
}

/** Two groups' runs on one grid. */
function together(a: readonly RunLine[], b: readonly RunLine[]): [RunLine[], RunLine[]] {
  const both = resampled([...a, ...b]);
  const size = a.filter(({ points }) => points.length > 0).length;
  return [both.slice(0, size), both.slice(size)];
}

/** A group as its difference from the baseline at each x that both have, with Welch's interval. */
export function differenceFrom(group: GroupLines, baseline: GroupLines, level: number): GroupLines {
  const [own, others] =
    aligned(group.runs) && aligned(baseline.runs) ? [group.runs, baseline.runs] : together(group.runs, baseline.runs);
  const base = new Map(byPlace(others));
  const centre = new Map(means(others, level).map(({ x, value }) => [x, value]));
  const same = group.label === baseline.label;
  const mean = byPlace(own)
    .filter(([x]) => base.has(x))
    .map(([x, values]) => {
      if (same) return { x, value: values.length > 0 ? 0 : NaN, low: NaN, high: NaN, n: values.length };
      const { mean: value, low, high, n } = welchDifference(values, base.get(x) ?? [], level);
      return { x, value, low, high, n };
    });
  const runs = own.map(({ run, points }) => ({
    run,
    points: points.map((point) => ({ ...point, value: point.value - (centre.get(point.x) ?? NaN) })),
  }));
  return { ...group, runs, mean };
}
