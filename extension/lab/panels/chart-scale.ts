/** Where places on a chart's axes lie, and where the axes have their ticks. */

import type { AxisView, PlotView, Rows } from "./chart-view.ts";
import { linearAxis, logAxis } from "./ticks.ts";
import type { Axis, Range } from "./ticks.ts";
import { formatNumber, printable } from "./text.ts";

/** One axis as drawn. */
export interface ChartAxis extends Axis {
  view: AxisView;
  logarithmic: boolean;
  /** The position of a row's place, NaN where it has none. */
  at(value: unknown, shift?: number): number;
}

/** Room at the ends of an axis, as a share of it. */
const PAD = 0.04;
const DAY = 86_400;

/** What decides about an axis besides the marks. */
export interface Asked {
  logarithmic: boolean;
  /** What the reader zoomed to, as positions. */
  zoom: Range | null;
  /** About so many ticks. */
  ticks: number;
}

/** The axis of a plot, along "x" or "y". */
export function axisOf(plot: PlotView, which: "x" | "y", rows: Rows, asked: Asked): ChartAxis {
  const view = plot[which];
  if (view.scale === "category") return categories(view);
  const { logarithmic } = asked;
  const place = (value: unknown): number => {
    const number = typeof value === "number" ? value : NaN;
    return logarithmic ? (number > 0 ? Math.log10(number) : NaN) : number;
  };
  const range = asked.zoom ?? given(view, place) ?? spanned(plot, which, rows, place);
  const axis = logarithmic
    ? logAxis(range)
    : view.scale === "time"
      ? timeAxis(range, asked.ticks)
      : linearAxis(range, asked.ticks);
  return { ...axis, view, logarithmic, at: place };
}

function given({ range }: AxisView, place: (value: unknown) => number): Range | null {
  if (!range) return null;
  const [low, high] = range.map(place) as [number, number];
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

function categories(view: AxisView): ChartAxis {
  const places = new Map(view.names.map((name, index) => [name, index]));
  return {
    range: [-0.5, Math.max(0.5, view.names.length - 0.5)],
    ticks: view.names.map((_, index) => index),
    write: (at) => printable(view.names[at] ?? ""),
    view,
    logarithmic: false,
    at: (value, shift = 0) => (places.get(String(value)) ?? NaN) + (Number.isFinite(shift) ? shift : 0),
  };
}

/** The range that all marks need, with the base of bars. */
function spanned(plot: PlotView, which: "x" | "y", rows: Rows, place: (value: unknown) => number): Range {
  let [low, high] = [Infinity, -Infinity];
  const see = (value: unknown): void => {
    const at = place(value);
    if (!Number.isFinite(at)) return;
    if (at < low) low = at;
    if (at > high) high = at;
  };
  const names = which === "x" ? ["x", "x_low", "x_high", "q1", "q3"] : ["y", "y_low", "y_high"];
  const known = names.filter((name) => rows.has(name));
  let based = false;
  for (const layer of plot.layers) {
    if (layer.mark === "bar" && plot[which === "x" ? "y" : "x"].scale === "category") {
      see(0);
      based = true;
    }
    for (const row of rows.of(layer.part)) for (const name of known) see(rows.cell(name, row));
  }
  if (low > high) return [0, 1];
  const pad = (high - low) * PAD || Math.abs(high) * PAD || 0.5;
  // A bar stands on its base.
  return [based && low === 0 ? 0 : low - pad, based && high === 0 ? 0 : high + pad];
}

const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, DAY];

/** An axis of seconds since 1970: dates, or times where it spans less than two days; UTC. */
function timeAxis(range: Range, target: number): Axis {
  const span = range[1] - range[0];
  const rough = span / Math.max(1, target);
  const days = [1, 2, 7, 14, 30, 91, 182, 365].map((count) => count * DAY);
  const step = [...STEPS, ...days].find((each) => each >= rough) ?? Math.ceil(rough / (365 * DAY)) * 365 * DAY;
  const first = Math.ceil(range[0] / step);
  const count = Math.max(0, Math.floor(range[1] / step) - first + 1);
  return {
    range,
    ticks: Array.from({ length: count }, (_, i) => (first + i) * step),
    write: (at) => moment(at, span),
  };
}

/** A time of an axis that spans so many seconds. */
export function moment(seconds: number, span: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return formatNumber(seconds);
  const [day = "", time = ""] = date.toISOString().split("T");
  if (span >= 4 * DAY) return day;
  if (span >= DAY) return `${day.slice(5)} ${time.slice(0, 5)}`;
  return time.slice(0, span < 300 ? 8 : 5);
}

/** What the ticks of an axis of time leave out: the day, and that times are UTC. */
export function timeNote([low, high]: Range): string {
  if (high - low >= 4 * DAY) return "";
  return high - low >= DAY ? "UTC" : `${moment((low + high) / 2, 4 * DAY)}, UTC`;
}
