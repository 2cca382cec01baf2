/** The paper sidebar: made of the open papers' models, doing what it is asked by commands. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell, ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { Clipboard, ICommandPalette } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from "@lumino/coreutils";
import { Menu } from "@lumino/widgets";
import { goToCell } from "../models/cells.ts";
import type { OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { CommandIds } from "../tokens.ts";
import type { PaperActions } from "../views/paper/parts.tsx";
import { PaperSidebar } from "../views/paper/sidebar.tsx";
import { paperIcon } from "../views/paper/signs.tsx";

const ID = "@pressrun/lab:paper";

/** Ways to build, in the order of the menu; null is a line. */
const WAYS: readonly (ReadonlyJSONObject | null)[] = [
  {},
  { update: true },
  { force: true },
  { frozen: true },
  null,
  { formats: ["html"] },
  { formats: ["html", "pdf"] },
  { formats: ["html", "pdf", "latex", "ipynb"] },
];

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Shows the paper in front: state, outline, claims, build and versions.",
  autoStart: true,
  requires: [IOpenPapers],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    papers: OpenPapers,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
  ) => {
    const { commands } = app;
    const sidebar = new PaperSidebar(papers, actionsOf(app, papers));
    commands.addCommand(CommandIds.showPaper, {
      label: "Show the Paper",
      caption: "State, outline, claims, build and versions of the paper in front",
      icon: paperIcon,
      describedBy: { args: { type: "object", properties: {} } },
      execute: () => {
        app.shell.activateById(sidebar.id);
      },
    });
    palette?.addItem({ command: CommandIds.showPaper, category: "Paper" });
    app.shell.add(sidebar, "right", { rank: 200, type: "Paper" });
    if (shell) restorer?.add(sidebar, sidebar.id);
    if (settings) {
      settings.load(ID).then(
        (loaded) => {
          const take = (): void => {
            papers.options.take(loaded.composite);
          };
          loaded.changed.connect(take);
          take();
        },
        (error: unknown) => {
          console.error("pressrun: the settings of papers:", error);
        },
      );
    }
  },
};

function actionsOf(app: JupyterFrontEnd, papers: OpenPapers): PaperActions {
  const { commands } = app;
  const run = (command: string, args: ReadonlyPartialJSONObject = {}): void => {
    if (!commands.hasCommand(command)) return;
    commands.execute(command, args).catch((error: unknown) => {
      console.error(`pressrun: ${command}:`, error);
    });
  };
  return {
    build: (request) => {
      run(CommandIds.build, request);
    },
    buildMenu: (anchor) => {
      const menu = new Menu({ commands });
      for (const args of WAYS) {
        menu.addItem(args ? { command: CommandIds.build, args } : { type: "separator" });
      }
      const { left, bottom } = anchor.getBoundingClientRect();
      menu.open(left, bottom);
      menu.aboutToClose.connect(() => {
        anchor.focus();
      });
    },
    cancel: () => {
      run(CommandIds.cancelBuild);
    },
    preview: () => {
      run(CommandIds.preview);
    },
    goTo: (cell) => {
      const panel = papers.current?.panel;
      if (panel) void goToCell(panel.content, cell);
    },
    compare: (old, next) => {
      const { current } = papers;
      if (!current) return;
      const chosen = old === undefined || next === undefined ? {} : { old, new: next };
      run(CommandIds.compareVersions, { paper: current.name, ...chosen });
    },
    openVersion: (version) => {
      run(CommandIds.openPage, { version });
    },
    showRuns: () => {
      run(CommandIds.showRuns);
    },
    newPaper: () => {
      run(CommandIds.newPaper);
    },
    open: (path) => {
      run("docmanager:open", { path });
    },
    copy: (text) => {
      Clipboard.copyToSystem(text);
    },
    leave: () => {
      const panel = papers.current?.panel;
      if (!panel) return;
      app.shell.activateById(panel.id);
      panel.content.activate();
    },
  };
}

export default plugin;
