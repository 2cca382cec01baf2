/** Cells of an open notebook as forms see them: what stands above one, and how code is put in or changed. */

import type { Cell, ICellModel } from "@jupyterlab/cells";
import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";
import { NotebookActions } from "@jupyterlab/notebook";

/** What looks like a call of pressrun; whether a form can show it is the server's to say. */
const CALLS = /(?:\w+\.|^|[\s=(,])(?:curves|table|compare|code|value|claim)\s*\(/m;
const LABELS = /^[ \t]*#\|[ \t]*label:[ \t]*["']?([\w:.-]+)/gm;

/** The sources of the code cells above a place, in order. */
export function codeAbove(panel: NotebookPanel, index: number): string[] {
  const { cells } = panel.content.model ?? {};
  if (!cells) return [];
  return Array.from(cells)
    .slice(0, index)
    .filter(({ type }) => type === "code")
    .map(({ sharedModel }) => sharedModel.source);
}

/** The labels of all cells but one. */
export function labelsBut(panel: NotebookPanel, id: string | null): Set<string> {
  const labels = new Set<string>();
  for (const cell of panel.content.model?.cells ?? []) {
    if (cell.type !== "code" || cell.id === id) continue;
    for (const [, label] of cell.sharedModel.source.matchAll(LABELS)) if (label) labels.add(label);
  }
  return labels;
}

/** Whether a cell may hold a call that a form can show. */
export function looksLikeCall(cell: Cell | null): boolean {
  return cell?.model.type === "code" && CALLS.test(cell.model.sharedModel.source);
}

/** Where a cell of an id stands; -1 if it is gone. */
export function placeOf(panel: NotebookPanel, id: string): number {
  return Array.from(panel.content.model?.cells ?? []).findIndex((cell) => cell.id === id);
}

/** A cell's shared model, by its id; null if it is gone. */
function sharedOf(panel: NotebookPanel, id: string): ICellModel["sharedModel"] | null {
  return Array.from(panel.content.model?.cells ?? []).find((cell) => cell.id === id)?.sharedModel ?? null;
}

/** The source of a cell as it is now; null if the cell is gone. */
export function sourceOf(panel: NotebookPanel, id: string): string | null {
  return sharedOf(panel, id)?.source ?? null;
}

/** Put a code cell in at a place and select it; if asked and a kernel is there, run it. */
export async function insertCode(panel: NotebookPanel, index: number, source: string, run: boolean): Promise<void> {
  const notebook = panel.content;
  notebook.model?.sharedModel.insertCell(index, { cell_type: "code", source, metadata: { trusted: true } });
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  notebook.mode = "command";
  await notebook.scrollToItem(index, "smart");
  await runCell(panel, index, run);
}

/** Give a code cell another source, as one step that can be undone, and run it if asked. */
export async function rewriteCode(panel: NotebookPanel, id: string, source: string, run: boolean): Promise<void> {
  const index = placeOf(panel, id);
  const shared = sharedOf(panel, id);
  if (!shared) return;
  if (shared.source !== source) {
    shared.transact(() => {
      shared.setSource(source);
    });
  }
  panel.content.activeCellIndex = index;
  await runCell(panel, index, run);
}

async function runCell(panel: NotebookPanel, index: number, run: boolean): Promise<void> {
  const cell = panel.content.widgets[index];
  // Without a kernel there is nothing to run it, and no question about which one is asked for that.
  if (!run || !cell || !panel.sessionContext.session?.kernel) return;
  await NotebookActions.runCells(panel.content, [cell], panel.sessionContext);
}

/** The place at which something dropped at a height of the window would stand. */
export function placeAt(notebook: Notebook, y: number): number {
  let place = 0;
  for (const [index, cell] of notebook.widgets.entries()) {
    const { top, height } = cell.node.getBoundingClientRect();
    // Cells that are scrolled away may have no node.
    if (!cell.node.isConnected || height === 0) continue;
    if (y < top + height / 2) return index;
    place = index + 1;
  }
  return place;
}
