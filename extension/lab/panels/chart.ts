/** The drawing of curves: ECharts for lines, bands and axes; where things stand on it is worked out here. */

import { CustomChart, LineChart } from "echarts/charts";
import type { CustomSeriesOption, LineSeriesOption } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { FEW_POINTS, known } from "./series.ts";
import type { GroupLines, Point } from "./series.ts";
import { ink } from "./style.ts";
import type { Theme } from "./style.ts";
import type { Axis } from "./ticks.ts";

echarts.use([LineChart, CustomChart, GridComponent, CanvasRenderer]);

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

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Stretches of points without a gap. */
type Stretch = [first: Point, ...rest: Point[]];

function stretches(points: readonly Point[], place: (value: number) => number): Stretch[] {
  const found: Stretch[] = [];
  let open: Stretch | null = null;
  for (const point of points) {
    if (Number.isFinite(place(point.value))) {
      if (open === null) found.push((open = [point]));
      else open.push(point);
    } else {
      open = null;
    }
  }
  return found;
}

/** What a custom series paints: the band of a stretch, or a dot (with its bar) where a stretch is one point long. */
type Shape = { band: Readonly<Stretch> } | { dot: Point };

const TEXT_SIZE = 11.5;
/** Width of a mean's line; dashes are in multiples of it. */
const LINE = 2;
const CIRCLE = { symbol: "circle", showAllSymbol: true } as const;

