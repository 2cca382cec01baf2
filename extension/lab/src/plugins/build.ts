/** Building the paper in front: saved first, then built by the server; how it goes is told by events. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { buildIcon, stopIcon } from "@jupyterlab/ui-components";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import { RequestError } from "../api/client.ts";
import type { BuildRequest } from "../api/payloads/papers.ts";
import type { Format } from "../models/paper/builds.ts";
import type { OpenPaper, OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { CommandIds } from "../tokens.ts";

/** The plugin whose settings are those of papers. */
const SETTINGS = "@pressrun/lab:paper";

const ARGUMENTS = {
  type: "object",
  properties: {
    paper: { type: "string", description: "The paper's name; the one in front if not given" },
    update: { type: "boolean", description: "Answer all queries with the runs as they are now" },
    frozen: { type: "boolean", description: "Fail rather than change the lock" },
    force: { type: "boolean", description: "Rebuild even what is current" },
    formats: { type: "array", items: { enum: ["html", "pdf", "latex", "ipynb"] } },
  },
} as const;

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:build",
  description: "Builds papers.",
  autoStart: true,
  requires: [IOpenPapers],
  optional: [ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    papers: OpenPapers,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
  ) => {
    const { commands } = app;
    const chosen = ({ paper }: ReadonlyPartialJSONObject): OpenPaper | null =>
      (typeof paper === "string" ? papers.named(paper) : papers.current) ?? null;
    commands.addCommand(CommandIds.build, {
      label: label,
      caption: "Save the notebook, execute it afresh, check every claim and publish",
      icon: (args) => (args.toolbar ? buildIcon : undefined),
      describedBy: { args: ARGUMENTS },
      isVisible: (args) => !args.toolbar || papers.current?.finding === "paper",
      isEnabled: (args) => {
        const build = chosen(args)?.build;
        return Boolean(build && !build.running && !build.asking);
      },
      execute: async (args) => {
        const paper = chosen(args);
        if (!paper) return;
        if (commands.hasCommand(CommandIds.showPaper)) void commands.execute(CommandIds.showPaper);
        await buildPaper(paper, requestOf(args, papers.options.settings.formats));
      },
    });
    commands.addCommand(CommandIds.cancelBuild, {
      label: "Cancel the Build",
      caption: "What is published stays as it is",
      icon: (args) => (args.toolbar ? stopIcon : undefined),
      describedBy: { args: { type: "object", properties: { paper: ARGUMENTS.properties.paper } } },
      isEnabled: (args) => chosen(args)?.build?.running?.here ?? false,
      execute: (args) => chosen(args)?.build?.cancel(),
    });
    commands.addCommand(CommandIds.buildOnSave, {
      label: "Rebuild on Save",
      caption: "Build and publish when the paper is saved, or anything else that it depends on changes",
      describedBy: { args: { type: "object", properties: { paper: ARGUMENTS.properties.paper } } },
      isToggleable: true,
      isToggled: () => papers.options.settings.buildOnSave,
      execute: async (args) => {
        const buildOnSave = !papers.options.settings.buildOnSave;
        if (settings) await settings.set(SETTINGS, "buildOnSave", buildOnSave);
        else papers.options.take({ ...papers.options.settings, buildOnSave });
        const paper = chosen(args);
        const isBehind = paper?.state?.stale.some(({ update }) => !update) ?? false;
        if (buildOnSave && paper && isBehind) await buildPaper(paper, requestOf({}, papers.options.settings.formats));
      },
    });
    papers.options.changed.connect(() => {
      commands.notifyCommandChanged(CommandIds.buildOnSave);
    });
    for (const args of [{}, { update: true }, { force: true }]) {
      palette?.addItem({ command: CommandIds.build, category: "Paper", args });
    }
    palette?.addItem({ command: CommandIds.cancelBuild, category: "Paper" });
    palette?.addItem({ command: CommandIds.buildOnSave, category: "Paper" });
    let seen = "";
    papers.changed.connect(() => {
      const { current } = papers;
      const now = `${current?.path}:${current?.name}:${current?.build?.running?.id}:${current?.build?.asking}`;
      if (now === seen) return;
      seen = now;
      commands.notifyCommandChanged(CommandIds.build);
      commands.notifyCommandChanged(CommandIds.cancelBuild);
    });
  },
};

function label({ update, force, frozen, formats }: ReadonlyPartialJSONObject): string {
  if (update) return "Build with the Runs as They Are Now";
  if (force) return "Build All of It Again";
  if (frozen) return "Build If the Lock Need Not Change";
  if (Array.isArray(formats)) return `Build as ${formats.map(saidFormat).join(", ")}`;
  return "Build the Paper";
}

function saidFormat(format: unknown): string {
  const names: Readonly<Record<string, string>> = { html: "HTML", pdf: "PDF", latex: "LaTeX", ipynb: "Notebook" };
  return names[String(format)] ?? String(format);
}

function requestOf(args: ReadonlyPartialJSONObject, formats: readonly Format[]): BuildRequest {
  const request: BuildRequest = {};
  if (args.update === true) request.update = true;
  if (args.frozen === true) request.frozen = true;
  if (args.force === true) request.force = true;
  const asked = Array.isArray(args.formats) ? (args.formats as Format[]) : [...formats];
  if (asked.length > 0) request.formats = asked;
  return request;
}

async function buildPaper(paper: OpenPaper, request: BuildRequest): Promise<void> {
  const { panel, build } = paper;
  if (!build) return;
  const { context } = panel;
  if (context.model.dirty || context.model.collaborative) {
    await context.save().catch(() => undefined);
    // JupyterLab tells in a dialog why a save failed; a notebook that was saved is not dirty.
    if (context.model.dirty) {
      build.refuse(new RequestError("the notebook could not be saved", paper.path, "save it, then build again"));
      return;
    }
  }
  await build.start(request);
}

export default plugin;
