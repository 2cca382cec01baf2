/** Provides the outlines of open notebooks to whoever numbers or cites. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IOutline } from "../models/paper/outline.ts";
import type { OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";

const plugin: JupyterFrontEndPlugin<IOutline> = {
  id: "@pressrun/lab:outline",
  description: "Gives the sections, labels and citations of open papers as they will be numbered.",
  autoStart: true,
  requires: [IOpenPapers],
  provides: IOutline,
  activate: (_app: JupyterFrontEnd, papers: OpenPapers) => ({ of: (panel) => papers.of(panel).outline }),
};

export default plugin;
