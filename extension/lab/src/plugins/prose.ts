/** Inline values, citations and cross-references in the rendered cells of all open notebooks. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { find } from "@lumino/algorithm";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { ICites } from "../models/facts/cites.ts";
import { IOutline } from "../models/paper/outline.ts";
import { NotebookValues } from "../models/prose/values.ts";
import { Contents } from "../views/prose/contents.ts";
import { NotebookProse } from "../views/prose/notebook.ts";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:prose",
  description: "Shows inline values, citations and cross-references in the prose of notebooks.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IOutline, ICites],
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker, outlines: IOutline | null, cites: ICites | null) => {
    const open = new Map<NotebookPanel["content"], NotebookValues>();
    const follow = (panel: NotebookPanel): void => {
      const values = new NotebookValues(panel);
      const prose = new NotebookProse(panel, values, outlines?.of(panel) ?? null);
      cites?.of(panel.context.path).then(
        (found) => {
          if (!prose.isDisposed) prose.watch(found);
        },
        (error: unknown) => {
          console.warn("pressrun:", error);
        },
      );
      open.set(panel.content, values);
      panel.disposed.connect(() => {
        open.delete(panel.content);
        prose.dispose();
        values.dispose();
      });
    };
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => {
      follow(panel);
    });
    void app.restored.then(() => {
      // The author may have moved it to the other side.
      const areas = [...app.shell.widgets("left"), ...app.shell.widgets("right")];
      const contents = find(areas, ({ id }) => id === "table-of-contents");
      if (!contents) return;
      const cleaned = new Contents(contents.node);
      contents.disposed.connect(() => {
        cleaned.dispose();
      });
    });
    NotebookActions.executed.connect((_, { notebook, cell, success }) => {
      if (success && cell.model.type === "markdown") open.get(notebook)?.agreed(cell.model);
    });
  },
};

export default plugin;
