/** What is said of a mark that a reader points at. */

import { colourOf } from "./chart-marks.ts";
import type { Target } from "./chart-marks.ts";
import type { Drawing } from "./chart-plot.ts";
import { moment } from "./chart-scale.ts";
import type { AxisView } from "./chart-view.ts";
import { h } from "./elements.ts";
import { formatEstimate, formatNumber, printable } from "./text.ts";

/** One line: what it is, and what it is like. */
type Line = readonly [term: string, text: string];

/** The box beside the mark. */
export function tipOf(target: Target, drawing: Drawing): HTMLElement[] {
  const { title, lines } = said(target, drawing);
  const dot = h("span", { class: "prp-chart-dot" });
  dot.style.background = colourOf(drawing, drawing.rows.text("group", target.row)).color;
  const head = h("div", { class: "prp-tooltip-head" }, h("span", {}, dot, h("bdi", {}, title)));
  const rows = lines.map(([term, text]) => h("tr", {}, h("th", { scope: "row" }, term), h("td", {}, text)));
  return [head, h("table", {}, h("tbody", {}, ...rows))];
}

/** The same in words, for the live region. */
export function wordsOf(target: Target, drawing: Drawing): string {
  const { title, lines } = said(target, drawing);
  return `${title}. ${lines.map(([term, text]) => `${term}: ${text}`).join("; ")}.`;
}

function said({ row, layer }: Target, drawing: Drawing): { title: string; lines: Line[] } {
  const { rows, plot, chart } = drawing;
  const group = printable(rows.text("group", row));
  const text = layer.mark === "cell" ? "" : printable(rows.text("text", row));
  const lines: Line[] = [];
  const place = (which: "x" | "y"): void => {
    const own = lineOf(which, plot[which], row, drawing);
    if (own) lines.push(own);
  };
  if (group && text && group !== text) lines.push(["group", group]);
  if (layer.mark === "span") {
    place("y");
    const write = (name: string): string => written(plot.x, rows.cell(name, row), drawing);
    lines.push([printable(plot.x.label) || "from", `${write("x_low")} \u2013 ${write("x_high")}`]);
  } else if (layer.mark === "box") {
    place("y");
    const [q1, middle, q3] = ["q1", "x", "q3"].map((name) => formatNumber(rows.number(name, row)));
    lines.push(["median", middle ?? ""], ["quartiles", `${q1 ?? ""} \u2013 ${q3 ?? ""}`]);
  } else {
    place("x");
    place("y");
  }
  if (layer.mark === "cell" && chart.shade) {
    const number = rows.number("shade", row);
    lines.push([printable(chart.shade.label), printable(rows.text("text", row)) || formatNumber(number)]);
  }
  for (const name of layer.tip) {
    const value = rows.cell(name, row);
    if (value !== null && value !== undefined && value !== "") lines.push([printable(name), plain(value)]);
  }
  // What a row of categories is called need not be said twice.
  const title = text || group || printable(rows.text("part", row));
  return { title, lines: lines.filter(([, said]) => said !== "" && said !== title) };
}

function lineOf(which: "x" | "y", axis: AxisView, row: number, drawing: Drawing): Line | null {
  const value = drawing.rows.cell(which, row);
  if (value === null || value === undefined) return null;
  const label = printable(axis.label) || (axis.scale === "category" ? "" : which);
  if (axis.scale === "category" || axis.scale === "time") return [label || "of", written(axis, value, drawing)];
  const [low, high] = [drawing.rows.number(`${which}_low`, row), drawing.rows.number(`${which}_high`, row)];
  return [label, formatEstimate(drawing.rows.number(which, row), low, high)];
}

function written(axis: AxisView, value: unknown, { rows, plot }: Drawing): string {
  if (axis.scale === "category") return printable(value);
  const number = typeof value === "number" ? value : NaN;
  if (axis.scale !== "time") return formatNumber(number);
  const every = plot.layers.flatMap(({ part }) => rows.of(part));
  const times = every.flatMap((row) => ["x", "x_low", "x_high"].map((name) => rows.number(name, row)));
  const known = times.filter(Number.isFinite);
  const span = known.length > 1 ? known.reduce((a, b) => Math.max(a, b)) - known.reduce((a, b) => Math.min(a, b)) : 0;
  return span < 4 * 86_400 ? `${moment(number, 4 * 86_400)} ${moment(number, 1)}` : moment(number, span);
}

/** A cell of a further column. */
function plain(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value).replace("-", "\u2212") : formatNumber(value);
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
