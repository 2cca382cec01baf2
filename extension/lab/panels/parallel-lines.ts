/** The lines of parallel coordinates: measured once, and painted a few at a time, so that no page stands still. */

import type { PanelFact } from "./fact.ts";
import { toText } from "./fact.ts";
import { cellsOf } from "./packed.ts";
import type { ParallelAxis } from "./parallel-view.ts";
import { printable } from "./text.ts";

/** Lines that are painted before the page gets its turn. */
const AT_ONCE = 1200;
/** Colours that lines are sorted into by their last axis: each is stroked as one path. */
const SHADES = 16;

/** Lines of one colour. */
export interface Layer {
  rows: readonly number[];
  color: string;
  opacity: number;
  width: number;
}

export class Lines {
  readonly all: readonly number[];
  readonly #axes: readonly ParallelAxis[];
  readonly #runs: readonly unknown[];
  readonly #names: readonly unknown[];
  /** Pixels from the top, a run after the other; NaN where a line has a gap. */
  #tops = new Float64Array();

  constructor(axes: readonly ParallelAxis[], fact: PanelFact) {
    this.#axes = axes;
    this.#runs = cellsOf(fact.frame.run ?? []);
    this.#names = cellsOf(fact.frame.text ?? []);
    this.all = this.#runs.map((_, row) => row);
  }

  run(row: number): string {
    return toText(this.#runs[row]);
  }

  name(row: number): string {
    return printable(toText(this.#names[row])) || printable(this.run(row));
  }

  /** Find all pixels anew, after the axes were placed. */
  measure(): void {
    const width = this.#axes.length;
    this.#tops = new Float64Array(this.all.length * width);
    for (const [at, axis] of this.#axes.entries()) {
      for (let row = 0; row < this.all.length; row++) {
        this.#tops[row * width + at] = axis.down(axis.positions[row] ?? NaN);
      }
    }
  }

  /** Add a run's line to the path; a place between two gaps is a short stroke. */
  trace(pen: CanvasRenderingContext2D, row: number): void {
    const width = this.#axes.length;
    const top = (at: number): number => this.#tops[row * width + at] ?? NaN;
    for (let at = 0; at < width; at++) {
      if (Number.isNaN(top(at))) continue;
      const left = this.#axes[at]?.left ?? 0;
      const before = at > 0 && !Number.isNaN(top(at - 1));
      const after = at + 1 < width && !Number.isNaN(top(at + 1));
      if (before) pen.lineTo(left, top(at));
      else pen.moveTo(after ? left : left - 4, top(at));
      if (!before && !after) pen.lineTo(left + 4, top(at));
    }
  }

  /** Runs by their place on the last axis, from its foot on; `part` is from 0 to 1. */
  shades(rows: readonly number[]): { rows: number[]; part: number }[] {
    const last = this.#axes[this.#axes.length - 1];
    const found = Array.from({ length: SHADES }, (_, index): { rows: number[]; part: number } => ({
      rows: [],
      part: index / (SHADES - 1),
    }));
    for (const row of rows) {
      const position = last?.positions[row] ?? NaN;
      found[Math.max(0, Math.min(SHADES - 1, Math.round((position || 0) * (SHADES - 1))))]?.rows.push(row);
    }
    return found.filter(({ rows: some }) => some.length > 0);
  }
}

/** What is painted on one canvas; painting something else ends what is not yet done. */
export class Painting {
  readonly #canvas: HTMLCanvasElement;
  #request = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  stop(): void {
    cancelAnimationFrame(this.#request);
  }

  paint(lines: Lines, layers: readonly Layer[]): void {
    this.stop();
    const pen = this.#canvas.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const pieces = layers.flatMap((layer) =>
      Array.from({ length: Math.ceil(layer.rows.length / AT_ONCE) }, (_, index) => ({
        ...layer,
        rows: layer.rows.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
      })),
    );
    let next = 0;
    const some = (): void => {
      let painted = 0;
      while (next < pieces.length && painted < AT_ONCE) {
        const piece = pieces[next++];
        if (!piece) break;
        pen.strokeStyle = piece.color;
        pen.globalAlpha = piece.opacity;
        pen.lineWidth = piece.width;
        for (const row of piece.rows) {
          // One path a line: where lines of one path cross, a browser does not darken them.
          pen.beginPath();
          lines.trace(pen, row);
          pen.stroke();
        }
        painted += piece.rows.length;
      }
      pen.globalAlpha = 1;
      this.#canvas.dataset.left = String(pieces.length - next);
      if (next < pieces.length) this.#request = requestAnimationFrame(some);
    };
    some();
  }
}
