/** The chart panel: plots of marks to point at, zoom, and read as a table. Whatever fact holds a chart is drawn by it. */

import { colourOf, rampAt, symbolOf } from "./chart-marks.ts";
import type { Target } from "./chart-marks.ts";
import { ChartPlot } from "./chart-plot.ts";
import type { Drawing } from "./chart-plot.ts";
import { tipOf, wordsOf } from "./chart-tip.ts";
import { Rows, chartView } from "./chart-view.ts";
import type { ChartView, PlotView } from "./chart-view.ts";
import { button, h, svg, toggle } from "./elements.ts";
import { gridOf } from "./fact.ts";
import type { PanelFact } from "./fact.ts";
import { plainGrid } from "./grid.ts";
import { tell } from "./model.ts";
import type { Cleanup } from "./model.ts";
import { swatch } from "./readout.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { readTheme, watchTheme } from "./style.ts";
import type { Theme } from "./style.ts";
import { printable } from "./text.ts";

/** What the reader has chosen. */
interface Choices {
  hidden: Set<string>;
  /** Axes that are logarithmic, where the reader chose; else as the author has them. */
  logarithmic: { x: boolean | null; y: boolean | null };
  table: boolean;
}

/** Narrower plots are not legible: there are then fewer side by side. */
const NARROWEST = 230;

class ChartPanel {
  readonly #stage: Stage;
  readonly #choices: Choices;
  readonly #plots: ChartPlot[];
  readonly #board = h("div", { class: "prp-chart" });
  readonly #legend = h("div", { class: "prp-legend", role: "group", "aria-label": "Groups" });
  readonly #shades = h("div", { class: "prp-shades" });
  readonly #table = h("div", {});
  readonly #reset: HTMLButtonElement;
  readonly #endings: Cleanup[] = [];
  #fact: PanelFact;
  #view: ChartView;
  #rows: Rows;
  #theme: Theme;
  #request = 0;
  /** How wide the plots were when they were drawn. */
  #width = -1;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#fact = stage.fact;
    this.#view = chartView(stage.fact);
    this.#rows = new Rows(stage.fact);
    this.#theme = readTheme(stage.root);
    const known = stage.memory.get("choices") as Choices | undefined;
    this.#choices = known ?? { hidden: new Set(), logarithmic: { x: null, y: null }, table: false };
    stage.memory.set("choices", this.#choices);
    this.#plots = this.#view.plots.map(
      (_, index) =>
        new ChartPlot({
          tip: tipOf,
          point: (target, aloud) => {
            this.#point(index, target, aloud);
          },
          zoomed: () => {
            this.#draw();
          },
        }),
    );
    const showAll = (): void => {
      for (const plot of this.#plots) plot.zoom = { x: null, y: null };
      this.#draw();
    };
    const title = "Show everything again (Escape)";
    this.#reset = button({ class: "prp-action prp-reset", hidden: true, title }, showAll, "Reset zoom");
    this.#layOut();
    this.#listen();
    // In a frame of its own: a page stays at hand while its panels come alive.
    this.#later();
  }

