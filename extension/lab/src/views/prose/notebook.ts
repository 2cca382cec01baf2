/** The prose of an open notebook: follows its cells as they come and go, and leads where references lead. */

import { MarkdownCell } from "@jupyterlab/cells";
import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";
import type { IDisposable } from "@lumino/disposable";
import type { Cites } from "../../models/facts/cites.ts";
import { goToCell } from "../../models/cells.ts";
import type { NotebookOutline } from "../../models/paper/outline.ts";
import type { NotebookValues } from "../../models/prose/values.ts";
import type { Sources } from "./cell.ts";
import { CellProse } from "./cell.ts";
import type { Target } from "./references.ts";
import { targetOf } from "./references.ts";
import { Tips } from "./tips.ts";

/** Milliseconds for which the target of a reference is marked. */
const MARKED = 1500;

export class NotebookProse implements IDisposable, Sources {
  isDisposed = false;
  readonly values: NotebookValues;
  readonly outline: NotebookOutline | null;
  cites: Cites | null = null;
  private readonly _notebook: Notebook;
  private readonly _tips: Tips;
  private readonly _ended = new AbortController();
  private readonly _cells = new Map<MarkdownCell, CellProse>();
  private _model: Notebook["model"] = null;

  constructor(panel: NotebookPanel, values: NotebookValues, outline: NotebookOutline | null) {
    this._notebook = panel.content;
    this.values = values;
    this.outline = outline;
    this._tips = new Tips(this._notebook.node);
    this._notebook.modelChanged.connect(this._onModel);
    values.changed.connect(this._onValues);
    outline?.changed.connect(this._onOutline);
    const { signal } = this._ended;
    this._notebook.node.addEventListener(
      "click",
      ({ target }) => {
        this._follow(targetOf(target));
      },
      { signal },
    );
    // Before JupyterLab takes Enter for a wish to edit the cell.
    window.addEventListener(
      "keydown",
      (event) => {
        const target = event.key === "Enter" && this._notebook.node.contains(document.activeElement);
        if (!target || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
        if (!this._follow(targetOf(event.target))) return;
        event.preventDefault();
        event.stopImmediatePropagation();
      },
      { signal, capture: true },
    );
    this._onModel();
  }

  isFirst(cell: MarkdownCell): boolean {
    return this._notebook.widgets[0] === cell;
  }

  /** Watch the runs behind all values. */
  watch(cites: Cites): void {
    this.cites = cites;
    for (const prose of this._cells.values()) prose.showValues();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._ended.abort();
    this._tips.dispose();
    this._model?.cells.changed.disconnect(this._onCells);
    this._notebook.modelChanged.disconnect(this._onModel);
    this.values.changed.disconnect(this._onValues);
    this.outline?.changed.disconnect(this._onOutline);
    for (const prose of this._cells.values()) prose.dispose();
    this._cells.clear();
  }

  private readonly _onModel = (): void => {
    this._model?.cells.changed.disconnect(this._onCells);
    this._model = this._notebook.model;
    this._model?.cells.changed.connect(this._onCells);
    this._onCells();
  };

  /** The notebook makes its cells in the same signal; they are all there once it is through. */
  private readonly _onCells = (): void => {
    queueMicrotask(() => {
      if (this.isDisposed) return;
      const there = new Set(this._notebook.widgets.filter((cell) => cell instanceof MarkdownCell));
      for (const [cell, prose] of this._cells) {
        if (there.has(cell)) continue;
        prose.dispose();
        this._cells.delete(cell);
      }
      for (const cell of there) if (!this._cells.has(cell)) this._cells.set(cell, new CellProse(cell, this));
    });
  };

  private readonly _onValues = (_: unknown, { id }: { readonly id: string }): void => {
    for (const [cell, prose] of this._cells) if (cell.model.id === id) prose.showValues();
  };

  private readonly _onOutline = (): void => {
    for (const prose of this._cells.values()) prose.showOutline();
  };

  /** Go to a target's cell, and within prose to the element that bears the label. */
  private _follow(target: Target | null): boolean {
    const cell = target && this._notebook.widgets.find(({ model }) => model.id === target.cell);
    if (!target || !cell) return false;
    this._tips.close();
    goToCell(this._notebook, target.cell)
      .then(() => {
        const prose = cell instanceof MarkdownCell ? this._cells.get(cell) : undefined;
        const found = prose?.labelled(target.label) ?? null;
        found?.scrollIntoView({ block: "center" });
        mark(found ?? cell.node);
        // Whoever follows by keyboard goes on from there.
        cell.node.focus({ preventScroll: true });
      })
      .catch((error: unknown) => {
        console.error("pressrun:", error);
      });
    return true;
  }
}

function mark(node: HTMLElement): void {
  node.classList.add("jp-pr-marked");
  setTimeout(() => {
    node.classList.remove("jp-pr-marked");
  }, MARKED);
}
