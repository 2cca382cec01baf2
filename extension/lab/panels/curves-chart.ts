/** The drawing of curves: ECharts for lines, bands and axes; where things stand on it is worked out here. */

import { CustomChart } from "echarts/charts";
import type { CustomSeriesOption } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { widthOf, xAxisOption, yAxisOption } from "./axes.ts";
import type { Box } from "./axes.ts";
import { FEW_POINTS, known } from "./series.ts";
import type { Band, GroupLines, Line } from "./series.ts";
import { outlineOf, strokeOf, unbroken } from "./strokes.ts";
import type { Pixels, Stroke } from "./strokes.ts";
import { ink } from "./style.ts";
import type { Theme } from "./style.ts";
import type { Axis } from "./ticks.ts";

echarts.use([CustomChart, GridComponent, CanvasRenderer]);

export interface Drawing {
  groups: readonly GroupLines[];
  x: Axis;
  y: Axis;
  xLabel: string;
  /** A value's position on the y axis: itself, or its logarithm. */
  place: (value: number) => number;
  withRuns: boolean;
  withBands: boolean;
  zeroLine: boolean;
  /** The group pointed at; the others step back. */
  pointed: string;
}

/** Width of a mean's line; dashes are in multiples of it. */
const LINE = 2;

/** What is painted at one depth: a shape with its style. */
interface Mark {
  type: "polyline" | "polygon" | "circle" | "line";
  shape: Readonly<Record<string, unknown>>;
  style: Readonly<Record<string, unknown>>;
}

export class CurvesChart {
  readonly #chart: echarts.ECharts;
  box: Box = { left: 0, top: 0, width: 1, height: 1 };
  #drawing: Drawing | null = null;

  constructor(host: HTMLElement, width: number, height: number) {
    this.#chart = echarts.init(host, null, { renderer: "canvas", width, height });
    // The panel describes itself in words; a bare canvas would only be announced as a picture without a name.
    host.setAttribute("aria-hidden", "true");
  }

  resize(width: number, height: number): void {
    this.#chart.resize({ width, height });
  }

  dispose(): void {
    this.#chart.dispose();
  }

