/** Where an axis has its ticks, and how they are written: round numbers, on a linear and on a logarithmic axis. */

import { formatNumber } from "./text.ts";

export type Range = readonly [low: number, high: number];

export interface Axis {
  range: Range;
  ticks: readonly number[];
  /** Write a position on the axis as the number it stands for. */
  write(position: number): string;
}

/** The round step that comes nearest to so many ticks: 1, 2 or 5 times a power of ten. */
function roundStep(span: number, target: number): number {
  const rough = span / Math.max(1, target);
  const power = 10 ** Math.floor(Math.log10(rough));
  const miss = (factor: number): number => Math.abs(Math.log((factor * power) / rough));
  return [1, 2, 5, 10].reduce((best, factor) => (miss(factor) < miss(best) ? factor : best)) * power;
}

/** A linear axis with about so many ticks. */
export function linearAxis([low, high]: Range, target: number): Axis {
  if (!(high > low)) {
    const pad = Math.abs(low) * 0.05 || 0.5;
    return linearAxis([low - pad, low + pad], target);
  }
  const step = roundStep(high - low, target);
  const range: Range = [low, high];
  const first = Math.ceil(range[0] / step - 1e-9);
  const last = Math.floor(range[1] / step + 1e-9);
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const plain = Math.max(Math.abs(range[0]), Math.abs(range[1])) < 1e6 && decimals <= 6;
  return {
    range,
    ticks: Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
      Number(((first + i) * step).toPrecision(14)),
    ),
    write: (at) => (plain ? at.toFixed(decimals).replace("-", "\u2212") : trim(formatNumber(at, 3))),
  };
}

/** An axis with a tick at each of a few places, and nowhere between them: there is nothing to read off there. */
export function placesAxis(range: Range, places: readonly number[]): Axis {
  return { range, ticks: places, write: (at) => trim(formatNumber(at, 5)) };
}

/** A logarithmic axis over exponents of ten: decades, and 2 and 5 within them where there are few. */
export function logAxis([low, high]: Range): Axis {
  if (!(high > low)) return logAxis([low - 0.5, high + 0.5]);
  const decades = high - low;
  const mantissas = decades > 3 ? [1] : decades > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const every = Math.max(1, Math.ceil(decades / 8));
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += every) {
    for (const mantissa of mantissas) {
      const at = power + Math.log10(mantissa);
      if (at >= low - 1e-9 && at <= high + 1e-9) ticks.push(at);
    }
  }
  return { range: [low, high], ticks, write: (at) => trim(formatNumber(10 ** at, 3)) };
}

/** Leave out the zeros that only fill up digits: "1.00e−5" is "1e−5". */
function trim(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}
