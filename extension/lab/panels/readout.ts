/** What the cursor shows: a line, a dot on each curve, and the numbers there, in a box and in words. */

import { h, svg } from "./elements.ts";
import { pointOf } from "./series.ts";
import type { GroupLines, Point } from "./series.ts";
import { ink } from "./style.ts";
import { count, formatEstimate, formatNumber, printable, writeEstimate } from "./text.ts";

/** One group at the cursor. */
export interface Reading {
  group: GroupLines;
  point: Point;
  /** Whether the group has its point elsewhere than where the cursor stands. */
  beside: boolean;
}

/** Find each group's point nearest to x; a group whose nearest point is farther than `reach` has none there. */
export function readingsAt(groups: readonly GroupLines[], x: number, reach: number): Reading[] {
  return groups.flatMap((group) => {
    const at = nearest(group.mean.x, x);
    if (at === null) return [];
    const point = pointOf(group.mean, at);
    return Math.abs(point.x - x) > reach ? [] : [{ group, point, beside: point.x !== x }];
  });
}

/** Which of some places, in order, is nearest to x, by bisection; null where there is none. */
export function nearest(places: Float64Array, x: number): number | null {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? Infinity) < x) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [places[low - 1], places[low]];
  if (after === undefined || before === undefined) return places.length === 0 ? null : Math.min(low, places.length - 1);
  return x - before < after - x ? low - 1 : low;
}

/** A sample of a group's line, in its colour and dash. */
export function swatch(color: number): SVGElement {
  const { dash } = ink(color);
  const line = {
    x1: 1,
    y1: 5,
    x2: 25,
    y2: 5,
    "stroke-width": 2.2,
    "stroke-dasharray": dash.map((part) => part * 2).join(" ") || null,
  };
  return svg("svg", { class: `prp-swatch`, width: 26, height: 10, "aria-hidden": "true" }, svg("line", line));
}

/** The cursor in words, for the live region. */
export function inWords(xLabel: string, x: number, readings: readonly Reading[], signed: boolean): string {
  const each = readings.map(({ group, point }) => {
    const { value, ends } = writeEstimate(point.value, point.low, point.high, signed);
    const interval = ends ? `, interval ${ends[0]} to ${ends[1]}` : "";
    return `${printable(group.label)}: ${value}${interval}, ${count(point.n, "run")}`;
  });
  return `${printable(xLabel)} ${writeX(x)}. ${each.join("; ") || "no data"}.`;
}

/** Write a place on the x axis: whole steps as they are. */
function writeX(x: number): string {
  return Number.isInteger(x) && Math.abs(x) < 1e15 ? String(x).replace("-", "\u2212") : formatNumber(x, 5);
}

/** What a readout shows, and where things stand on the plot. */
export interface Showing {
  x: number;
  xLabel: string;
  groups: readonly GroupLines[];
  readings: readonly Reading[];
  /** The group pointed at, "" for none. */
  pointed: string;
  /** Whether positive numbers have a plus: they are differences. */
  signed: boolean;
  area: { left: number; top: number; width: number; height: number };
  toPixels: (x: number, value: number) => { left: number; top: number };
  toAxes: (left: number, top: number) => { x: number };
  colour: (index: number) => string;
}

/** Groups that a box names; of more, the first and the one pointed at. */
const MOST = 12;

/** The box's content: the place, and each group's mean with its interval; n once where all have the same. */
function boxOf({ x, xLabel, readings, pointed, signed, colour }: Showing): HTMLElement[] {
  const shown = readings.filter(({ group }, i) => i < MOST || group.label === pointed);
  const sizes = new Set(shown.map(({ point }) => point.n));
  const write = (n: number): HTMLElement => h("span", { class: "prp-n" }, `n\u00a0=\u00a0${n}`);
  const rows = shown.map(({ group, point, beside }) => {
    const sample = swatch(group.color);
    sample.style.color = colour(group.color);
    const label = printable(group.label) + (beside ? ` (at ${writeX(point.x)})` : "");
    return h(
      "tr",
      { class: pointed === group.label ? "prp-pointed" : null },
      h("td", {}, sample),
      h("th", { scope: "row" }, h("bdi", {}, label)),
      h("td", {}, formatEstimate(point.value, point.low, point.high, signed)),
      sizes.size > 1 ? h("td", {}, write(point.n)) : null,
    );
  });
  const [n] = sizes;
  const head = h("div", { class: "prp-tooltip-head" }, `${printable(xLabel)} ${writeX(x)}`);
  if (sizes.size === 1 && n !== undefined) head.append(write(n));
  const more = readings.length - shown.length;
  const rest = more > 0 ? [h("div", { class: "prp-n" }, `and ${count(more, "more group")}`)] : [];
  return [head, h("table", {}, h("tbody", {}, ...rows)), ...rest];
}

/** Pixels between the cursor and its box, and between the box and the plot's edge. */
const BESIDE = 14;
const EDGE = 4;

export class Readout {
  readonly #line = h("div", { class: "prp-cursor" });
  readonly #dots = h("div", {});
  readonly #box = h("div", { class: "prp-tooltip" });
  readonly #layer = h(
    "div",
    { class: "prp-layer", hidden: true, "aria-hidden": "true" },
    this.#line,
    this.#dots,
    this.#box,
  );

  constructor(plot: HTMLElement) {
    plot.append(this.#layer);
  }

  hide(): void {
    this.#layer.hidden = true;
  }

  show(at: Showing): void {
    const { area } = at;
    const left = at.toPixels(at.x, NaN).left;
    this.#line.style.left = `${left}px`;
    this.#line.style.top = `${area.top}px`;
    this.#line.style.height = `${area.height}px`;
    this.#dots.replaceChildren(
      ...at.readings.flatMap(({ group, point }) => {
        const pixels = at.toPixels(point.x, point.value);
        const inside = pixels.top >= area.top - 1 && pixels.top <= area.top + area.height + 1;
        if (!Number.isFinite(pixels.top) || !inside) return [];
        const dot = h("div", { class: "prp-dot" });
        dot.style.left = `${pixels.left}px`;
        dot.style.top = `${pixels.top}px`;
        dot.style.background = at.colour(group.color);
        return [dot];
      }),
    );
    this.#box.replaceChildren(...boxOf(at));
    this.#layer.hidden = false;
    this.#place(left, at);
  }

  /** Put the box beside the cursor, in the upper or lower part, wherever it hides less of the curves. */
  #place(left: number, { area, groups, toAxes, toPixels }: Showing): void {
    const { width, height } = this.#box.getBoundingClientRect();
    const end = area.left + area.width + EDGE;
    const [after, before] = [left + BESIDE, left - BESIDE - width];
    if (after + width > end && before < 0) {
      // No room beside the cursor, as on a phone: above the plot, where the legend says the same less precisely.
      this.#move(Math.max(0, Math.min(end - width, left - width / 2)), area.top - height - BESIDE);
      return;
    }
    const edge = after + width <= end ? after : before;
    const [upper, lower] = [area.top + EDGE, area.top + area.height - height - EDGE];
    const hidden = (top: number): number =>
      [0, 0.25, 0.5, 0.75, 1]
        .flatMap((part) => {
          const { x } = toAxes(edge + part * width, top);
          return groups.map(({ mean }) => {
            const at = nearest(mean.x, x);
            return at === null ? null : toPixels(x, mean.value[at] ?? NaN).top;
          });
        })
        .filter((y) => y !== null && y >= top - EDGE && y <= top + height + EDGE).length;
    this.#move(edge, hidden(upper) <= hidden(lower) ? upper : lower);
  }

  #move(left: number, top: number): void {
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }
}
