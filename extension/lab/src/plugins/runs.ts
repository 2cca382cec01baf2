/** The runs in the sidebar and as a wide table, and the details of each. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell, ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, Notification, WidgetTracker } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStateDB } from "@jupyterlab/statedb";
import type { ReadonlyJSONObject } from "@lumino/coreutils";
import { isComplete, lookedRuns, panelCall } from "../models/runs/calls.ts";
import type { PanelKind } from "../models/runs/calls.ts";
import { MOST_COMPARED } from "../models/runs/comparison.ts";
import { RunDetails } from "../models/runs/details.ts";
import { failureText } from "../models/failures.ts";
import { IPressrun } from "../models/pressrun.ts";
import { RunsModel } from "../models/runs/runs.ts";
import { CommandIds } from "../tokens.ts";
import { runsIcon } from "../views/icons.ts";
import { passFocus, returnFocus } from "../views/focus-keeper.ts";
import { giveRoom } from "../views/room.ts";
import { Areas } from "../views/area.ts";
import { RunDetailsView } from "../views/runs/details.tsx";
import { RunsView } from "../views/runs/panel.tsx";
import type { RunsActions } from "../views/runs/panel.tsx";
import { cut } from "../views/runs/text.ts";

const ID = "@pressrun/lab:runs";

/** Pixels that the sidebar opens with: a name, a status and three numbers. */
const OPENING = 420;
/** What remembers, in a workspace, that it was opened: from then on its width is the author's. */
const OPENED = "pressrun:runs-opened";