  draw(drawing: Drawing, theme: Theme): void {
    this.#drawing = drawing;
    const width = this.#chart.getWidth();
    const height = this.#chart.getHeight();
    const left = Math.ceil(Math.max(...drawing.y.ticks.map((at) => widthOf(drawing.y.write(at), theme)), 8)) + 10;
    const last = drawing.x.ticks[drawing.x.ticks.length - 1];
    const right = Math.max(14, last === undefined ? 0 : Math.ceil(widthOf(drawing.x.write(last), theme) / 2) + 4);
    this.box = { left, top: 8, width: width - left - right, height: height - 8 - 44 };
    this.#chart.setOption(
      {
        animation: false,
        textStyle: { fontFamily: theme.font },
        grid: { ...this.box, outerBoundsMode: "none" },
        xAxis: xAxisOption(drawing.x, drawing.xLabel, theme),
        yAxis: yAxisOption(drawing.y, theme),
        series: this.#layers(drawing, theme),
      },
      { notMerge: true },
    );
  }

  /** Pixels of a place on the chart, from the canvas's corner. */
  toPixels(x: number, value: number): { left: number; top: number } {
    const { box } = this;
    const [x0, x1] = this.#drawing?.x.range ?? [0, 1];
    const [y0, y1] = this.#drawing?.y.range ?? [0, 1];
    const at = this.#drawing?.place(value) ?? NaN;
    return {
      left: box.left + ((x - x0) / (x1 - x0)) * box.width,
      top: box.top + (1 - (at - y0) / (y1 - y0)) * box.height,
    };
  }

  /** The place on the axes that a pixel stands for. */
  toAxes(left: number, top: number): { x: number; y: number } {
    const { box } = this;
    const [x0, x1] = this.#drawing?.x.range ?? [0, 1];
    const [y0, y1] = this.#drawing?.y.range ?? [0, 1];
    const part = (at: number): number => Math.min(1, Math.max(0, at));
    return {
      x: x0 + part((left - box.left) / box.width) * (x1 - x0),
      y: y0 + (1 - part((top - box.top) / box.height)) * (y1 - y0),
    };
  }

  /** Bands below, then single runs, then means: each layer is one series, however many lines it has. */
  #layers(drawing: Drawing, theme: Theme): CustomSeriesOption[] {
    const pixels = this.#pixels(drawing);
    const each = (paint: (group: GroupLines, ink: Inked) => Mark[]): Mark[] =>
      drawing.groups.flatMap((group) => {
        const { light, dark, dash } = ink(group.color);
        const behind = drawing.pointed !== "" && drawing.pointed !== group.label;
        return paint(group, { color: theme.dark ? dark : light, dash, behind });
      });
    const zero = drawing.zeroLine ? [this.#zeroLine(pixels, theme)] : [];
    return [
      each((group, { color, behind }) => {
        if (!drawing.withBands) return [];
        const style = { fill: color, opacity: (theme.dark ? 0.24 : 0.16) * (behind ? 0.35 : 1) };
        const floor = (value: number): number => this.#floor(pixels, value);
        return bandsOf(group.mean, pixels, floor).map((points) => ({ type: "polygon", shape: { points }, style }));
      }),
      each((group, inked) => this.#runs(group, inked, drawing, pixels)),
      zero,
      each((group, inked) => this.#mean(group, inked, pixels)),
    ].map((marks, depth) => this.#layer(marks, depth + 1));
  }

  /** A series that paints marks whose places are already pixels. */
  #layer(marks: readonly Mark[], z: number): CustomSeriesOption {
    const [x0] = this.#drawing?.x.range ?? [0];
    const [y0] = this.#drawing?.y.range ?? [0];
    return {
      type: "custom",
      silent: true,
      clip: true,
      z,
      data: marks.length > 0 ? [[x0, y0]] : [],
      renderItem: () => ({ type: "group", children: marks.map((mark) => ({ ...mark })) }) as never,
    };
  }

  #pixels(drawing: Drawing): Pixels {
    const { left, width, top, height } = this.box;
    const [[x0, x1], [y0, y1], { place }] = [drawing.x.range, drawing.y.range, drawing];
    return {
      across: (x) => left + ((x - x0) / (x1 - x0)) * width,
      down: (value) => top + (1 - (place(value) - y0) / (y1 - y0)) * height,
      left,
      right: left + width,
    };
  }

  #runs(group: GroupLines, { color, behind }: Inked, { withRuns }: Drawing, pixels: Pixels): Mark[] {
    const alone = group.mean.x.length === 0;
    if (!alone && (!withRuns || group.runs.length < 2)) return [];
    const opacity = (alone ? 0.8 : 0.42) * (behind ? 0.4 : 1);
    // A run that is one point long has no line; a dot shows that it is there.
    if (group.runs.every((run) => known(run) < 2)) {
      return group.runs.flatMap((run) => dotsOf(run, pixels, 1.75, { fill: color, opacity }));
    }
    const style = { stroke: color, fill: null, lineWidth: 1, opacity, lineJoin: "bevel" };
    return group.runs.flatMap((run) =>
      strokesOf(run, pixels).map((points) => ({ type: "polyline", shape: { points }, style })),
    );
  }

  #mean({ mean }: GroupLines, { color, dash, behind }: Inked, pixels: Pixels): Mark[] {
    const opacity = behind ? 0.35 : 1;
    const lineDash = dash.length > 0 ? dash.map((part) => part * LINE) : null;
    const style = { stroke: color, fill: null, lineWidth: LINE, lineDash, opacity, lineJoin: "bevel" };
    const strokes = unbroken(mean, mean.value, pixels).flatMap((rows): Mark[] => {
      const points = strokeOf(mean, rows, pixels);
      if (rows[1] - rows[0] > 1) return [{ type: "polyline", shape: { points }, style }];
      // Between two gaps a mean is one point, and its interval a bar.
      const [x1, low, high] = [points[0]?.[0] ?? NaN, mean.low[rows[0]], mean.high[rows[0]]];
      const dot: Mark = {
        type: "circle",
        shape: { cx: x1, cy: points[0]?.[1], r: 3 },
        style: { fill: color, opacity },
      };
      if (!Number.isFinite(low) || !Number.isFinite(high)) return [dot];
      const bar = { x1, y1: this.#floor(pixels, low), x2: x1, y2: pixels.down(high ?? NaN) };
      return [dot, { type: "line", shape: bar, style: { stroke: color, lineWidth: 1.2, opacity } }];
    });
    const few = known(mean) <= FEW_POINTS;
    return few ? [...strokes, ...dotsOf(mean, pixels, 3.25, { fill: color, opacity })] : strokes;
  }

  /** Where a value is drawn that a logarithmic axis may have no place for: below its lower end. */
  #floor({ down }: Pixels, value = NaN): number {
    const { top, height } = this.box;
    const pixel = down(value);
    return Number.isFinite(pixel) ? Math.min(pixel, top + 2 * height) : top + height;
  }

  #zeroLine(pixels: Pixels, theme: Theme): Mark {
    const y = pixels.down(0);
    const shape = { x1: pixels.left, y1: y, x2: pixels.right, y2: y };
    return { type: "line", shape, style: { stroke: theme.muted, lineWidth: 1.2 } };
  }
}

/** A group's ink in this theme, and whether it steps back behind another. */
interface Inked {
  color: string;
  dash: readonly number[];
  behind: boolean;
}

function strokesOf(line: Line, pixels: Pixels): Stroke[] {
  return unbroken(line, line.value, pixels).map((rows) => strokeOf(line, rows, pixels));
}

function dotsOf(line: Line, pixels: Pixels, r: number, style: Mark["style"]): Mark[] {
  return strokesOf(line, pixels).flatMap((points) =>
    points.map(([cx, cy]) => ({ type: "circle", shape: { cx, cy, r }, style })),
  );
}

/** The outlines of a band wherever it has both ends and is longer than a point. */
function bandsOf(mean: Band, pixels: Pixels, floor: (value: number) => number): Stroke[] {
  const there = (value: number): boolean => Number.isFinite(pixels.down(value));
  const spans = mean.value.map((value, i) => (there(value) ? (mean.high[i] ?? NaN) - (mean.low[i] ?? NaN) : NaN));
  return unbroken(mean, spans, { ...pixels, down: (span) => span })
    .filter(([from, to]) => to - from > 1)
    .map((rows) => outlineOf(mean, rows, { ...pixels, down: floor }));
}
