/** The parallel panel: runs as lines across axes, ranges brushed by hand or by keyboard, and the runs within listed. */

import { rampAt } from "./chart-marks.ts";
import { button, h } from "./elements.ts";
import { gridOf } from "./fact.ts";
import { plainGrid } from "./grid.ts";
import { tell } from "./model.ts";
import type { Cleanup } from "./model.ts";
import { brushOf, within } from "./parallel-brush.ts";
import type { Brush, Range } from "./parallel-brush.ts";
import { Lines, Painting } from "./parallel-lines.ts";
import { ParallelAxis, parallelView } from "./parallel-view.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { readTheme, watchTheme } from "./style.ts";
import type { Theme } from "./style.ts";
import { count, printable } from "./text.ts";

/** Pixels: of the plot, above and below the axes, and the least between two of them. */
const HEIGHT = 340;
const HEAD = 44;
const FOOT = 24;
const SIDE = 52;
const NARROWEST = 92;
/** Runs that are listed; there are as many as there are lines. */
const LISTED = 40;
/** The lightest lines are still seen on the page. */
const PALE = 0.3;

class ParallelPanel {
  readonly #stage: Stage;
  readonly #axes: ParallelAxis[];
  readonly #lines: Lines;
  /** By column: what outlives a change of the fact. */
  readonly #brushed: Map<string, Range>;
  readonly #brushes: Brush[];
  readonly #said = h("span", { class: "prp-said" });
  readonly #clear: HTMLButtonElement;
  readonly #board = h("div", { class: "prp-parallel" });
  readonly #scroll: HTMLElement;
  readonly #under: HTMLCanvasElement = h("canvas", { "aria-hidden": "true" });
  readonly #over: HTMLCanvasElement = h("canvas", { "aria-hidden": "true" });
  readonly #top: HTMLCanvasElement = h("canvas", { "aria-hidden": "true" });
  readonly #list = h("div", {});
  readonly #endings: Cleanup[] = [];
  readonly #grey: Painting;
  readonly #coloured: Painting;
  #theme: Theme;
  #kept: readonly number[] = [];
  #request = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    const view = parallelView(stage.fact);
    this.#axes = view.axes.map((axis) => new ParallelAxis(axis, stage.fact));
    this.#lines = new Lines(this.#axes, stage.fact);
    this.#theme = readTheme(stage.root);
    this.#grey = new Painting(this.#under);
    this.#coloured = new Painting(this.#over);
    const known = stage.memory.get("brushes") as Map<string, Range> | undefined;
    this.#brushed = known ?? new Map<string, Range>();
    stage.memory.set("brushes", this.#brushed);
    this.#brushes = this.#axes.map((axis) =>
      brushOf(axis, this.#brushed.get(axis.column) ?? null, {
        changed: (range) => {
          this.#brush(axis, range);
        },
        ended: () => {
          stage.say(`${this.#words()}.`);
        },
      }),
    );
    this.#clear = button(
      { class: "prp-action prp-reset", title: "Take all brushes away" },
      () => {
        for (const brush of this.#brushes) brush.clear();
        stage.say(`${this.#words()}.`);
      },
      "Reset brushes",
    );
    const alt = typeof stage.fact.view.alt === "string" ? stage.fact.view.alt : "Parallel coordinates";
    const label = `${printable(alt)} Each axis has two sliders, the ends of its brush.`;
    this.#scroll = h("div", { class: "prp-scroll prp-parallel-box", role: "group", "aria-label": label }, this.#board);
    this.#board.append(this.#under, this.#over, this.#top, ...this.#brushes.map(({ element }) => element));
    stage.toolbar.append(this.#said, h("span", { class: "prp-space" }), this.#clear);
    stage.body.append(this.#scroll, this.#list);
    this.#listen();
    this.#layOut();
    this.#select();
  }

  end(): void {
    cancelAnimationFrame(this.#request);
    this.#grey.stop();
    this.#coloured.stop();
    for (const ending of this.#endings) ending();
  }

  #listen(): void {
    const again = (): void => {
      cancelAnimationFrame(this.#request);
      this.#request = requestAnimationFrame(() => {
        this.#theme = readTheme(this.#stage.root);
        this.#layOut();
        this.#paint();
      });
    };
    const sizes = new ResizeObserver(again);
    sizes.observe(this.#scroll);
    this.#endings.push(() => {
      sizes.disconnect();
    }, watchTheme(again));
  }

  /** Place the axes, and paint what no brush changes: the lines in grey and the axes over all. */
  #layOut(): void {
    const gaps = Math.max(1, this.#axes.length - 1);
    const width = Math.max(Math.floor(this.#scroll.clientWidth), 2 * SIDE + gaps * NARROWEST);
    this.#board.style.width = `${width}px`;
    this.#board.style.height = `${HEIGHT}px`;
    const step = (width - 2 * SIDE) / gaps;
    for (const [index, axis] of this.#axes.entries()) {
      axis.left = SIDE + index * step;
      axis.top = HEAD;
      axis.height = HEIGHT - HEAD - FOOT;
      this.#brushes[index]?.place(step);
    }
    for (const canvas of [this.#under, this.#over, this.#top]) fit(canvas, width, HEIGHT);
    this.#lines.measure();
    const { muted } = this.#theme;
    const all = this.#lines.all;
    this.#grey.paint(this.#lines, [{ rows: all, color: muted, opacity: thin(all.length) * 0.35, width: 1 }]);
    this.#paintAxes(null);
  }

  #brush(axis: ParallelAxis, range: Range | null): void {
    if (range) this.#brushed.set(axis.column, range);
    else this.#brushed.delete(axis.column);
    this.#select();
  }

  /** Find the runs within all brushes, and show them. */
  #select(): void {
    const ranges = this.#brushes.map(({ range }) => range);
    this.#kept = this.#lines.all.filter((row) => within(this.#axes, ranges, row));
    this.#paint();
    this.#said.textContent = this.#words();
    this.#clear.hidden = this.#brushed.size === 0;
    this.#write();
    const runs = this.#brushed.size > 0 ? this.#kept.slice(0, 1000).map((row) => this.#lines.run(row)) : [];
    tell(this.#stage.model, "selection", runs.length > 0 ? { runs } : {});
  }

  #words(): string {
    const total = this.#lines.all.length;
    return this.#brushed.size > 0 ? `${this.#kept.length} of ${count(total, "run")}` : count(total, "run");
  }

  #paint(): void {
    this.#under.style.opacity = this.#brushed.size > 0 ? "1" : "0";
    const opacity = thin(this.#kept.length);
    const layers = this.#lines.shades(this.#kept).map(({ rows, part }) => ({
      rows,
      color: rampAt(PALE + (1 - PALE) * part, this.#theme.dark),
      opacity,
      width: 1.1,
    }));
    this.#coloured.paint(this.#lines, layers);
  }

  /** Draw the axes with their ticks, and one run over all where a reader points at it in the list. */
  #paintAxes(run: number | null): void {
    const pen = this.#top.getContext("2d");
    if (!pen) return;
    const { fg, bg, accent, font } = this.#theme;
    pen.clearRect(0, 0, this.#top.width, this.#top.height);
    if (run !== null) {
      pen.strokeStyle = accent;
      pen.lineWidth = 3;
      pen.beginPath();
      this.#lines.trace(pen, run);
      pen.stroke();
    }
    pen.font = `11px ${font}`;
    pen.textBaseline = "middle";
    for (const axis of this.#axes) {
      pen.strokeStyle = fg;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(axis.left, axis.top);
      pen.lineTo(axis.left, axis.top + axis.height);
      pen.stroke();
      // Words are written over lines: a rim of the page's colour keeps them legible.
      pen.strokeStyle = bg;
      pen.lineWidth = 3;
      pen.fillStyle = fg;
      for (const { top, text } of axis.ticks()) {
        pen.strokeText(text, axis.left + 6, top, NARROWEST - 10);
        pen.fillText(text, axis.left + 6, top, NARROWEST - 10);
      }
    }
  }

  /** List the runs within all brushes; without any, the table as the author has it. */
  #write(): void {
    if (this.#brushed.size === 0) {
      this.#list.replaceChildren(plainGrid(gridOf(this.#stage.fact, "table"), this.#stage.fact.title || "Runs"));
      return;
    }
    const right = (axis: ParallelAxis): string => (axis.isNumeric ? "prp-right" : "prp-left");
    const heads = this.#axes.map((axis) => h("th", { scope: "col", class: right(axis) }, axis.label));
    const rows = this.#kept.slice(0, LISTED).map((row) => {
      const cells = this.#axes.map((axis) => h("td", { class: right(axis) }, axis.write(row)));
      const line = h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, this.#lines.name(row))), ...cells);
      line.addEventListener("pointerenter", () => {
        this.#paintAxes(row);
      });
      line.addEventListener("pointerleave", () => {
        this.#paintAxes(null);
      });
      return line;
    });
    if (rows.length === 0) {
      const said = "No run lies within all brushes.";
      rows.push(h("tr", {}, h("td", { colspan: this.#axes.length + 1, class: "prp-empty" }, said)));
    }
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "run"), ...heads));
    const more = this.#kept.length - LISTED;
    this.#list.replaceChildren(
      h(
        "div",
        { class: "prp-scroll", tabindex: 0, role: "region", "aria-label": "Brushed runs" },
        h("table", { class: "prp-grid" }, head, h("tbody", {}, ...rows)),
      ),
      h("div", { class: "prp-notes", hidden: more <= 0 }, h("p", {}, `${count(more, "more run")} within the brushes`)),
    );
  }
}

/** How opaque each of so many lines is, so that what many share is darker than what one has. */
function thin(lines: number): number {
  return Math.max(0.06, Math.min(0.85, 60 / Math.max(1, lines)));
}

/** Size a canvas in CSS pixels, drawn as finely as the screen is. */
function fit(canvas: HTMLCanvasElement, width: number, height: number): void {
  const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d")?.scale(ratio, ratio);
}

/** Draw parallel coordinates. */
export function drawParallel(stage: Stage): Drawn {
  const drawn = new ParallelPanel(stage);
  return {
    end: () => {
      drawn.end();
    },
  };
}

export default panel(drawParallel);
