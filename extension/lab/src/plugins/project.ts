/** Provides the requests, the event stream and the current project, which all other plugins use. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { Client } from "../api/client.ts";
import { Events } from "../api/events.ts";
import { serverPath } from "../models/places.ts";
import { CurrentProject } from "../models/project.ts";
import { IPressrun } from "../models/pressrun.ts";

const plugin: JupyterFrontEndPlugin<IPressrun> = {
  id: "@pressrun/lab:project",
  description: "Follows the author to the project of the notebook in front.",
  autoStart: true,
  provides: IPressrun,
  optional: [INotebookTracker],
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker | null) => {
    const client = new Client(app.serviceManager.serverSettings);
    const events = new Events(app.serviceManager.serverSettings);
    const current = new CurrentProject(client);
    const follow = (): void => {
      const context = notebooks?.currentWidget?.context;
      void current.follow((context && serverPath(context)) ?? "");
    };
    notebooks?.currentChanged.connect(follow);
    follow();
    // What a project is can be written in JupyterLab itself.
    app.serviceManager.contents.fileChanged.connect((_, { newValue }) => {
      if (/(^|\/)(pressrun|pyproject)\.toml$/.test(newValue?.path ?? "")) follow();
    });
    return { client, events, current };
  },
};

export default plugin;
