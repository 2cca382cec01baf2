/** The marks of a chart as shapes in pixels, and where a reader can point at them. */

import type { ChartAxis } from "./chart-scale.ts";
import type { ChartView, Layer, PlotView, Rows } from "./chart-view.ts";
import { ink } from "./style.ts";
import type { Theme } from "./style.ts";
import { printable } from "./text.ts";

/** A shape with its style, as ECharts' custom series paint it. */
export interface Shape {
  type: "polyline" | "polygon" | "rect" | "line" | "text";
  shape?: Readonly<Record<string, unknown>>;
  style: Readonly<Record<string, unknown>>;
  silent?: boolean;
}

/** Points of one group and layer, as positions on the axes: ECharts paints thousands of them at once. */
export interface Dots {
  positions: [x: number, y: number][];
  symbol: string;
  size: number;
  color: string;
  hollow: boolean;
  opacity: number;
}

/** Where a mark can be pointed at: its middle, and half its size. */
export interface Target {
  row: number;
  layer: Layer;
  left: number;
  top: number;
  wide: number;
  tall: number;
}

export interface Ground {
  plot: PlotView;
  chart: ChartView;
  rows: Rows;
  x: ChartAxis;
  y: ChartAxis;
  /** Pixels of positions on the axes. */
  across: (at: number) => number;
  down: (at: number) => number;
  box: { left: number; top: number; width: number; height: number };
  theme: Theme;
  /** Groups that the reader hides. */
  hidden: ReadonlySet<string>;
}

/** What a layer is drawn as. */
export interface Drawn {
  shapes: Shape[];
  dots: Dots[];
  targets: Target[];
}

/** Shapes that tell points apart, as the dashes do lines; in the order of the print face. */
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "arrow", "pin", "roundRect"] as const;
/** Heights within a category. */
const BAR = 0.62;
const SPAN = 0.7;
const BOX = 0.5;
/** Points of a line beyond which it is not pointed at one by one. */
const MOST_VERTICES = 4000;
/** The ramp of cells, from nothing to all; the print face's, and one for dark pages. */
const RAMPS = {
  light: ["#ffffff", "#dbe7f4", "#b5cfe8", "#8cb6d9", "#5e9ac8", "#2b7db4", "#00588c", "#003a63"],
  dark: ["#15171a", "#16283a", "#163a59", "#1b4f7a", "#27679b", "#3f86bd", "#6aa9da", "#a5d3f5"],
} as const;

export function symbolOf(color: number): string {
  return SYMBOLS[((color % SYMBOLS.length) + SYMBOLS.length) % SYMBOLS.length] ?? SYMBOLS[0];
}

/** The colour of a group; what belongs to none, beside groups, is grey. */
export function colourOf(ground: Pick<Ground, "chart" | "theme">, group: string): { color: string; index: number } {
  const { groups } = ground.chart;
  const known = groups.find(({ label }) => label === group);
  const index = known?.color ?? (groups.length > 0 ? -1 : 0);
  if (index < 0) return { color: ground.theme.muted, index };
  return { color: ground.theme.dark ? ink(index).dark : ink(index).light, index };
}

/** Draw a layer. */
export function drawLayer(ground: Ground, layer: Layer): Drawn {
  const rows = ground.rows.of(layer.part).filter((row) => !ground.hidden.has(ground.rows.text("group", row)));
  switch (layer.mark) {
    case "point":
      return points(ground, layer, rows);
    case "line":
      return lines(ground, layer, rows);
    case "bar":
    case "span":
      return blocks(ground, layer, rows);
    case "box":
      return boxes(ground, layer, rows);
    case "violin":
      return violins(ground, rows);
    case "cell":
      return cells(ground, layer, rows);
    case "rule":
      return rules(ground, layer, rows);
  }
}

const none = (): Drawn => ({ shapes: [], dots: [], targets: [] });

function position(ground: Ground, name: "x" | "y", row: number): number {
  const axis = ground[name];
  const shift = axis.view.scale === "category" ? ground.rows.number("shift", row) : 0;
  return axis.at(ground.rows.cell(name, row), shift);
}

/** The pixel of a further column along an axis, NaN where a row has nothing there. */
function pixel(ground: Ground, axis: "x" | "y", name: string, row: number): number {
  const at = ground[axis].at(ground.rows.cell(name, row));
  return axis === "x" ? ground.across(at) : ground.down(at);
}

