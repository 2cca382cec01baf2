/** Where views stand beside and instead of a notebook: JupyterLab's main area, and what Notebook 7 has in its place. */

import type { ILabShell, JupyterFrontEnd } from "@jupyterlab/application";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { SplitPanel, TabPanel } from "@lumino/widgets";
import type { Widget } from "@lumino/widgets";

/** Of the window, what a view has at least in Notebook 7, whose panels open narrow and low. */
const SHARE = 0.45;
/** Pixels that a notebook and what stands beside it need each; with fewer they are tabs of one area. */
const LEAST = 320;

/**
 * Puts views where an author can see them.
 *
 * Notebook 7 shows one document in its main area and drops anything else that is added there without a word: what is
 * wide goes below the notebook, what is read along with it to its right.
 */
export class Areas {
  private readonly _shell: JupyterFrontEnd.IShell;
  private readonly _lab: ILabShell | null;

  constructor({ shell }: JupyterFrontEnd, lab: ILabShell | null) {
    this._shell = shell;
    this._lab = lab;
  }

  /** Show a view that wants all of the width. */
  showWide(widget: Widget, options: DocumentRegistry.IOpenOptions = {}): void {
    if (!widget.isAttached) this._shell.add(widget, this._lab ? "main" : "down", options);
    this._shell.activateById(widget.id);
    if (this._lab) return;
    // Notebook 7 shows the area and leaves another of its tabs in front.
    const tabs = widget.parent?.parent;
    if (tabs instanceof TabPanel) tabs.currentWidget = widget;
    enlarge(widget, "vertical");
  }

  /** Show a view beside a notebook, or if none is named in a tab of its own. */
  showBeside(widget: Widget, notebook?: Widget): void {
    if (!widget.isAttached || !this._lab) this._add(widget, notebook);
    this._shell.activateById(widget.id);
    if (!this._lab) enlarge(widget, "horizontal");
  }

  /** Give the view with an id, if it is shown. */
  find(id: string): Widget | undefined {
    const areas = this._lab ? ["main"] : ["right", "down"];
    return areas.flatMap((area) => [...this._shell.widgets(area)]).find((widget) => widget.id === id);
  }

  private _add(widget: Widget, notebook?: Widget): void {
    if (!this._lab) {
      if (!this.find(widget.id)) this._shell.add(widget, "right");
    } else if (!notebook) this._shell.add(widget, "main");
    else {
      const mode = notebook.node.offsetWidth < 2 * LEAST ? "tab-after" : "split-right";
      this._shell.add(widget, "main", { mode, ref: notebook.id });
    }
  }
}

/** Give the part of the window that a view is in its share, unless it has more. */
function enlarge(widget: Widget, orientation: SplitPanel.Orientation): void {
  let part: Widget = widget;
  while (part.parent && !(part.parent instanceof SplitPanel && part.parent.orientation === orientation)) {
    part = part.parent;
  }
  const split = part.parent;
  if (!split) return;
  const sizes = split.relativeSizes();
  const place = split.widgets.indexOf(part);
  const size = sizes[place] ?? 1;
  if (size >= SHARE) return;
  split.setRelativeSizes(sizes.map((each, index) => (index === place ? SHARE : (each * (1 - SHARE)) / (1 - size))));
}
