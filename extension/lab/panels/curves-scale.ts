/** How the axes of a curves panel span what is drawn: the reader's window, round ends, linear or logarithmic. */

import { FEW_POINTS } from "./series.ts";
import type { GroupLines } from "./series.ts";
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
  places: readonly number[];
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
  const within = places.filter((at) => at >= low && at <= high);
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
  for (const { mean, runs } of groups) {
    const lines = withRuns || mean.length === 0 ? [mean, ...runs.map((run) => run.points)] : [mean];
    for (const line of lines) {
      for (const point of line) {
        const at = place(point.value);
        if (point.x < from || point.x > to || !Number.isFinite(at)) continue;
        low = Math.min(low, at);
        high = Math.max(high, at);
        const [bottom, top] = [place(point.low), place(point.high)];
        if (Number.isFinite(bottom)) bandLow = Math.min(bandLow, bottom);
        if (Number.isFinite(top)) bandHigh = Math.max(bandHigh, top);
      }
    }
  }
  if (low > high) return [0, 1];
  if (withZero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const room = Math.max(high - low, Math.abs(high) * 1e-9) * BAND_ROOM;
  low = Math.max(Math.min(low, bandLow), low - room);
  high = Math.min(Math.max(high, bandHigh), high + room);
  const pad = (high - low) * PAD;
  return [low - pad, high + pad];
}
