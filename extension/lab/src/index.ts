/** pressrun in JupyterLab: the list of its plugins. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import build from "./plugins/build.ts";
import cites from "./plugins/cites.ts";
import comparison from "./plugins/comparison.ts";
import completion from "./plugins/completion.ts";
import insert from "./plugins/insert.ts";
import launcher from "./plugins/launcher.ts";
import outline from "./plugins/outline.ts";
import panels from "./plugins/panels.ts";
import paper from "./plugins/paper.ts";
import papers from "./plugins/papers.ts";
import preview from "./plugins/preview.ts";
import project from "./plugins/project.ts";
import prose from "./plugins/prose.ts";
import runs from "./plugins/runs.ts";
import status from "./plugins/status.ts";
import together from "./plugins/together.ts";
import versions from "./plugins/versions.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each plugin provides what its own type says
const plugins: JupyterFrontEndPlugin<any>[] = [
  project,
  panels,
  papers,
  outline,
  runs,
  comparison,
  insert,
  prose,
  completion,
  cites,
  paper,
  build,
  preview,
  versions,
  launcher,
  status,
  together,
];

export default plugins;
