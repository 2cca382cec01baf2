/** Provides what knows whether the runs that notebooks cite are still as they were cited. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICites, NotebookCites } from "../models/facts/cites.ts";
import { serverPath } from "../models/places.ts";
import { IPressrun } from "../models/pressrun.ts";

const plugin: JupyterFrontEndPlugin<ICites> = {
  id: "@pressrun/lab:cites",
  description: "Watches the runs that notebooks cite.",
  autoStart: true,
  provides: ICites,
  requires: [IPressrun],
  activate: (app: JupyterFrontEnd, { client, events }: IPressrun) =>
    new NotebookCites(client, events, (path) =>
      serverPath({ path, localPath: app.serviceManager.contents.localPath(path) }),
    ),
};

export default plugin;