  /** Show another fact in the same elements; false where its plots or groups are others. */
  show(fact: PanelFact): boolean {
    const view = chartView(fact);
    const shape = ({ plots, groups }: ChartView): string => JSON.stringify([plots.map(({ title, layers }) => [title, layers]), groups]); // prettier-ignore
    if (shape(view) !== shape(this.#view)) return false;
    this.#fact = fact;
    this.#view = view;
    this.#rows = new Rows(fact);
    this.#table.replaceChildren();
    this.#showTable();
    this.#draw();
    return true;
  }

  end(): void {
    cancelAnimationFrame(this.#request);
    for (const ending of this.#endings) ending();
    for (const plot of this.#plots) plot.end();
  }

  #layOut(): void {
    const { toolbar, body } = this.#stage;
    if (!this.#view.plots.some(({ layers }) => layers.some(({ part }) => this.#rows.of(part).length > 0))) {
      body.append(h("p", { class: "prp-nothing" }, "Nothing to show."));
      return;
    }
    for (const axis of ["x", "y"] as const) if (this.#scales(axis)) toolbar.append(this.#scaleToggle(axis));
    const table = (on: boolean): void => {
      this.#choices.table = on;
      this.#showTable();
      if (!on) this.#later();
    };
    toolbar.append(
      toggle("table", this.#choices.table, table, "The numbers as a table"),
      h("span", { class: "prp-space" }),
      this.#reset,
    );
    this.#legend.append(...this.#keys());
    this.#legend.hidden = this.#legend.childElementCount === 0;
    this.#board.append(...this.#plots.map(({ element }) => element));
    body.append(this.#legend, this.#board, this.#shades, this.#table);
    this.#showTable();
  }

  /** Whether a reader may choose the scale of an axis: of one plot of points or lines, all above 0. */
  #scales(axis: "x" | "y"): boolean {
    const [plot] = this.#view.plots;
    if (!plot || this.#view.plots.length > 1 || plot[axis].range) return false;
    if (plot[axis].scale !== "linear" && plot[axis].scale !== "log") return false;
    const marks = plot.layers.filter(({ mark }) => mark !== "rule");
    if (!marks.every(({ mark }) => mark === "point" || mark === "line")) return false;
    const places = marks.flatMap(({ part }) => this.#rows.of(part)).map((row) => this.#rows.number(axis, row));
    return places.length > 0 && places.every((place) => !(place <= 0));
  }

  #scaleToggle(axis: "x" | "y"): HTMLElement {
    const change = (on: boolean): void => {
      this.#choices.logarithmic[axis] = on;
      for (const plot of this.#plots) plot.zoom[axis] = null;
      this.#draw();
    };
    return toggle(`log ${axis}`, this.#logarithmic(this.#view.plots[0], axis), change, `Logarithmic ${axis} axis`);
  }

  #logarithmic(plot: PlotView | undefined, axis: "x" | "y"): boolean {
    if (plot?.[axis].scale === "category" || plot?.[axis].scale === "time") return false;
    return this.#choices.logarithmic[axis] ?? plot?.[axis].scale === "log";
  }

  /** One key a group, unless an axis names them all. */
  #keys(): HTMLElement[] {
    const { groups, plots } = this.#view;
    const named = new Set(plots.flatMap(({ x, y }) => [...x.names, ...y.names]));
    if (groups.length < 2 || groups.every(({ label }) => named.has(label))) return [];
    const layers = plots.flatMap((plot) => plot.layers);
    const drawn = new Set(
      layers
        .filter(({ part }) => this.#rows.of(part).some((row) => this.#rows.text("group", row)))
        .map(({ mark }) => mark),
    );
    return groups.map(({ label, color }) => {
      const name = printable(label) || "\u2014";
      const sample = drawn.has("line") ? swatch(color) : drawn.has("point") ? pointSwatch(color) : blockSwatch();
      const show = (): void => {
        const { hidden } = this.#choices;
        if (!hidden.delete(label)) hidden.add(label);
        this.#draw();
      };
      return button({ class: "prp-key", title: name }, show, sample, h("bdi", { class: "prp-name" }, name));
    });
  }

  /** Show the table or the plots; a table is written when it is first asked for. */
  #showTable(): void {
    const { table } = this.#choices;
    if (table && this.#table.childElementCount === 0) {
      this.#table.append(plainGrid(gridOf(this.#fact, "table"), this.#fact.title || "Numbers"));
    }
    this.#board.hidden = table;
    this.#legend.hidden = table || this.#legend.childElementCount === 0;
    this.#shades.hidden = table || this.#view.shade === null;
    this.#table.hidden = !table;
  }

  #listen(): void {
    const sizes = new ResizeObserver(() => {
      if (this.#board.clientWidth !== this.#width) this.#later();
    });
    sizes.observe(this.#board);
    this.#endings.push(
      () => {
        sizes.disconnect();
      },
      watchTheme(() => {
        this.#theme = readTheme(this.#stage.root);
        this.#later();
      }),
    );
  }

  /** Draw before the next frame, once however often it was asked for. */
  #later(): void {
    cancelAnimationFrame(this.#request);
    this.#request = requestAnimationFrame(() => {
      this.#draw();
    });
  }

  #draw(): void {
    const { columns, plots } = this.#view;
    this.#width = this.#board.clientWidth;
    const room = Math.max(1, Math.floor(this.#width / NARROWEST));
    this.#board.style.gridTemplateColumns = `repeat(${Math.max(1, Math.min(columns, room, plots.length))}, minmax(0, 1fr))`;
    for (const [index, plot] of this.#plots.entries()) {
      plot.element.style.gridColumn = plots[index]?.wide ? "1 / -1" : "";
      const drawing = this.#drawing(index);
      if (drawing) plot.draw(drawing);
    }
    this.#paintShades();
    this.#reset.hidden = !this.#plots.some(({ zoom }) => zoom.x ?? zoom.y);
    for (const [i, key] of [...this.#legend.children].entries()) {
      const group = this.#view.groups[i];
      if (!group) continue;
      key.setAttribute("aria-pressed", String(!this.#choices.hidden.has(group.label)));
      const { color } = colourOf({ chart: this.#view, theme: this.#theme }, group.label);
      key.querySelector<SVGElement>(".prp-swatch")?.style.setProperty("color", color);
    }
  }

  /** Say what the colour of cells stands for. */
  #paintShades(): void {
    const { shade } = this.#view;
    if (!shade) return;
    const ramp = Array.from({ length: 8 }, (_, i) => rampAt(i / 7, this.#theme.dark)).join(", ");
    const bar = h("span", { class: "prp-ramp" });
    bar.style.background = `linear-gradient(to right, ${ramp})`;
    this.#shades.replaceChildren(`${printable(shade.label)} `, written(shade.low), bar, written(shade.high));
  }

  #drawing(index: number): Drawing | null {
    const plot = this.#view.plots[index];
    if (!plot) return null;
    const alt = typeof this.#fact.view.alt === "string" ? this.#fact.view.alt : this.#fact.kind;
    const which = plot.title && this.#plots.length > 1 ? `${printable(plot.title)}. ` : "";
    return {
      chart: this.#view,
      plot,
      rows: this.#rows,
      theme: this.#theme,
      hidden: this.#choices.hidden,
      logarithmic: { x: this.#logarithmic(plot, "x"), y: this.#logarithmic(plot, "y") },
      label: `${which}${printable(alt)} Arrow keys go through the marks.`,
    };
  }

  #point(index: number, target: Target | null, aloud: boolean): void {
    const drawing = this.#drawing(index);
    if (target && drawing) {
      const { row } = target;
      const rows = this.#rows;
      tell(this.#stage.model, "selection", {
        group: rows.text("group", row),
        run: rows.text("run", row),
        x: rows.cell("x", row) ?? null,
        y: rows.cell("y", row) ?? null,
      });
      if (aloud) this.#stage.say(wordsOf(target, drawing));
    } else {
      tell(this.#stage.model, "selection", {});
    }
  }
}

/** A sample of a group's points, in their shape. */
function pointSwatch(color: number): SVGElement {
  const shapes: Readonly<Record<string, readonly [string, Record<string, string | number>]>> = {
    circle: ["circle", { cx: 6, cy: 6, r: 4 }],
    rect: ["rect", { x: 2.5, y: 2.5, width: 7, height: 7 }],
    triangle: ["path", { d: "M6 1.5L10.5 10H1.5Z" }],
    diamond: ["path", { d: "M6 1L11 6L6 11L1 6Z" }],
    arrow: ["path", { d: "M6 1.5L10 10.5L6 8.2L2 10.5Z" }],
    pin: ["path", { d: "M6 11L2.5 4.8A3.6 3.6 0 1 1 9.5 4.8Z" }],
    roundRect: ["rect", { x: 2, y: 2, width: 8, height: 8, rx: 2.5 }],
  };
  const [tag, shape] = shapes[symbolOf(color)] ?? ["circle", { cx: 6, cy: 6, r: 4 }];
  const sample = svg(tag, { ...shape, fill: "currentColor", stroke: "none" });
  return svg("svg", { class: "prp-swatch", width: 12, height: 12, "aria-hidden": "true" }, sample);
}

/** An end of the ramp, without digits that say nothing. */
function written(end: number): string {
  return String(Number(end.toPrecision(4)));
}

function blockSwatch(): SVGElement {
  const block = svg("rect", { x: 0, y: 1, width: 12, height: 9, rx: 1, fill: "currentColor", stroke: "none" });
  return svg("svg", { class: "prp-swatch", width: 12, height: 12, "aria-hidden": "true" }, block);
}

/** Draw a chart. */
export function drawChart(stage: Stage): Drawn {
  const chart = new ChartPanel(stage);
  return {
    end: () => {
      chart.end();
    },
    update: (fact) => chart.show(fact),
  };
}

export default panel(drawChart);
