/** Panels, values and claims drawn from the saved notebook's facts: no kernel needed, and no trust. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import type { PanelModule } from "../../panels/model.ts";
import { ICites } from "../models/facts/cites.ts";
import { Facts } from "../models/facts/facts.ts";
import { IPressrun } from "../models/pressrun.ts";
import { RenderedClaim } from "../views/facts/claim.ts";
import { RenderedPanel } from "../views/facts/panel.ts";
import { RenderedValue } from "../views/facts/value.ts";

/** Before all else that an output may hold: widgets are at 0, HTML and pictures after them. */
const RANK = -10;

const mime = (fact: string): string => `application/vnd.pressrun.${fact}.v1+json`;

const load = async (): Promise<PanelModule> => (await import("../../panels/index.ts")).default;

/** What a query leaves for the builder has nothing to show. */
class RenderedNothing extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass("jp-pr-nothing");
  }

  renderModel(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Keep JupyterLab's single-key shortcuts out of our outputs' controls; those with Ctrl or Cmd go on to work. Lumino asks
 * the focused element itself when the event passes the document, so this is decided just before.
 */
function keepShortcutsOut(event: KeyboardEvent): void {
  const { target } = event;
  if (!(target instanceof Element) || !target.closest(".jp-pr-panel, .jp-pr-value, .jp-pr-claim")) return;
  target.toggleAttribute("data-lm-suppress-shortcuts", !event.ctrlKey && !event.metaKey);
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:panels",
  description: "Draws pressrun's panels, values and claims in notebooks.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ICites, IPressrun],
  activate: (
    _app: JupyterFrontEnd,
    registry: IRenderMimeRegistry,
    cites: ICites | null,
    pressrun: IPressrun | null,
  ) => {
    const facts = new Facts(cites, pressrun?.events ?? null);
    const renderers: Readonly<Record<string, (options: IRenderMime.IRendererOptions) => IRenderMime.IRenderer>> = {
      panel: (options) => new RenderedPanel(options, facts, load),
      value: (options) => new RenderedValue(options, facts),
      claim: (options) => new RenderedClaim(options, facts),
      query: () => new RenderedNothing(),
    };
    for (const [fact, createRenderer] of Object.entries(renderers)) {
      registry.addFactory({ safe: true, mimeTypes: [mime(fact)], createRenderer }, RANK);
    }
    window.addEventListener("keydown", keepShortcutsOut, true);
  },
};

export default plugin;
