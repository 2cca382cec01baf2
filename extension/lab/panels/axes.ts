/** How ECharts draws axes here: ticks at places that were worked out before, in the theme's colours. */

import type { Theme } from "./style.ts";
import type { Axis } from "./ticks.ts";

export const TEXT_SIZE = 11.5;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const measure = document.createElement("canvas").getContext("2d");

/** The width of a text on an axis, in pixels. */
export function widthOf(text: string, theme: Theme): number {
  if (!measure) return text.length * 7;
  measure.font = `${TEXT_SIZE}px ${theme.font}`;
  return measure.measureText(text).width;
}

export function textStyle(theme: Theme) {
  return { color: theme.muted, fontFamily: theme.font, fontSize: TEXT_SIZE };
}

/** What both axes have: their ends and ticks. */
export function axisOption(axis: Axis, theme: Theme) {
  const ticks = [...axis.ticks];
  return {
    type: "value" as const,
    min: axis.range[0],
    max: axis.range[1],
    axisTick: { show: true, length: 4, lineStyle: { color: theme.muted }, customValues: ticks },
    axisLabel: {
      ...textStyle(theme),
      customValues: ticks,
      formatter: (at: number) => axis.write(at),
      hideOverlap: true,
    },
  };
}

/** The axis below a plot, with its name under it. */
export function xAxisOption(axis: Axis, name: string, theme: Theme, gap = 26) {
  return {
    ...axisOption(axis, theme),
    name,
    nameLocation: "middle" as const,
    nameGap: gap,
    nameTextStyle: { ...textStyle(theme), color: theme.fg, fontSize: TEXT_SIZE + 0.5 },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.muted } },
    splitLine: { show: false },
  };
}

/** The axis beside a plot, of lines across it alone. */
export function yAxisOption(axis: Axis, theme: Theme) {
  return {
    ...axisOption(axis, theme),
    axisLine: { show: false },
    axisTick: { show: false, customValues: [...axis.ticks] },
    splitLine: { show: true, lineStyle: { color: theme.grid, width: 1 } },
  };
}
