/** Published versions: two of them compared, and the page of one as readers got it. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell, JupyterFrontEnd } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget } from "@jupyterlab/apputils";
import type { Widget } from "@lumino/widgets";
import type { OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { IPressrun } from "../models/pressrun.ts";
import { VersionComparison } from "../models/paper/versions.ts";
import { CommandIds } from "../tokens.ts";
import { Areas } from "../views/area.ts";
import { versionsIcon } from "../views/paper/signs.tsx";
import { VersionsWidget } from "../views/compare/versions.tsx";
import { PageWidget } from "../views/compare/page.ts";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:versions",
  description: "Compares published versions of papers, and opens their pages.",
  autoStart: true,
  requires: [IPressrun, IOpenPapers],
  optional: [ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    pressrun: IPressrun,
    papers: OpenPapers,
    palette: ICommandPalette | null,
    shell: ILabShell | null,
  ) => {
    const { commands } = app;
    const named = (paper: unknown): typeof papers.current =>
      (typeof paper === "string" ? papers.named(paper) : papers.current) ?? null;
    const areas = new Areas(app, shell);
    const show = (content: Widget, id: string): void => {
      const widget = new MainAreaWidget({ content });
      widget.id = id;
      widget.toolbar.hide();
      areas.showBeside(widget);
    };
    const compared = new Map<string, VersionComparison>();
    commands.addCommand(CommandIds.compareVersions, {
      label: "Compare Versions",
      caption: "What changed between two published versions, and why",
      icon: versionsIcon,
      describedBy: {
        args: {
          type: "object",
          properties: { paper: { type: "string" }, old: { type: "integer" }, new: { type: "integer" } },
        },
      },
      isEnabled: ({ paper }) => Boolean(named(paper)?.state),
      execute: ({ paper, old, new: next }) => {
        const open = named(paper);
        if (!open) return;
        const numbers = [old, next].map((each) => (typeof each === "number" ? each : null));
        const id = `pressrun-versions-${open.project}-${open.name}`;
        let comparison = compared.get(id);
        const shown = areas.find(id);
        if (comparison && shown) {
          areas.showBeside(shown);
          const [one, other] = numbers;
          if (typeof one === "number" && typeof other === "number") comparison.choose(one, other);
          return;
        }
        comparison = new VersionComparison(pressrun, open.project, open.name, numbers[0] ?? null, numbers[1] ?? null);
        compared.set(id, comparison);
        const content = new VersionsWidget(comparison);
        const offer = (): void => {
          if (open.state) comparison.offer(open.state.versions);
        };
        open.changed.connect(offer);
        content.disposed.connect(() => {
          open.changed.disconnect(offer);
          compared.delete(id);
        });
        offer();
        show(content, id);
      },
    });
    commands.addCommand(CommandIds.openPage, {
      label: "Open the Published Page",
      caption: "The page as readers see it",
      describedBy: {
        args: { type: "object", properties: { paper: { type: "string" }, version: { type: "integer" } } },
      },
      isEnabled: ({ paper }) => Boolean(named(paper)?.state?.page),
      execute: ({ paper, version }) => {
        const open = named(paper);
        const number = typeof version === "number" ? version : open?.state?.version;
        const page = open?.state?.versions.find((each) => each.number === number)?.page;
        if (!open || !page || number === undefined || number === null) return;
        const id = `pressrun-page-${open.project}-${open.name}-${number}`;
        const shown = areas.find(id);
        if (shown) {
          areas.showBeside(shown);
          return;
        }
        const address = pressrun.client.address(`site/${page}`, { project: open.project });
        show(new PageWidget(`${open.name}, version ${number}`, address), id);
      },
    });
    palette?.addItem({ command: CommandIds.compareVersions, category: "Paper" });
    palette?.addItem({ command: CommandIds.openPage, category: "Paper" });
  },
};

export default plugin;
