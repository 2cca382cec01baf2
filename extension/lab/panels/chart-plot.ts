/** One plot of a chart: its axes and marks on a canvas, what a reader points at, and what is zoomed to. */

import { CustomChart, ScatterChart } from "echarts/charts";
import type { CustomSeriesOption, ScatterSeriesOption } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { TEXT_SIZE, widthOf, xAxisOption, yAxisOption } from "./axes.ts";
import type { Box } from "./axes.ts";
import { drawLayer } from "./chart-marks.ts";
import type { Dots, Ground, Shape, Target } from "./chart-marks.ts";
import { axisOf, timeNote } from "./chart-scale.ts";
import type { ChartAxis } from "./chart-scale.ts";
import type { ChartView, MarkName, PlotView, Rows } from "./chart-view.ts";
import { h } from "./elements.ts";
import { keyed, listen } from "./gestures.ts";
import type { Span } from "./gestures.ts";
import type { Theme } from "./style.ts";
import { printable } from "./text.ts";
import type { Range } from "./ticks.ts";

echarts.use([CustomChart, ScatterChart, GridComponent, CanvasRenderer]);

/** A mark is pointed at from so many pixels away. */
const REACH = 18;
/** Pixels of a row of categories by what stands in it, and the most that their names take, as a share of the width. */
const ROW = 26;
const TALL: Partial<Record<MarkName, number>> = { cell: 34, box: 40, violin: 40 };
const NAMES = 0.38;
/** Points beyond which ECharts draws them as one path. */
const LARGE = 2000;
/** Zooming ends at this share of what is seen. */
const CLOSEST = 1e-4;

/** What a plot is drawn from. */
export interface Drawing {
  chart: ChartView;
  plot: PlotView;
  rows: Rows;
  theme: Theme;
  hidden: ReadonlySet<string>;
  logarithmic: { x: boolean; y: boolean };
  /** What a screen reader says of it. */
  label: string;
}

/** Whom a plot tells. */
export interface Listener {
  /** What of a mark is shown where it is pointed at. */
  tip(target: Target, drawing: Drawing): HTMLElement[];
  /** A mark is pointed at; null when none is any more. By keyboard it is said aloud. */
  point(target: Target | null, aloud: boolean): void;
  zoomed(): void;
}

export interface Zoom {
  x: Range | null;
  y: Range | null;
}

