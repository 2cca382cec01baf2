/** Cells of an open notebook by their ids: their order, what people call them, and going to one. */

import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";

/** Characters of a cell's first line that name it. */
const NAME = 60;

/** Give the place of each cell, by id. */
export function cellPlaces(panel: NotebookPanel): ReadonlyMap<string, number> {
  const cells = panel.isDisposed ? [] : [...(panel.model?.cells ?? [])];
  return new Map(cells.map((cell, place) => [cell.id, place]));
}

/** Give the id of the cell that the author is in; "" if in none. */
export function currentCell(panel: NotebookPanel): string {
  return panel.isDisposed ? "" : (panel.content.activeCell?.model.id ?? "");
}

/** Give what people call a cell: its label, or the first line that says something. */
export function cellName(panel: NotebookPanel, id: string): string {
  const cell = panel.isDisposed ? undefined : [...(panel.model?.cells ?? [])].find((each) => each.id === id);
  if (!cell) return id;
  const lines = cell.sharedModel.getSource().split("\n");
  const label = lines.map((line) => /^#\|\s*label:\s*(\S+)/.exec(line)?.[1]).find(Boolean);
  const first = lines.find((line) => line.trim() && !line.startsWith("#|"))?.trim() ?? "empty cell";
  return label ?? (first.length > NAME ? `${first.slice(0, NAME - 1)}…` : first);
}

/** Give what is written in a cell; "" if it is not there. */
export function cellSource(panel: NotebookPanel, id: string): string {
  const cell = panel.isDisposed ? undefined : [...(panel.model?.cells ?? [])].find((each) => each.id === id);
  return cell?.sharedModel.getSource() ?? "";
}

/**
 * Scroll to a cell and make it the current one. Gives whether it is there.
 *
 * The notebook is left in command mode and the focus where it is: whoever reads along an outline writes in no cell.
 */
export async function goToCell(notebook: Notebook, id: string): Promise<boolean> {
  const place = notebook.isDisposed ? -1 : notebook.widgets.findIndex(({ model }) => model.id === id);
  if (place < 0) return false;
  leaveEditing(notebook);
  notebook.deselectAll();
  notebook.activeCellIndex = place;
  // A second wish to scroll ends the first.
  await notebook.scrollToItem(place, "smart").catch(() => undefined);
  return true;
}

/** Put a notebook into command mode, and the focus back where it is outside of the notebook. */
function leaveEditing(notebook: Notebook): void {
  if (notebook.mode === "command") return;
  const { activeElement } = document;
  notebook.mode = "command";
  if (activeElement instanceof HTMLElement && !notebook.node.contains(activeElement)) activeElement.focus();
}
