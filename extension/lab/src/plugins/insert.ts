/** Puts panels, values and claims into notebooks by form, by drag, or at once; and opens what stands as a form again. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILabShell } from "@jupyterlab/application";
import { Dialog, ICommandPalette, InputDialog, MainAreaWidget, Notification, showDialog } from "@jupyterlab/apputils";
import type { Cell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { INotebookTracker } from "@jupyterlab/notebook";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { LabIcon } from "@jupyterlab/ui-components";
import type { Call, Code, Parsed } from "../api/payloads/panels.ts";
import {
  codeAbove,
  insertCode,
  labelsBut,
  looksLikeCall,
  placeOf,
  rewriteCode,
  sourceOf,
} from "../models/insert/code-cells.ts";
import type { Draft, Host } from "../models/insert/draft.ts";
import { failureText } from "../models/failures.ts";
import { galleryOf, Insertion } from "../models/insert/insertion.ts";
import { IPressrun } from "../models/pressrun.ts";
import { cursorOf, referTo, valuesAbove } from "../models/prose/cell-values.ts";
import { suggestedLabel } from "../models/insert/suggestions.ts";
import { CommandIds } from "../tokens.ts";
import { Areas } from "../views/area.ts";
import { acceptCalls } from "../views/insert/call-drop.ts";
import { InsertView } from "../views/insert/dialog.tsx";

const ID = "@pressrun/lab:insert";

const insertIcon = new LabIcon({
  name: "pressrun:insert",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">
    <path d="M3 4h2v14h7v2H3z"/><path d="M7 15l4-6 3 3 5-8 1.700 1-6.400 10.200-3.100-3-2.500 3.900z"/>
    <path d="M17 14h2v3h3v2h-3v3h-2v-3h-3v-2h3z"/></g></svg>`,
});
const editIcon = new LabIcon({
  name: "pressrun:edit",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">
    <path d="M4 7h9v2H4zM4 12h5v2H4zM4 17h3v2H4z"/><path d="M18.500 8l3 3-8.500 8.500H10v-3zM19.600 6.900l1.100-1.100 3 3-1.100 1.100z"/></g></svg>`,
});

/** What is asked of a call's words in the choice between known values and a new one. */
const NEW_VALUE = "A new value…";

class Inserter {
  runs = true;
  private _shown: MainAreaWidget<InsertView> | null = null;
  private readonly _app: JupyterFrontEnd;
  private readonly _pressrun: IPressrun;
  private readonly _notebooks: INotebookTracker;
  private readonly _areas: Areas;

  constructor(app: JupyterFrontEnd, pressrun: IPressrun, notebooks: INotebookTracker, areas: Areas) {
    this._app = app;
    this._pressrun = pressrun;
    this._notebooks = notebooks;
    this._areas = areas;
  }

  /** The notebook in front; none is said to the author. */
  get panel(): NotebookPanel | null {
    const panel = this._notebooks.currentWidget;
    if (!panel) Notification.info("Open the notebook first that the panel is for.", { autoClose: 5000 });
    return panel;
  }

  get project(): string {
    return this._pressrun.current.project;
  }

  /** Where a new cell goes: below the active one. */
  below(panel: NotebookPanel): number {
    return panel.content.activeCellIndex + 1;
  }

  /** Insert a call without a form. */
  async insertNow(panel: NotebookPanel, call: Call, index = this.below(panel)): Promise<void> {
    const kind = (await galleryOf(this._pressrun.client)).find((each) => each.kind === call.panel);
    const label = call.label || (kind ? suggestedLabel(kind, call.arguments, labelsBut(panel, null)) : "");
    const body = { call: { ...call, label }, context: codeAbove(panel, index) };
    const { source } = await this._ask<Code>("panels/code", body);
    await insertCode(panel, index, source, this.runs);
    this._return(panel);
  }

  /** Open the gallery, or the form of a kind that was named, about the runs that the author looks at. */
  async openNew(panel: NotebookPanel, start: Partial<Call>): Promise<void> {
    const host: Host = {
      above: () => codeAbove(panel, this.below(panel)),
      labels: () => labelsBut(panel, null),
      cell: null,
    };
    const call = { ...start, runs: start.runs ?? (await this._pressrun.current.looked()) };
    this._show(panel, call, host, "Insert Panel", (source) => insertCode(panel, this.below(panel), source, this.runs));
  }