function byGroup(ground: Ground, rows: readonly number[], ...keys: string[]): number[][] {
  const found = new Map<string, number[]>();
  for (const row of rows) {
    const key = keys.map((name) => ground.rows.text(name, row)).join("\0");
    const known = found.get(key);
    if (known) known.push(row);
    else found.set(key, [row]);
  }
  return [...found.values()];
}

function points(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  const size = (layer.faint ? 6 : 8) * (rows.length > 2000 ? 0.6 : 1);
  for (const some of byGroup(ground, rows, "group")) {
    const { color, index } = colourOf(ground, ground.rows.text("group", some[0] ?? -1));
    const positions: [number, number][] = [];
    for (const row of some) {
      const [x, y] = [position(ground, "x", row), position(ground, "y", row)];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      positions.push([x, y]);
      const [left, top] = [ground.across(x), ground.down(y)];
      drawn.targets.push({ row, layer, left, top, wide: 0, tall: 0 });
      drawn.shapes.push(...whiskers(ground, row, left, top, color));
    }
    const opacity = layer.faint ? (some.length > 500 ? 0.3 : 0.45) : 0.95;
    drawn.dots.push({ positions, symbol: symbolOf(Math.max(0, index)), size, color, hollow: layer.hollow, opacity });
  }
  return drawn;
}

function whiskers(ground: Ground, row: number, left: number, top: number, color: string): Shape[] {
  const style = { stroke: color, lineWidth: 1.5 };
  const [x1, x2] = [pixel(ground, "x", "x_low", row), pixel(ground, "x", "x_high", row)];
  const [y1, y2] = [pixel(ground, "y", "y_low", row), pixel(ground, "y", "y_high", row)];
  const found: Shape[] = [];
  if (Number.isFinite(x1) && Number.isFinite(x2))
    found.push({ type: "line", shape: { x1, y1: top, x2, y2: top }, style });
  if (Number.isFinite(y1) && Number.isFinite(y2))
    found.push({ type: "line", shape: { x1: left, y1, x2: left, y2 }, style });
  return found;
}

function lines(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  for (const some of byGroup(ground, rows, "group", "run")) {
    const { color, index } = colourOf(ground, ground.rows.text("group", some[0] ?? -1));
    const dash = layer.dashed ? [5, 4] : layer.faint || index < 0 ? null : ink(index).dash.map((part) => part * 2);
    const style = {
      stroke: color,
      fill: null,
      lineWidth: layer.faint ? 1 : 2,
      lineDash: dash && dash.length > 0 ? dash : null,
      opacity: layer.faint ? 0.45 : 1,
      lineJoin: "bevel",
    };
    const outline: [number, number, number, number][] = [];
    const flush = (): void => {
      drawn.shapes.push(...stroked(outline.splice(0), layer.step, style, color, ground.theme.dark));
    };
    for (const row of some) {
      const [left, top] = [ground.across(position(ground, "x", row)), ground.down(position(ground, "y", row))];
      if (!Number.isFinite(left) || !Number.isFinite(top)) {
        flush();
        continue;
      }
      outline.push([left, top, pixel(ground, "y", "y_low", row), pixel(ground, "y", "y_high", row)]);
      if (some.length <= MOST_VERTICES) drawn.targets.push({ row, layer, left, top, wide: 0, tall: 0 });
    }
    flush();
  }
  // Bands lie under all lines.
  drawn.shapes.sort((a, b) => Number(b.type === "polygon") - Number(a.type === "polygon"));
  return drawn;
}

type Vertex = [left: number, top: number, low: number, high: number];

