/** The preview: the page beside its notebook, which follows the author's edits and cursor. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell, ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { ICommandPalette, IThemeManager, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { INotebookTracker } from "@jupyterlab/notebook";
import { cellPlaces, cellSource, currentCell, goToCell } from "../models/cells.ts";
import { itemAt, outlineItems } from "../models/paper/outline-items.ts";
import type { OpenPaper, OpenPapers } from "../models/paper/paper.ts";
import { IOpenPapers } from "../models/paper/paper.ts";
import { LivePreview } from "../models/paper/preview.ts";
import { IPressrun } from "../models/pressrun.ts";
import { CommandIds } from "../tokens.ts";
import { Areas } from "../views/area.ts";
import { previewIcon } from "../views/paper/signs.tsx";
import { PreviewWidget } from "../views/paper/preview.ts";

type Shown = MainAreaWidget<PreviewWidget>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:preview",
  description: "Shows the page that an open paper would be published as.",
  autoStart: true,
  requires: [IPressrun, IOpenPapers],
  optional: [INotebookTracker, ILabShell, ILayoutRestorer, ICommandPalette, IThemeManager],
  activate: (
    app: JupyterFrontEnd,
    pressrun: IPressrun,
    papers: OpenPapers,
    notebooks: INotebookTracker | null,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    themes: IThemeManager | null,
  ) => {
    const { commands } = app;
    const areas = new Areas(app, shell);
    const tracker = new WidgetTracker<Shown>({ namespace: "pressrun-preview" });
    const dark = (): boolean => (themes?.theme ? !themes.isLight(themes.theme) : false);
    themes?.themeChanged.connect(() => {
      tracker.forEach(({ content }) => {
        content.setDark(dark());
      });
    });
    const show = (paper: OpenPaper): Shown => {
      const content = new PreviewWidget(new LivePreview(pressrun, paper, papers.options), {
        goTo: (cell) => void goToCell(paper.panel.content, cell),
        rebuild: () => void commands.execute(CommandIds.buildOnSave, { paper: paper.name }),
        update: () => void commands.execute(CommandIds.build, { paper: paper.name, update: true }),
      });
      content.setDark(dark());
      const widget = new MainAreaWidget({ content });
      widget.id = `pressrun-preview-${paper.panel.id}`;
      widget.toolbar.hide();
      followCursor(paper, content, papers);
      void tracker.add(widget);
      return widget;
    };
    commands.addCommand(CommandIds.preview, {
      label: ({ toolbar }) => (toolbar ? "" : "Preview the Paper"),
      caption: "The page as it would be published, beside the notebook",
      icon: previewIcon,
      describedBy: { args: { type: "object", properties: { path: { type: "string" } } } },
      isVisible: ({ toolbar }) => !toolbar || papers.current?.finding === "paper",
      isEnabled: ({ path }) => typeof path === "string" || papers.current?.finding === "paper",
      execute: async ({ path }) => {
        const panel = typeof path === "string" ? await opened(app, notebooks, path) : papers.current?.panel;
        if (!panel) return;
        const paper = papers.of(panel);
        const widget = tracker.find(({ content }) => content.preview.paper === paper) ?? show(paper);
        areas.showBeside(widget, panel);
      },
    });
    palette?.addItem({ command: CommandIds.preview, category: "Paper" });
    let seen: string | undefined;
    papers.changed.connect(() => {
      const now = `${papers.current?.path}:${papers.current?.finding}`;
      if (now === seen) return;
      seen = now;
      commands.notifyCommandChanged(CommandIds.preview);
    });
    if (shell && restorer) {
      void restorer.restore(tracker, {
        command: CommandIds.preview,
        args: ({ content }) => ({ path: content.preview.paper.path }),
        name: ({ content }) => content.preview.paper.path,
        when: app.serviceManager.ready,
      });
    }
  },
};

/** Give the open notebook of a path; opened if it is not. */
async function opened(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker | null,
  path: string,
): Promise<NotebookPanel | null> {
  const find = (): NotebookPanel | undefined => notebooks?.find(({ context }) => context.localPath === path);
  if (!find()) await app.commands.execute("docmanager:open", { path });
  return find() ?? null;
}

/** Scroll the page to what the author goes to, where the settings say so. */
function followCursor(paper: OpenPaper, widget: PreviewWidget, papers: OpenPapers): void {
  const { content } = paper.panel;
  let last = currentCell(paper.panel);
  const follow = (): void => {
    const cell = currentCell(paper.panel);
    const { outline } = paper.outline;
    if (cell === last || !outline) return;
    last = cell;
    if (!papers.options.settings.previewFollows) return;
    const places = cellPlaces(paper.panel);
    const items = outlineItems(outline, places, (id) => cellSource(paper.panel, id));
    widget.follow(itemAt(items, cell, places)?.anchor ?? "");
  };
  content.activeCellChanged.connect(follow);
  widget.disposed.connect(() => {
    if (!content.isDisposed) content.activeCellChanged.disconnect(follow);
  });
}

export default plugin;
