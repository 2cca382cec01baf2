/** Keeps the outputs of cells that several people run at once. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { CodeCell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import { SharedExecutions } from "../models/together/executions.ts";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:together",
  description: "Keeps the outputs of cells that several people run at once.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    const open = new Map<NotebookPanel["content"], SharedExecutions>();
    const follow = (panel: NotebookPanel): void => {
      const executions = new SharedExecutions(panel);
      open.set(panel.content, executions);
      panel.disposed.connect(() => {
        open.delete(panel.content);
        executions.dispose();
      });
    };
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => {
      follow(panel);
    });
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      if (cell instanceof CodeCell) open.get(notebook)?.scheduled(cell);
    });
  },
};

export default plugin;