/** An unbroken stretch of a line, with its band; a stretch of one point is a short stroke. */
function stroked(stretch: Vertex[], step: boolean, style: Shape["style"], color: string, dark: boolean): Shape[] {
  if (stretch.length === 0) return [];
  const stepped = (side: (vertex: Vertex) => number): [number, number][] =>
    stretch.flatMap((vertex, i): [number, number][] => {
      const before = stretch[i - 1];
      const here: [number, number] = [vertex[0], side(vertex)];
      return step && before ? [[vertex[0], side(before)], here] : [here];
    });
  const [only] = stretch;
  const points: [number, number][] =
    stretch.length === 1 && only ? [[only[0] - 2, only[1]], [only[0] + 2, only[1]]] : stepped((vertex) => vertex[1]); // prettier-ignore
  const shapes: Shape[] = [{ type: "polyline", shape: { points }, style }];
  if (stretch.length > 1 && stretch.every(([, , low, high]) => Number.isFinite(low) && Number.isFinite(high))) {
    const outline = [...stepped((vertex) => vertex[3]), ...stepped((vertex) => vertex[2]).reverse()];
    shapes.unshift({
      type: "polygon",
      shape: { points: outline },
      style: { fill: color, opacity: dark ? 0.24 : 0.15 },
    });
  }
  return shapes;
}

/** Bars from 0, and spans from end to end, on either axis of categories. */
function blocks(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  const upright = ground.x.view.scale === "category";
  const share = layer.mark === "span" ? SPAN : BAR;
  const half = Math.max(0.5, (share * categoryPixels(ground, upright)) / 2);
  for (const row of rows) {
    const { color } = colourOf(ground, ground.rows.text("group", row));
    const middle = upright ? ground.across(position(ground, "x", row)) : ground.down(position(ground, "y", row));
    const along = upright ? ground.down : ground.across;
    const axis = upright ? "y" : "x";
    const from = layer.mark === "span" ? pixel(ground, axis, `${axis}_low`, row) : along(ground[axis].at(0));
    const to = layer.mark === "span" ? pixel(ground, axis, `${axis}_high`, row) : pixel(ground, axis, axis, row);
    if (!Number.isFinite(middle) || !Number.isFinite(from) || !Number.isFinite(to)) continue;
    const [start, size] = [Math.min(from, to), Math.max(1, Math.abs(to - from))];
    const rect = upright
      ? { x: middle - half, y: start, width: 2 * half, height: size }
      : { x: start, y: middle - half, width: size, height: 2 * half };
    drawn.shapes.push({ type: "rect", shape: rect, style: blockStyle(layer, color, ground.theme) });
    drawn.targets.push(targetOf(row, layer, rect));
    if (layer.mark === "bar") {
      const [left, top] = upright ? [middle, to] : [to, middle];
      drawn.shapes.push(...whiskers(ground, row, left, top, ground.theme.fg));
    }
  }
  return drawn;
}

/** Outlines are filled with the page, so that what lies under them is not taken for theirs. */
function blockStyle(layer: Layer, color: string, theme: Theme): Shape["style"] {
  const opacity = layer.faint ? 0.4 : 0.85;
  return layer.hollow ? { fill: theme.bg, stroke: color, lineWidth: 1.5, opacity } : { fill: color, opacity };
}

function categoryPixels(ground: Ground, upright: boolean): number {
  return Math.abs(upright ? ground.across(1) - ground.across(0) : ground.down(1) - ground.down(0));
}

function targetOf(row: number, layer: Layer, rect: { x: number; y: number; width: number; height: number }): Target {
  const { x, y, width, height } = rect;
  return { row, layer, left: x + width / 2, top: y + height / 2, wide: width / 2, tall: height / 2 };
}

function boxes(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  const half = (BOX * categoryPixels(ground, false)) / 2;
  for (const row of rows) {
    const { color } = colourOf(ground, ground.rows.text("group", row));
    const y = ground.down(position(ground, "y", row));
    const [low, q1, middle, q3, high] = ["x_low", "q1", "x", "q3", "x_high"].map((name) =>
      pixel(ground, "x", name, row),
    ) as [number, number, number, number, number];
    if (![y, q1, middle, q3].every(Number.isFinite)) continue;
    const line = (x1: number, y1: number, x2: number, y2: number, lineWidth: number): Shape => ({
      type: "line",
      shape: { x1, y1, x2, y2 },
      style: { stroke: color, lineWidth },
    });
    const rect = { x: Math.min(q1, q3), y: y - half, width: Math.abs(q3 - q1), height: 2 * half };
    if (Number.isFinite(low)) drawn.shapes.push(line(low, y, q1, y, 1.2));
    if (Number.isFinite(high)) drawn.shapes.push(line(q3, y, high, y, 1.2));
    drawn.shapes.push(
      { type: "rect", shape: rect, style: { fill: ground.theme.bg, stroke: color, lineWidth: 1.2 } },
      line(middle, y - half, middle, y + half, 2.4),
    );
    drawn.targets.push(targetOf(row, layer, rect));
  }
  return drawn;
}

