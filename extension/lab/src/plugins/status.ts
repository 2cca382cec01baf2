/** The paper in front in the status bar. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IStatusBar } from "@jupyterlab/statusbar";
import { IPressrun } from "../models/pressrun.ts";
import type { OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { CommandIds } from "../tokens.ts";
import { StatusItem } from "../views/paper/status-item.tsx";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:status",
  description: "Says in the status bar whether the paper in front is current, and whether its claims hold.",
  autoStart: true,
  requires: [IPressrun, IOpenPapers],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, { events }: IPressrun, papers: OpenPapers, bar: IStatusBar | null) => {
    if (!bar) return;
    const item = new StatusItem(papers, events, () => {
      if (app.commands.hasCommand(CommandIds.showPaper)) void app.commands.execute(CommandIds.showPaper);
    });
    bar.registerStatusItem("@pressrun/lab:status", {
      item,
      align: "left",
      rank: 20,
      isActive: () => item.isNeeded,
      activeStateChanged: item.changed,
    });
  },
};

export default plugin;
