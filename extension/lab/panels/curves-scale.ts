/** How the axes of a curves panel span what is drawn: the reader's window, round ends, linear or logarithmic. */

import { FEW_POINTS } from "./series.ts";
import type { GroupLines, Line } from "./series.ts";
import { linearAxis, logAxis, placesAxis } from "./ticks.ts";
import type { Axis, Range } from "./ticks.ts";

/** What a zoom shows: a stretch of x, and of y (as positions on its axis) where a box was dragged. */
export interface Zoom {
  x: Range;
  y: Range | null;
}

export interface Scale {
  x: Axis;
  y: Axis;
  /** A value's position on the y axis: itself, or its logarithm; NaN where it has none. */
  place: (value: number) => number;
}

/** What decides about the axes. */
export interface Span {
  groups: readonly GroupLines[];
  extent: Range;
  /** Every x that something is drawn at, in order. */
  places: Float64Array;
  zoom: Zoom | null;
  logarithmic: boolean;
  withRuns: boolean;
  withZero: boolean;
  width: number;
  height: number;
}

/** Work out both axes. */
export function scaleOf(span: Span): Scale {
  const { zoom, logarithmic, height } = span;
  const place = logarithmic ? (value: number) => (value > 0 ? Math.log10(value) : NaN) : (value: number) => value;
  const x = xAxis(span);
  const range = zoom?.y ?? yRange(span, x.range, place);
  return { x, y: logarithmic ? logAxis(range) : linearAxis(range, Math.max(4, height / 55)), place };
}

/** Where there are few places, each has its tick, and room on both sides for its symbol. */
function xAxis({ extent, zoom, places, width }: Span): Axis {
  const [low, high] = zoom?.x ?? extent;
  const within = [...places.filter((at) => at >= low && at <= high)];
  if (within.length < 2 || within.length > FEW_POINTS) return linearAxis([low, high], Math.max(3, width / 90));
  const pad = zoom ? 0 : (high - low) * PAD;
  return placesAxis([low - pad, high + pad], within);
}

/** Bands may run off the chart by this share of the curves' own range, rather than squeeze the curves flat. */
const BAND_ROOM = 0.75;
const PAD = 0.03;

/** The range of y that the points between two places need. */
function yRange({ groups, withRuns, withZero }: Span, [from, to]: Range, place: (value: number) => number): Range {
  let [low, high, bandLow, bandHigh] = [Infinity, -Infinity, Infinity, -Infinity];
  const span = (line: Line, see: (at: number, i: number) => void): void => {
    for (let i = 0; i < line.x.length; i++) {
      const x = line.x[i] ?? NaN;
      const at = place(line.value[i] ?? NaN);
      if (x >= from && x <= to && Number.isFinite(at)) see(at, i);
    }
  };
  const widen = (at: number): void => {
    if (at < low) low = at;
    if (at > high) high = at;
  };
  for (const { mean, runs } of groups) {
    span(mean, (at, i) => {
      widen(at);
      const [bottom, top] = [place(mean.low[i] ?? NaN), place(mean.high[i] ?? NaN)];
      if (Number.isFinite(bottom)) bandLow = Math.min(bandLow, bottom);
      if (Number.isFinite(top)) bandHigh = Math.max(bandHigh, top);
    });
    // A single run is its own mean.
    if (mean.x.length === 0 || (withRuns && runs.length > 1)) for (const run of runs) span(run, widen);
  }
  if (low > high) return [0, 1];
  if (withZero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const room = Math.max(high - low, Math.abs(high) * 1e-9) * BAND_ROOM;
  low = Math.max(Math.min(low, bandLow), low - room);
  high = Math.min(Math.max(high, bandHigh), high + room);
  const pad = (high - low) * PAD;
  return [low - pad, high + pad];
}
