/** Provides the open papers: which notebooks are papers, and their state, which all views of papers show. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { PaperOptions } from "../models/paper/options.ts";
import { IOpenPapers, OpenPapers } from "../models/paper/paper.ts";
import { IPressrun } from "../models/pressrun.ts";

const plugin: JupyterFrontEndPlugin<OpenPapers> = {
  id: "@pressrun/lab:papers",
  description: "Knows which open notebooks are papers, and what state they are in.",
  autoStart: true,
  requires: [IPressrun],
  optional: [INotebookTracker],
  provides: IOpenPapers,
  activate: (_app: JupyterFrontEnd, pressrun: IPressrun, notebooks: INotebookTracker | null) => {
    const papers = new OpenPapers(pressrun, new PaperOptions());
    const follow = (): void => {
      papers.follow(notebooks?.currentWidget ?? null);
    };
    notebooks?.currentChanged.connect(follow);
    follow();
    return papers;
  },
};

export default plugin;
