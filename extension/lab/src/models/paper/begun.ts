/** A paper that was just written from a template: its cells are run once, so that it opens with its figures and numbers. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { NotebookActions } from "@jupyterlab/notebook";

/**
 * Run all cells of a new paper once its kernel is idle.
 *
 * The code is the template's, which is pressrun's own: if the notebook has no kernel, is closed before the kernel is
 * idle, or has been edited by then, nothing is run.
 */
export async function runBegun(panel: NotebookPanel): Promise<void> {
  await panel.context.ready;
  const written = sourcesOf(panel);
  await panel.sessionContext.ready;
  if (!(await becomesIdle(panel)) || sourcesOf(panel) !== written) return;
  await NotebookActions.runCells(panel.content, panel.content.widgets, panel.sessionContext);
}

function sourcesOf(panel: NotebookPanel): string {
  return JSON.stringify([...(panel.model?.cells ?? [])].map(({ sharedModel }) => sharedModel.source));
}

/** Wait until the kernel is idle; false if there is none, or the notebook is closed. */
async function becomesIdle(panel: NotebookPanel): Promise<boolean> {
  const { sessionContext } = panel;
  if (panel.isDisposed || !sessionContext.session?.kernel) return false;
  return new Promise((resolve) => {
    const look = (): void => {
      // A kernel that is not yet heard of is idle to JupyterLab's status, but not in what it shows.
      if (!panel.isDisposed && sessionContext.kernelDisplayStatus !== "idle") return;
      sessionContext.statusChanged.disconnect(look);
      sessionContext.connectionStatusChanged.disconnect(look);
      panel.disposed.disconnect(look);
      resolve(!panel.isDisposed);
    };
    sessionContext.statusChanged.connect(look);
    sessionContext.connectionStatusChanged.connect(look);
    panel.disposed.connect(look);
    look();
  });
}