function fail(error: unknown): void {
  Notification.error(failureText(error));
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Shows the project's runs: filtered, sorted, live, and ready to be put into a paper.",
  autoStart: true,
  requires: [IPressrun],
  optional: [IStateDB, ILayoutRestorer, ICommandPalette, ISettingRegistry, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    pressrun: IPressrun,
    state: IStateDB | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    lab: ILabShell | null,
  ) => {
    const { commands, shell } = app;
    const areas = new Areas(app, lab);
    const model = new RunsModel(pressrun, state);
    pressrun.current.looked = () => lookedRuns(model);
    settings?.load(ID).then(
      (loaded) => {
        const read = (): void => {
          model.columns.prefer(loaded.get("columns").composite as string[]);
          model.setPageSize(loaded.get("pageSize").composite as number);
        };
        loaded.changed.connect(read);
        read();
      },
      (error: unknown) => {
        console.error("pressrun:", error);
      },
    );

    const insert = async (kind: PanelKind | null): Promise<void> => {
      const call = await panelCall(model, kind ?? "curves");
      // A call is JSON by its schema.
      const asked = call as unknown as ReadonlyJSONObject;
      const args =
        kind === null ? { call: { ...asked, panel: "", arguments: {} } } : { call: asked, now: isComplete(call) };
      await commands.execute(CommandIds.insertPanel, args);
    };
    const forward = (): void => {
      if (shell.currentWidget) shell.activateById(shell.currentWidget.id);
    };
    const actions: RunsActions = {
      open: (key) => {
        void commands.execute(CommandIds.showRun, { key, project: model.project });
      },
      compare: () => {
        void commands.execute(CommandIds.compareSelected);
      },
      insert: (kind) => {
        insert(kind).catch(fail);
      },
      choose: () => {
        insert(null).catch(fail);
      },
      detach: () => {
        void commands.execute(CommandIds.showRunsTable);
      },
      opened: () => {
        void widen();
      },
      leave: () => {
        // A sidebar is left for the document beside it, where the author's cursor was.
        forward();
      },
      fail,
    };

    const widen = async (): Promise<void> => {
      if (await state?.fetch(OPENED)) return;
      await state?.save(OPENED, true);
      giveRoom(sidebar, OPENING);
    };
    const sidebar = new RunsView(model, actions);
    returnFocus(sidebar.node, app.contextMenu.menu);
    sidebar.id = "pressrun-runs";
    sidebar.title.icon = runsIcon;
    sidebar.title.caption = "Runs";
    sidebar.node.setAttribute("role", "region");
    sidebar.node.setAttribute("aria-label", "Runs");
    shell.add(sidebar, "left", { rank: 300, type: "Runs" });
    restorer?.add(sidebar, sidebar.id);

    commands.addCommand(CommandIds.showRuns, {
      label: "Show Runs",
      caption: "Find runs of this project and put them into a paper",
      icon: runsIcon,
      execute: () => {
        shell.activateById(sidebar.id);
      },
    });

    const tables = new WidgetTracker<MainAreaWidget<RunsView>>({ namespace: "pressrun-runs-table" });
    commands.addCommand(CommandIds.showRunsTable, {
      label: "Show Runs as a Wide Table",
      caption: "The runs of this project in the main area",
      icon: runsIcon,
      execute: () => {
        let widget = tables.find(() => true);
        if (!widget) {
          const content = new RunsView(model, { ...actions, detach: null, leave: null, opened: null });
          content.addClass("jp-pr-wide");
          const returning = returnFocus(content.node, app.contextMenu.menu);
          content.disposed.connect(() => {
            returning.dispose();
          });
          widget = new MainAreaWidget({ content });
          widget.toolbar.hide();
          widget.id = "pressrun-runs-table";
          widget.title.label = "Runs";
          widget.title.icon = runsIcon;
          passFocus(widget, forward);
          void tables.add(widget);
        }
        areas.showWide(widget, { type: "Runs" });
      },
    });

    const details = new WidgetTracker<MainAreaWidget<RunDetailsView>>({ namespace: "pressrun-run" });
    commands.addCommand(CommandIds.showRun, {
      label: "Show a Run's Details",
      isVisible: () => model.selection.size > 0,
      execute: (args) => {
        const key = typeof args.key === "string" ? args.key : model.selection.keys[0];
        if (key === undefined) return;
        const project = typeof args.project === "string" ? args.project : model.project;
        let widget = details.find(({ content }) => content.model.key === key && content.model.project === project);
        if (!widget) {
          const run = new RunDetails(pressrun, project, key);
          const content = new RunDetailsView(run, {
            copy: (text) => {
              void commands.execute(CommandIds.copyRunId, { text });
            },
          });
          widget = new MainAreaWidget({ content });
          widget.toolbar.hide();
          widget.id = `pressrun-run-${crypto.randomUUID()}`;
          widget.title.icon = runsIcon;
          widget.title.label = "Run";
          const shown = widget;
          run.changed.connect(() => {
            if (!run.details) return;
            const name = run.details.name !== "" ? run.details.name : run.details.id;
            shown.title.label = cut(name);
            shown.title.caption = name;
          });
          passFocus(widget, forward);
          void details.add(widget);
        }
        areas.showWide(widget, { type: "Run" });
      },
    });

    commands.addCommand(CommandIds.compareSelected, {
      label: "Compare Runs",
      caption: "Look at the selected runs side by side, differences first",
      isVisible: () => model.selection.size > 1,
      isEnabled: () => model.selection.size > 1 && model.selection.size <= MOST_COMPARED,
      execute: () =>
        commands.execute(CommandIds.compareRuns, { keys: [...model.selection.keys], project: model.project }),
    });
    commands.addCommand(CommandIds.pinRun, {
      label: () => (model.selection.keys[0] === model.baseline?.key ? "Unpin as Baseline" : "Pin as Baseline"),
      caption: "Compare other runs' numbers with this run's",
      isVisible: () => model.selection.size === 1,
      execute: () => {
        const key = model.selection.keys[0] ?? "";
        model.pin(key === model.baseline?.key ? "" : key);
      },
    });
    commands.addCommand(CommandIds.copyRunId, {
      label: "Copy Run Id",
      isVisible: () => model.selection.size === 1,
      execute: async (args) => {
        const key = model.selection.keys[0] ?? "";
        await navigator.clipboard.writeText(typeof args.text === "string" ? args.text : model.id(key));
      },
    });

    const selector = ".jp-pr-runs-row";
    [CommandIds.showRun, CommandIds.compareSelected, CommandIds.pinRun, CommandIds.copyRunId].forEach(
      (command, rank) => {
        app.contextMenu.addItem({ command, selector, rank });
      },
    );
    for (const command of [CommandIds.showRuns, CommandIds.showRunsTable]) {
      palette?.addItem({ command, category: "pressrun" });
    }
    if (restorer) {
      void restorer.restore(tables, { command: CommandIds.showRunsTable, name: () => "table" });
      void restorer.restore(details, {
        command: CommandIds.showRun,
        args: ({ content }) => ({ key: content.model.key, project: content.model.project }),
        name: ({ content }) => `${content.model.project} ${content.model.key}`,
      });
    }
  },
};

export default plugin;
