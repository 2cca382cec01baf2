/** Runs side by side in the main area. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell, ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { RunComparison } from "../models/runs/comparison.ts";
import { IPressrun } from "../models/pressrun.ts";
import { CommandIds } from "../tokens.ts";
import { Areas } from "../views/area.ts";
import { ComparisonView } from "../views/compare/runs.tsx";
import { passFocus } from "../views/focus-keeper.ts";
import { compareIcon } from "../views/icons.ts";
import { cut } from "../views/runs/text.ts";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:comparison",
  description: "Compares runs side by side: config, summary, data, code and environment, differences first.",
  autoStart: true,
  requires: [IPressrun],
  optional: [ILabShell, ILayoutRestorer],
  activate: (app: JupyterFrontEnd, pressrun: IPressrun, lab: ILabShell | null, restorer: ILayoutRestorer | null) => {
    const { commands, shell } = app;
    const areas = new Areas(app, lab);
    const tracker = new WidgetTracker<MainAreaWidget<ComparisonView>>({ namespace: "pressrun-comparison" });
    commands.addCommand(CommandIds.compareRuns, {
      label: "Compare Runs",
      caption: "Look at runs side by side, differences first",
      execute: (args) => {
        const keys = Array.isArray(args.keys) ? args.keys.map(String) : [];
        if (keys.length < 2) return;
        const project = typeof args.project === "string" ? args.project : pressrun.current.project;
        const model = new RunComparison(pressrun, project, keys);
        const widget = new MainAreaWidget({ content: new ComparisonView(model) });
        widget.toolbar.hide();
        widget.id = `pressrun-comparison-${crypto.randomUUID()}`;
        widget.title.icon = compareIcon;
        widget.title.label = "Compare";
        widget.title.caption = "Comparison of runs";
        model.changed.connect(() => {
          if (model.titles.length > 0) {
            widget.title.label = cut(`Compare ${model.titles.join(", ")}`);
            widget.title.caption = model.titles.join("\n");
          }
          void tracker.save(widget);
        });
        passFocus(widget, () => {
          if (shell.currentWidget) shell.activateById(shell.currentWidget.id);
        });
        void tracker.add(widget);
        areas.showWide(widget, { type: "Comparison" });
      },
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIds.compareRuns,
        args: ({ content }) => ({ keys: [...content.model.keys], project: content.model.project }),
        name: ({ id }) => id,
      });
    }
  },
};

export default plugin;
