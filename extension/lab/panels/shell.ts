/** What every panel stands in: toolbar, body, live region, disclosure; and what a reader sees when one cannot be drawn. */

import { csvName, download, toCsv } from "./csv.ts";
import { button, h } from "./elements.ts";
import { panelFact } from "./fact.ts";
import type { PanelFact } from "./fact.ts";
import { inPage } from "./model.ts";
import type { Cleanup, Model, PanelModule } from "./model.ts";
import { adoptStyle, applyTheme } from "./style.ts";

/** What a panel draws from, and into. */
export interface Stage {
  fact: PanelFact;
  model: Model;
  /** The panel's root element, inside the host's. */
  root: HTMLElement;
  toolbar: HTMLElement;
  body: HTMLElement;
  /** Choices of the reader that outlive a change of the fact. */
  memory: Map<string, unknown>;
  /** Tell a screen reader what changed. */
  say: (text: string) => void;
}

export type Draw = (stage: Stage) => Cleanup;

function stage(model: Model, fact: PanelFact, memory: Map<string, unknown>): Stage {
  const toolbar = h("div", {
    class: "prp-toolbar",
    role: "group",
    "aria-label": `Options of ${fact.title || fact.kind}`,
  });
  const body = h("div", { class: "prp-body" });
  const live = h("div", { class: "prp-hidden", "aria-live": "polite" });
  const root = h("div", { class: `prp-root prp-root-${fact.kind}` }, toolbar, body, live);
  if (!inPage(model) && fact.disclosure.text) root.append(h("p", { class: "prp-foot" }, fact.disclosure.text));
  applyTheme(root, model.get("theme"));
  const say = (text: string): void => {
    live.textContent = text;
  };
  return { fact, model, root, toolbar, body, memory, say };
}

/** The button that hands out the fact's data; it stands last in the toolbar. */
function csvButton(fact: PanelFact): HTMLButtonElement {
  const title = "Download the data behind this panel";
  return button(
    { class: "prp-action prp-csv", title },
    () => {
      download(csvName(fact.title, fact.kind), toCsv(fact.frame));
    },
    "CSV",
  );
}

/** Say in a panel's place why it is not there. */
export function failure(error: unknown): HTMLElement {
  const reason = error instanceof Error ? error.message : String(error);
  return h("p", { class: "prp-failure", role: "alert" }, `This panel could not be drawn. ${reason}`);
}

/**
 * Make a module in anywidget's format out of a drawing function. It redraws when the fact changes, with the reader's
 * choices kept. In a notebook an error is shown in the panel's place; in a page it is thrown, because the page still
 * has the static fallback to show beside the message.
 */
export function panel(draw: Draw): PanelModule {
  return {
    render({ model, el }) {
      const memory = new Map<string, unknown>();
      let cleanup: Cleanup | null = null;
      const redraw = (): void => {
        cleanup?.();
        cleanup = null;
        adoptStyle(el);
        try {
          const fact = panelFact(model.get("fact"));
          const place = stage(model, fact, memory);
          el.replaceChildren(place.root);
          cleanup = draw(place);
          // Lines of code are no data; they have a copy button.
          if (Object.keys(fact.frame).length > 0 && fact.kind !== "code") place.toolbar.append(csvButton(fact));
          place.toolbar.hidden = place.toolbar.childElementCount === 0;
        } catch (error) {
          el.replaceChildren();
          if (inPage(model)) throw error;
          el.append(failure(error));
        }
      };
      redraw();
      for (const key of ["change:fact", "change:theme"]) model.on(key, redraw);
      return () => {
        for (const key of ["change:fact", "change:theme"]) model.off(key, redraw);
        cleanup?.();
      };
    },
  };
}
