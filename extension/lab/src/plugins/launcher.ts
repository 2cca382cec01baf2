/** New papers: cards of the launcher, one a template, and the dialog behind them. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Dialog, ICommandPalette, showDialog, showErrorMessage } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { NotebookPanel } from "@jupyterlab/notebook";
import { RequestError } from "../api/client.ts";
import type { NewPaper, Template } from "../api/payloads/papers.ts";
import { runBegun } from "../models/paper/begun.ts";
import type { Beginnings } from "../models/paper/new-paper.ts";
import { nameProblem, NewPapers } from "../models/paper/new-paper.ts";
import type { OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { IPressrun } from "../models/pressrun.ts";
import { CommandIds } from "../tokens.ts";
import { NewPaperBody } from "../views/paper/new-paper.tsx";
import { paperIcon } from "../views/paper/signs.tsx";

const CATEGORY = "pressrun";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:launcher",
  description: "Begins papers from templates.",
  autoStart: true,
  requires: [IPressrun, IOpenPapers],
  optional: [ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    pressrun: IPressrun,
    { options }: OpenPapers,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
  ) => {
    const papers = new NewPapers(pressrun);
    const known = new Map<string, Template>();
    const templateOf = (template: unknown): Template | undefined =>
      typeof template === "string" ? known.get(template) : undefined;
    app.commands.addCommand(CommandIds.newPaper, {
      label: ({ template, isPalette }) => {
        const title = templateOf(template)?.title;
        return isPalette || !title ? "New Paper…" : `New Paper: ${title}`;
      },
      caption: ({ template }) => templateOf(template)?.description ?? "A paper from a template, ready to build",
      icon: ({ isPalette }) => (isPalette ? undefined : paperIcon),
      describedBy: { args: { type: "object", properties: { template: { type: "string" } } } },
      execute: async ({ template }) => {
        const path = await begin(papers, typeof template === "string" ? template : "");
        if (path === null) return;
        const opened: unknown = await app.commands.execute("docmanager:open", { path });
        if (opened instanceof NotebookPanel && options.settings.runNewPaper) {
          runBegun(opened).catch((error: unknown) => {
            console.error("pressrun: running the new paper:", error);
          });
        }
        return opened;
      },
    });
    palette?.addItem({ command: CommandIds.newPaper, category: "Paper", args: { isPalette: true } });
    if (!launcher) return;
    papers.templates().then(
      (templates) => {
        templates.forEach((template, rank) => {
          known.set(template.name, template);
          launcher.add({ command: CommandIds.newPaper, category: CATEGORY, rank, args: { template: template.name } });
        });
      },
      (error: unknown) => {
        console.error("pressrun: the templates:", error);
        launcher.add({ command: CommandIds.newPaper, category: CATEGORY });
      },
    );
  },
};

/** Ask for a new paper until it is written or given up; gives its notebook's path. */
async function begin(papers: NewPapers, template: string): Promise<string | null> {
  let beginnings: Beginnings;
  try {
    beginnings = await papers.beginnings();
  } catch (error) {
    await showErrorMessage("A paper cannot be begun", error instanceof Error ? error : String(error));
    return null;
  }
  let value: Required<NewPaper> = { name: "", title: "", template: template || (beginnings.templates[0]?.name ?? "") };
  let fault: RequestError | null = null;
  for (;;) {
    const body: NewPaperBody = new NewPaperBody(beginnings, value, fault);
    const { button, value: given } = await showDialog({
      title: "New paper",
      body,
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: "Create" })],
    });
    if (!button.accept || !given) return null;
    value = given;
    if (nameProblem(value.name, beginnings.names)) continue;
    try {
      const { name, title } = value;
      return (await papers.create({ name, template: value.template, ...(title.trim() ? { title } : {}) })).path;
    } catch (error) {
      fault = error instanceof RequestError ? error : new RequestError(String(error));
    }
  }
}

export default plugin;