export class ChartPlot {
  readonly element = h("div", { class: "prp-chart-plot" });
  readonly #title = h("div", { class: "prp-chart-title" });
  readonly #yName = h("div", { class: "prp-yname" });
  readonly #plot = h("div", { class: "prp-plot", tabindex: 0, role: "group", "aria-roledescription": "chart" });
  readonly #canvas = h("div", { class: "prp-canvas", "aria-hidden": "true" });
  readonly #ring = h("div", { class: "prp-ring" });
  readonly #box = h("div", { class: "prp-tooltip" });
  readonly #layer = h("div", { class: "prp-layer", hidden: true, "aria-hidden": "true" }, this.#ring, this.#box);
  readonly #listener: Listener;
  #chart: echarts.ECharts | null = null;
  #drawing: Drawing | null = null;
  #axes: { x: ChartAxis; y: ChartAxis } | null = null;
  #area: Box = { left: 0, top: 0, width: 1, height: 1 };
  #targets: Target[] = [];
  #pointed = -1;
  zoom: Zoom = { x: null, y: null };

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#plot.append(this.#canvas, this.#layer);
    this.element.append(this.#title, this.#yName, this.#plot);
    listen(this.#plot, {
      point: (left, top) => {
        this.#point(this.#nearest(left, top), false);
      },
      leave: () => {
        this.#point(-1, false);
      },
      box: (span, tall) => {
        this.#zoomTo(span, tall);
      },
      zoom: (left, factor) => {
        this.#zoomAbout(this.#toX(left), factor);
      },
      reset: () => {
        this.reset();
      },
      key: ({ key, shiftKey }) => this.#key(key, shiftKey ? 10 : 1),
    });
  }

  end(): void {
    this.#chart?.dispose();
    this.#chart = null;
  }

  /** Show everything again. */
  reset(): void {
    this.zoom = { x: null, y: null };
    this.#listener.zoomed();
  }

  draw(drawing: Drawing): void {
    const { plot, theme } = drawing;
    this.#drawing = drawing;
    this.#title.textContent = printable(plot.title);
    this.#title.hidden = plot.title === "";
    this.#yName.textContent = printable(plot.y.label);
    this.#yName.hidden = plot.y.label === "";
    this.#plot.setAttribute("aria-label", drawing.label);
    const width = Math.floor(this.#plot.clientWidth);
    // What is not laid out yet is drawn when it is: the panel watches its size.
    if (width < 40) return;
    const upright = plot.y.scale !== "category";
    const turned = plot.x.scale === "category" && crowded(plot, theme, width);
    const timed = plot.x.scale === "time";
    const foot = (turned ? 74 : 26) + (plot.x.label || timed ? 20 : 4);
    // What names a line stands on top of it.
    const head = plot.layers.some((layer) => layer.mark === "rule" && namesUpright(drawing.rows, layer.part)) ? 22 : 8;
    const rows = plot.y.names.length;
    const tall = Math.max(ROW, ...plot.layers.map(({ mark }) => TALL[mark] ?? 0));
    const height = upright
      ? Math.round(Math.min(400, Math.max(200, width * 0.56)))
      : head + 4 + foot + Math.max(2, rows) * (rows > 40 ? Math.max(6, 900 / rows) : tall);
    this.#plot.style.height = `${height}px`;
    this.#chart ??= echarts.init(this.#canvas, null, { renderer: "canvas", width, height });
    this.#chart.resize({ width, height });
    const ticks = { x: Math.max(3, width / 95), y: Math.max(3, height / 60) };
    const axis = (which: "x" | "y"): ChartAxis =>
      axisOf(plot, which, drawing.rows, {
        logarithmic: drawing.logarithmic[which],
        zoom: this.zoom[which],
        ticks: ticks[which],
      });
    this.#axes = { x: axis("x"), y: axis("y") };
    const { x, y } = this.#axes;
    const widest = Math.max(...y.ticks.map((at) => widthOf(y.write(at), theme)), 8);
    const left = Math.ceil(Math.min(widest, NAMES * width)) + 10;
    const last = x.ticks[x.ticks.length - 1];
    const right = Math.max(14, last === undefined || turned ? 0 : Math.ceil(widthOf(x.write(last), theme) / 2) + 4);
    this.#area = { left, top: head, width: Math.max(20, width - left - right), height: height - head - foot };
    const drawn = plot.layers.map((layer) => drawLayer(this.#ground, layer));
    this.#targets = drawn.flatMap(({ targets }) => targets);
    const first: [number, number] = [x.range[0], y.range[0]];
    const names = { width: NAMES * width, overflow: "truncate" as const, fontSize: rows > 40 ? 9 : TEXT_SIZE };
    const note = timed ? timeNote(x.range) : "";
    const xName =
      printable(plot.x.label) && note ? `${printable(plot.x.label)} (${note})` : printable(plot.x.label) || note;
    const xAxis = xAxisOption(x, xName, theme, foot - 18);
    const yAxis = yAxisOption(y, theme);
    this.#chart.setOption(
      {
        animation: false,
        textStyle: { fontFamily: theme.font },
        grid: { ...this.#area, outerBoundsMode: "none" },
        xAxis: turned
          ? {
              ...xAxis,
              axisLabel: { ...xAxis.axisLabel, rotate: 40, hideOverlap: true, width: 96, overflow: "truncate" },
            }
          : xAxis,
        yAxis: upright
          ? yAxis
          : { ...yAxis, inverse: true, splitLine: { show: false }, axisLabel: { ...yAxis.axisLabel, ...names } },
        series: drawn.flatMap(({ shapes, dots }, depth) => [
          // Words may stand beside the plot's area; they are drawn only where what they name is inside.
          painted(
            shapes.filter(({ type }) => type !== "text"),
            first,
            depth,
            true,
          ),
          painted(
            shapes.filter(({ type }) => type === "text"),
            first,
            depth,
            false,
          ),
          ...dots.map((some) => dotted(some, theme, depth)),
        ]),
      },
      { notMerge: true },
    );
    this.#plot.dataset.marks = String(this.#targets.length);
    this.#point(-1, false);
  }

  get #ground(): Ground {
    const [drawing, axes] = [this.#drawing, this.#axes];
    if (!drawing || !axes) throw new Error("A plot is drawn before its marks are.");
    const { left, top, width, height } = this.#area;
    const [[x0, x1], [y0, y1]] = [axes.x.range, axes.y.range];
    const flipped = drawing.plot.y.scale === "category";
    return {
      ...drawing,
      ...axes,
      across: (at) => left + ((at - x0) / (x1 - x0)) * width,
      down: (at) => top + (flipped ? (at - y0) / (y1 - y0) : 1 - (at - y0) / (y1 - y0)) * height,
      box: this.#area,
    };
  }

  #toX(left: number): number {
    const [x0, x1] = this.#axes?.x.range ?? [0, 1];
    return x0 + Math.min(1, Math.max(0, (left - this.#area.left) / this.#area.width)) * (x1 - x0);
  }

  #toY(top: number): number {
    const [y0, y1] = this.#axes?.y.range ?? [0, 1];
    return y0 + (1 - Math.min(1, Math.max(0, (top - this.#area.top) / this.#area.height))) * (y1 - y0);
  }

  /** The mark nearest to a pixel, the uppermost of those equally near; -1 where none is in reach. */
  #nearest(left: number, top: number): number {
    let [found, least] = [-1, REACH];
    for (const [index, target] of this.#targets.entries()) {
      if (!this.#inside(target)) continue;
      const across = Math.max(0, Math.abs(left - target.left) - target.wide);
      const down = Math.max(0, Math.abs(top - target.top) - target.tall);
      const distance = Math.hypot(across, down);
      if (distance <= least) [found, least] = [index, distance];
    }
    return found;
  }

  #inside({ left, top, wide, tall }: Target): boolean {
    const { left: x, top: y, width, height } = this.#area;
    return left + wide >= x - 1 && left - wide <= x + width + 1 && top + tall >= y - 1 && top - tall <= y + height + 1;
  }

  #point(index: number, aloud: boolean): void {
    const target = this.#targets[index];
    const changed = index !== this.#pointed;
    this.#pointed = target ? index : -1;
    if (changed || aloud) this.#listener.point(target ?? null, aloud);
    this.#layer.hidden = !target;
    if (!target || !this.#drawing) return;
    const { left, top, wide, tall } = target;
    const style = this.#ring.style;
    style.left = `${left - wide - 6}px`;
    style.top = `${top - tall - 6}px`;
    style.width = `${2 * wide + 12}px`;
    style.height = `${2 * tall + 12}px`;
    style.borderRadius = wide > 0 || tall > 0 ? "3px" : "50%";
    if (changed) this.#box.replaceChildren(...this.#listener.tip(target, this.#drawing));
    this.#place(target);
  }

  /** Put the box beside the mark, where there is room. */
  #place({ left, top, wide }: Target): void {
    const { width, height } = this.#box.getBoundingClientRect();
    const end = this.#plot.clientWidth;
    const [after, before] = [left + Math.min(wide, 40) + 14, left - Math.min(wide, 40) - 14 - width];
    const edge =
      after + width <= end ? after : before >= 0 ? before : Math.max(0, Math.min(end - width, left - width / 2));
    const covers = edge <= left && edge + width >= left;
    const above = covers ? top - height - 14 : top - height / 2;
    this.#box.style.left = `${edge}px`;
    this.#box.style.top = `${Math.max(covers ? -height : 0, above)}px`;
  }

  #key(key: string, step: number): boolean {
    const order = this.#order();
    const places = Float64Array.from(order.keys());
    const at = order.indexOf(this.#pointed);
    const act = keyed(key, places, at < 0 ? undefined : at, step);
    if (act === null) return false;
    if (act.goTo !== undefined) this.#point(order[act.goTo] ?? -1, true);
    else if (act.zoom !== undefined)
      this.#zoomAbout(this.#toX(this.#targets[this.#pointed]?.left ?? this.#middle), act.zoom);
    else if (this.#pointed >= 0) this.#point(-1, false);
    else if (this.zoom.x ?? this.zoom.y) this.reset();
    // With nothing left to close, Escape is for whatever stands around the panel.
    else return false;
    return true;
  }

  /** Marks as the keyboard goes through them: by rows of categories, else from left to right. */
  #order(): number[] {
    const by = this.#drawing?.plot.y.scale === "category" ? "top" : "left";
    const then = by === "top" ? "left" : "top";
    const inside = [...this.#targets.entries()].filter(([, target]) => this.#inside(target));
    return inside.sort(([, a], [, b]) => a[by] - b[by] || a[then] - b[then]).map(([index]) => index);
  }

  get #middle(): number {
    return this.#area.left + this.#area.width / 2;
  }

  #zoomTo(span: Span, tall: boolean): void {
    const { plot } = this.#drawing ?? {};
    if (!plot) return;
    if (plot.x.scale !== "category") this.zoom.x = [this.#toX(span.left), this.#toX(span.right)];
    if (tall && plot.y.scale !== "category") this.zoom.y = [this.#toY(span.bottom), this.#toY(span.top)];
    this.#listener.zoomed();
  }

  #zoomAbout(x: number, factor: number): void {
    const range = this.#axes?.x.range;
    if (!range || this.#drawing?.plot.x.scale === "category") return;
    const next: Range = [x - (x - range[0]) * factor, x + (range[1] - x) * factor];
    if (next[1] - next[0] <= Math.abs(range[1] - range[0]) * CLOSEST) return;
    this.zoom.x = next;
    this.#listener.zoomed();
  }
}

function namesUpright(rows: Rows, part: string): boolean {
  return rows.of(part).some((row) => typeof rows.cell("x", row) === "number" && rows.text("text", row) !== "");
}

function crowded(plot: PlotView, theme: Theme, width: number): boolean {
  const widths = plot.x.names.map((name) => widthOf(printable(name), theme) + 10);
  return Math.max(0, ...widths) * plot.x.names.length > width * 0.85;
}

/** A series that paints shapes whose places are already pixels. */
function painted(shapes: readonly Shape[], first: [number, number], depth: number, clip: boolean): CustomSeriesOption {
  return {
    type: "custom",
    silent: true,
    clip,
    z: 2 + depth,
    data: shapes.length > 0 ? [first] : [],
    renderItem: () => ({ type: "group", children: shapes.map((shape) => ({ ...shape })) }) as never,
  };
}

function dotted(
  { positions, symbol, size, color, hollow, opacity }: Dots,
  theme: Theme,
  depth: number,
): ScatterSeriesOption {
  const style = hollow ? { color: theme.bg, borderColor: color, borderWidth: 1.5 } : { color };
  return {
    type: "scatter",
    silent: true,
    clip: true,
    z: 2 + depth,
    zlevel: 0,
    data: positions,
    symbol,
    symbolSize: size,
    itemStyle: { ...style, opacity },
    large: positions.length > LARGE,
    largeThreshold: LARGE,
    progressive: 0,
  };
}
