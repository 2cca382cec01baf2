/** Values of the prose: which ones a notebook has, and how one is put into a markdown cell. */

import type { Cell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { codeAbove } from "../insert/code-cells.ts";

const DEFINED = /^([A-Za-z_]\w*)[ \t]*=[ \t]*(?:\w+\.)?value\(/gm;

/** Variables that the cells above a place define as values, each once. */
export function valuesAbove(panel: NotebookPanel, index: number): string[] {
  const names = codeAbove(panel, index).flatMap((source) => Array.from(source.matchAll(DEFINED), ([, name]) => name));
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** Where the author writes in a cell, as a range of its source; null while it is rendered. */
export function cursorOf(cell: Cell): readonly [number, number] | null {
  const { editor } = cell;
  if (!editor || ("rendered" in cell && cell.rendered === true)) return null;
  const { start, end } = editor.getSelection();
  return [editor.getOffsetAt(start), editor.getOffsetAt(end)];
}

/** Put the reference to a value where the author was writing, or else at the cell's end. */
export function referTo(cell: Cell, name: string, cursor: readonly [number, number] | null): void {
  const text = `\`{python} ${name}\``;
  const shared = cell.model.sharedModel;
  const { source } = shared;
  const last = source.length;
  if (cursor === null) {
    shared.updateSource(last, last, (/\s$|^$/.test(source) ? "" : " ") + text);
    return;
  }
  // Somebody may have shortened the cell meanwhile.
  const [start, end] = [Math.min(cursor[0], last), Math.min(cursor[1], last)];
  shared.updateSource(start, end, text);
  const after = cell.editor?.getPositionAt(start + text.length);
  if (after) cell.editor?.setCursorPosition(after);
}