export class Chart {
  readonly #chart: echarts.ECharts;
  readonly #measure = document.createElement("canvas").getContext("2d");
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
    const left = Math.ceil(Math.max(...drawing.y.ticks.map((at) => this.#widthOf(drawing.y.write(at), theme)), 8)) + 10;
    const last = drawing.x.ticks[drawing.x.ticks.length - 1];
    const right = Math.max(14, last === undefined ? 0 : Math.ceil(this.#widthOf(drawing.x.write(last), theme) / 2) + 4);
    this.box = { left, top: 8, width: width - left - right, height: height - 8 - 44 };
    const text = { color: theme.muted, fontFamily: theme.font, fontSize: TEXT_SIZE };
    const axis = (own: Axis) => ({
      type: "value" as const,
      min: own.range[0],
      max: own.range[1],
      axisTick: { show: true, length: 4, lineStyle: { color: theme.muted }, customValues: [...own.ticks] },
      axisLabel: { ...text, customValues: [...own.ticks], formatter: (at: number) => own.write(at), hideOverlap: true },
    });
    this.#chart.setOption(
      {
        animation: false,
        textStyle: { fontFamily: theme.font },
        grid: { ...this.box, outerBoundsMode: "none" },
        xAxis: {
          ...axis(drawing.x),
          name: drawing.xLabel,
          nameLocation: "middle",
          nameGap: 26,
          nameTextStyle: { ...text, color: theme.fg, fontSize: TEXT_SIZE + 0.5 },
          axisLine: { show: true, onZero: false, lineStyle: { color: theme.muted } },
          splitLine: { show: false },
        },
        yAxis: {
          ...axis(drawing.y),
          axisLine: { show: false },
          axisTick: { show: false, customValues: [...drawing.y.ticks] },
          splitLine: { show: true, lineStyle: { color: theme.grid, width: 1 } },
        },
        series: [
          ...(drawing.zeroLine ? [this.#zeroLine(drawing, theme)] : []),
          ...drawing.groups.flatMap((group) => this.#marks(group, drawing, theme)),
          ...drawing.groups.flatMap((group) => this.#lines(group, drawing, theme)),
        ],
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

  #widthOf(text: string, theme: Theme): number {
    if (!this.#measure) return text.length * 7;
    this.#measure.font = `${TEXT_SIZE}px ${theme.font}`;
    return this.#measure.measureText(text).width;
  }

  #lines(group: GroupLines, drawing: Drawing, theme: Theme): LineSeriesOption[] {
    const { light, dark, dash } = ink(group.color);
    const color = theme.dark ? dark : light;
    const behind = drawing.pointed !== "" && drawing.pointed !== group.label;
    const style = { type: "line" as const, showSymbol: false, silent: true, clip: true, color };
    const place = (points: readonly Point[]): [number, number | null][] =>
      points.map(({ x, value }) => {
        const at = drawing.place(value);
        return [x, Number.isFinite(at) ? at : null];
      });
    const series: LineSeriesOption[] = [];
    const alone = group.mean.length === 0;
    if ((drawing.withRuns || alone) && (group.runs.length > 1 || alone)) {
      // All runs are one series with gaps between them: a series each would cost as much again for every run.
      const data = group.runs.flatMap(({ points }) => [...place(points), [NaN, null] as [number, null]]);
      const opacity = (alone ? 0.8 : 0.42) * (behind ? 0.4 : 1);
      // A run that is one point long has no line; a dot shows that it is there.
      const dots = group.runs.every(({ points }) => known(points) < 2);
      const symbol = dots ? { ...CIRCLE, showSymbol: true, symbolSize: 3.5, itemStyle: { color, opacity } } : {};
      series.push({ ...style, data, z: 2, lineStyle: { width: 1, color, opacity }, ...symbol });
    }
    if (!alone) {
      const type = dash.length > 0 ? dash.map((part) => part * LINE) : ("solid" as const);
      const line = { width: LINE, color, type, opacity: behind ? 0.35 : 1, cap: "butt" as const };
      const few = known(group.mean) <= FEW_POINTS;
      const symbol = few
        ? { ...CIRCLE, showSymbol: true, symbolSize: 6.5, itemStyle: { color, opacity: line.opacity } }
        : {};
      series.push({ ...style, data: place(group.mean), z: 4, lineStyle: line, ...symbol });
    }
    return series;
  }

  #marks(group: GroupLines, drawing: Drawing, theme: Theme): CustomSeriesOption[] {
    const { light, dark } = ink(group.color);
    const color = theme.dark ? dark : light;
    const behind = drawing.pointed !== "" && drawing.pointed !== group.label;
    const shapes: Shape[] = stretches(group.mean, drawing.place).flatMap((points): Shape[] => {
      if (points.length === 1) return [{ dot: points[0] }];
      if (!drawing.withBands) return [];
      return stretches(
        points.map((point) => ({ ...point, value: point.high - point.low })),
        (span: number) => span,
      ).map((known) => ({ band: known }));
    });
    if (shapes.length === 0) return [];
    const at = ({ x }: Point, value: number): [number, number] => {
      const placed = Math.max(drawing.place(value), drawing.y.range[0] - (drawing.y.range[1] - drawing.y.range[0]));
      const pixels = this.#project(x, Number.isNaN(placed) ? drawing.y.range[0] : placed);
      return [pixels.left, pixels.top];
    };
    return [
      {
        type: "custom",
        silent: true,
        clip: true,
        z: 1,
        data: shapes.map((shape) => {
          const point = "dot" in shape ? shape.dot : shape.band[0];
          return [point.x, drawing.y.range[0]];
        }),
        renderItem: ({ dataIndex }) => {
          const shape = shapes[dataIndex];
          if (shape === undefined) return null;
          if ("band" in shape) {
            const points = [...shape.band.map((p) => at(p, p.high)), ...shape.band.map((p) => at(p, p.low)).reverse()];
            const opacity = (theme.dark ? 0.24 : 0.16) * (behind ? 0.35 : 1);
            return { type: "polygon", shape: { points }, style: { fill: color, opacity } };
          }
          const { dot } = shape;
          const [cx, cy] = at(dot, dot.value);
          const marks: { type: "circle" | "line"; shape: Record<string, number>; style: object }[] = [
            { type: "circle", shape: { cx, cy, r: 3 }, style: { fill: color } },
          ];
          if (Number.isFinite(dot.low) && Number.isFinite(dot.high)) {
            const shape = { x1: cx, y1: at(dot, dot.low)[1], x2: cx, y2: at(dot, dot.high)[1] };
            marks.push({ type: "line", shape, style: { stroke: color, lineWidth: 1.2 } });
          }
          return { type: "group", children: marks } as never;
        },
      },
    ];
  }

  #project(x: number, y: number): { left: number; top: number } {
    const { box } = this;
    const [x0, x1] = this.#drawing?.x.range ?? [0, 1];
    const [y0, y1] = this.#drawing?.y.range ?? [0, 1];
    return {
      left: box.left + ((x - x0) / (x1 - x0)) * box.width,
      top: box.top + (1 - (y - y0) / (y1 - y0)) * box.height,
    };
  }

  #zeroLine(drawing: Drawing, theme: Theme): LineSeriesOption {
    return {
      type: "line",
      silent: true,
      showSymbol: false,
      z: 3,
      lineStyle: { color: theme.muted, width: 1.2, type: "solid" },
      data: [
        [drawing.x.range[0], 0],
        [drawing.x.range[1], 0],
      ],
    };
  }
}