  /** Open the form of the call in a cell. */
  async openEdit(panel: NotebookPanel, cell: Cell): Promise<void> {
    const { id } = cell.model;
    const source = cell.model.sharedModel.source;
    const above = (): string[] => codeAbove(panel, placeOf(panel, id));
    const { call, reason } = await this._ask<Parsed>("panels/parse", { source, context: above() });
    if (!call) {
      const { button } = await showDialog({
        title: "No form can show this cell",
        body: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`,
        buttons: [Dialog.cancelButton(), Dialog.okButton({ label: "Edit the Code" })],
      });
      panel.content.activeCellIndex = placeOf(panel, id);
      if (button.accept) panel.content.mode = "edit";
      return;
    }
    const host: Host = { above, labels: () => labelsBut(panel, id), cell: source };
    this._show(panel, call, host, "Edit Panel", async (written) => {
      if (sourceOf(panel, id) !== source)
        throw new Error("the cell was changed or deleted meanwhile; open its form again");
      await rewriteCode(panel, id, written, this.runs);
    });
  }

  /** Put a number into the prose: one that the notebook has, or a new one defined above the active cell. */
  async insertValue(panel: NotebookPanel): Promise<void> {
    const cell = panel.content.activeCell;
    if (cell?.model.type !== "markdown") {
      await this.openNew(panel, { panel: "value" });
      return;
    }
    const { id } = cell.model;
    const cursor = cursorOf(cell);
    const known = valuesAbove(panel, panel.content.activeCellIndex);
    if (known.length > 0) {
      const { value } = await InputDialog.getItem({
        title: "Insert Value",
        label: "Which number the prose shows",
        items: [...known, NEW_VALUE],
        okLabel: "Insert",
      });
      if (value === null) return;
      if (value !== NEW_VALUE) {
        referTo(cell, value, cursor);
        return;
      }
    }
    const host: Host = { above: () => codeAbove(panel, placeOf(panel, id)), labels: () => new Set(), cell: null };
    const runs = await this._pressrun.current.looked();
    this._show(panel, { panel: "value", runs }, host, "Insert Value", async (source, { name }) => {
      const index = placeOf(panel, id);
      if (index < 0) throw new Error("the cell of the prose was deleted meanwhile");
      await insertCode(panel, index, source, this.runs);
      panel.content.activeCellIndex = index + 1;
      referTo(cell, name, cursor);
    });
  }

  fail(error: unknown): void {
    Notification.error(failureText(error));
  }

  private _show(
    panel: NotebookPanel,
    start: Partial<Call>,
    host: Host,
    title: string,
    take: (source: string, draft: Draft) => Promise<void>,
  ): void {
    this._shown?.dispose();
    const model = new Insertion(this._pressrun, this.project, start, host);
    const close = (): void => {
      widget.dispose();
      this._return(panel);
    };
    const content = new InsertView(model, {
      cancel: close,
      take: async (source, draft) => {
        await take(source, draft);
        close();
      },
    });
    const widget = new MainAreaWidget({ content });
    widget.id = "pressrun-insert";
    widget.title.label = title;
    widget.title.icon = insertIcon;
    widget.title.closable = true;
    panel.disposed.connect(() => {
      widget.dispose();
    });
    this._shown = widget;
    // Beside the notebook, so that an author sees what the panel is for.
    this._areas.showBeside(widget, panel);
  }

  private _return(panel: NotebookPanel): void {
    if (panel.isDisposed) return;
    this._app.shell.activateById(panel.id);
    panel.content.activate();
  }

  private async _ask<T>(path: string, body: object): Promise<T> {
    return this._pressrun.client.ask<T>(path, { method: "POST", query: { project: this.project }, body });
  }
}

/** A call from a command's arguments or a drag; null if it is none. The server checks what it says. */
function callOf(value: unknown): Call | null {
  if (typeof value !== "object" || value === null || !("panel" in value) || !("runs" in value)) return null;
  const { panel, runs, ...rest } = value as Pick<Call, "panel" | "runs"> & Partial<Call>;
  return { arguments: {}, label: "", caption: "", ...rest, panel, runs };
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Inserts panels, values and claims into notebooks, and edits them by form.",
  autoStart: true,
  requires: [IPressrun, INotebookTracker],
  optional: [ICommandPalette, ISettingRegistry, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    pressrun: IPressrun,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    lab: ILabShell | null,
  ) => {
    const { commands } = app;
    const inserter = new Inserter(app, pressrun, notebooks, new Areas(app, lab));
    settings?.load(ID).then(
      (loaded) => {
        const read = (): void => {
          inserter.runs = loaded.get("runInserted").composite !== false;
        };
        loaded.changed.connect(read);
        read();
      },
      (error: unknown) => {
        console.error("pressrun:", error);
      },
    );

    commands.addCommand(CommandIds.insertPanel, {
      label: "Insert Panel…",
      caption: "Insert a panel, number or claim about runs",
      icon: insertIcon,
      execute: async (args) => {
        const { panel } = inserter;
        if (!panel) return;
        const call = callOf(args.call);
        try {
          if (call?.panel && args.now === true) await inserter.insertNow(panel, call);
          else await inserter.openNew(panel, call ?? {});
        } catch (error) {
          inserter.fail(error);
        }
      },
    });
    const editable = (): boolean => looksLikeCall(notebooks.activeCell);
    commands.addCommand(CommandIds.editPanel, {
      label: "Edit Panel…",
      caption: "Open this panel, number or claim as a form",
      icon: editIcon,
      isVisible: editable,
      isEnabled: editable,
      execute: async () => {
        const { currentWidget: panel, activeCell: cell } = notebooks;
        if (!panel || !cell) return;
        try {
          await inserter.openEdit(panel, cell);
        } catch (error) {
          inserter.fail(error);
        }
      },
    });
    commands.addCommand(CommandIds.insertValue, {
      label: "Insert Value…",
      caption: "Put a number that knows its runs into the prose",
      icon: insertIcon,
      execute: async () => {
        const { panel } = inserter;
        if (panel) await inserter.insertValue(panel).catch(inserter.fail.bind(inserter));
      },
    });
    for (const command of [CommandIds.insertPanel, CommandIds.editPanel, CommandIds.insertValue]) {
      palette?.addItem({ command, category: "pressrun" });
    }

    // The edit button follows what the active cell says.
    const say = (): void => {
      commands.notifyCommandChanged(CommandIds.editPanel);
    };
    let followed: Cell | null = null;
    notebooks.activeCellChanged.connect((_, cell) => {
      if (followed && !followed.isDisposed) followed.model.contentChanged.disconnect(say);
      followed = cell;
      cell?.model.contentChanged.connect(say);
      say();
    });

    notebooks.widgetAdded.connect((_, panel) => {
      acceptCalls(panel, (text, place) => {
        const call = callOf(JSON.parse(text));
        if (call) inserter.insertNow(panel, call, place).catch(inserter.fail.bind(inserter));
      });
    });
  },
};

export default plugin;
