/** Where a rendered output stands: its notebook, its place in it, and how a reader leaves it for the notebook. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Widget } from "@lumino/widgets";

/** The path of the notebook that a renderer was made for; "" where it is not known. */
export function notebookOf({ resolver }: IRenderMime.IRendererOptions): string {
  const path = (resolver as { path?: unknown } | null)?.path;
  return typeof path === "string" ? path : "";
}

/** What names an attached output within its notebook, also when its cell has run again; null outside of cells. */
export function placeOf(output: Widget): string | null {
  const area = output.node.closest(".jp-OutputArea-child");
  const place = area?.parentElement ? [...area.parentElement.children].indexOf(area) : 0;
  for (let above = output.parent; above; above = above.parent) {
    const id = (above as { model?: { id?: unknown } | null }).model?.id;
    if (above.hasClass("jp-Cell") && typeof id === "string") return `${id}/${place}`;
  }
  return null;
}

/** Let Escape lead from an element's controls back to the notebook, where it means nothing to the control itself. */
export function leaveByEscape(element: HTMLElement): void {
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const { target } = event;
    // Escape empties a search field first.
    if (target instanceof HTMLInputElement && target.type === "search" && target.value !== "") return;
    const around = element.closest<HTMLElement>(".jp-Cell") ?? element.closest<HTMLElement>(".jp-Notebook");
    if (!around) return;
    event.preventDefault();
    around.focus({ preventScroll: true });
  });
}