function violins(ground: Ground, rows: readonly number[]): Drawn {
  const drawn = none();
  for (const some of byGroup(ground, rows, "group", "y")) {
    const { color } = colourOf(ground, ground.rows.text("group", some[0] ?? -1));
    const side = (sign: number): [number, number][] =>
      some.map((row) => {
        const at = position(ground, "y", row) + sign * ground.rows.number("width", row);
        return [ground.across(position(ground, "x", row)), ground.down(at)];
      });
    const outline = [...side(-1), ...side(1).reverse()].filter((each) => each.every(Number.isFinite));
    drawn.shapes.push({ type: "polygon", shape: { points: outline }, style: { fill: color, opacity: 0.25 } });
  }
  return drawn;
}

function cells(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  const wide = categoryPixels(ground, true);
  const tall = categoryPixels(ground, false);
  for (const row of rows) {
    const [left, top] = [ground.across(position(ground, "x", row)), ground.down(position(ground, "y", row))];
    if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
    const rect = { x: left - wide / 2 + 0.5, y: top - tall / 2 + 0.5, width: wide - 1, height: tall - 1 };
    const part = shadePart(ground, ground.rows.number("shade", row));
    drawn.shapes.push({ type: "rect", shape: rect, style: { fill: rampAt(part, ground.theme.dark) } });
    drawn.targets.push(targetOf(row, layer, rect));
    const text = printable(ground.rows.text("text", row));
    if (text && wide > 7 * text.length + 4 && tall > 14) {
      const fill =
        part > 0.55 !== ground.theme.dark ? "#ffffff" : ground.theme.dark && part > 0.55 ? "#0b0d0f" : ground.theme.fg;
      const style = { text, x: left, y: top, fill, textAlign: "center", textVerticalAlign: "middle", fontSize: 11 };
      drawn.shapes.push({ type: "text", style: { ...style, fontFamily: ground.theme.font } });
    }
  }
  return drawn;
}

function shadePart({ chart: { shade } }: Ground, value: number): number {
  if (!shade || !Number.isFinite(value) || shade.high <= shade.low) return 0;
  return Math.min(1, Math.max(0, (value - shade.low) / (shade.high - shade.low)));
}

/** The colour of a cell, from 0 to 1. */
export function rampAt(part: number, dark: boolean): string {
  const ramp = dark ? RAMPS.dark : RAMPS.light;
  const place = part * (ramp.length - 1);
  const at = Math.min(Math.floor(place), ramp.length - 2);
  const channel = (from: number): number => {
    const [a, b] = [ramp[at], ramp[at + 1]].map((each) => parseInt((each ?? "#000000").slice(from, from + 2), 16)) as [
      number,
      number,
    ];
    return Math.round(a + (b - a) * (place - at));
  };
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}

function rules(ground: Ground, layer: Layer, rows: readonly number[]): Drawn {
  const drawn = none();
  const { left, top, width, height } = ground.box;
  for (const row of rows) {
    const upright = ground.rows.cell("x", row) !== null && ground.rows.cell("x", row) !== undefined;
    const at = upright ? ground.across(position(ground, "x", row)) : ground.down(position(ground, "y", row));
    const inside = upright ? at >= left - 1 && at <= left + width + 1 : at >= top - 1 && at <= top + height + 1;
    if (!inside) continue;
    const shape = upright
      ? { x1: at, y1: top, x2: at, y2: top + height }
      : { x1: left, y1: at, x2: left + width, y2: at };
    const lineDash = layer.dashed ? [5, 4] : null;
    drawn.shapes.push({ type: "line", shape, style: { stroke: ground.theme.muted, lineWidth: 1.2, lineDash } });
    const text = printable(ground.rows.text("text", row));
    if (!text) continue;
    const place = upright
      ? { x: at, y: top - 3, textAlign: "center", textVerticalAlign: "bottom" }
      : { x: left + width - 4, y: at - 3, textAlign: "right", textVerticalAlign: "bottom" };
    const style = { text, ...place, fill: ground.theme.muted, fontSize: 10.5, fontFamily: ground.theme.font };
    drawn.shapes.push({ type: "text", style });
  }
  return drawn;
}
