/** What every panel stands in: toolbar, body, live region, disclosure; and what a reader sees when one cannot be drawn. */

import { csvName, download, toCsv } from "./csv.ts";
import { button, h } from "./elements.ts";
import { panelFact } from "./fact.ts";
import type { PanelFact } from "./fact.ts";
import { inPage, memoryOf, takesFailures } from "./model.ts";
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

/** A drawn panel. */
export interface Drawn {
  end: Cleanup;
  /**
   * Show another fact of the same kind in the same elements, so that nothing flickers and no control loses its focus.
   * False when the fact needs other elements: it is then drawn anew.
   */
  update?(fact: PanelFact): boolean;
}

export type Draw = (stage: Stage) => Drawn;

function stage(model: Model, fact: PanelFact, memory: Map<string, unknown>): Stage {
  const toolbar = h("div", {
    class: "prp-toolbar",
    role: "group",
    "aria-label": `Options of ${fact.title || fact.kind}`,
  });
  const body = h("div", { class: "prp-body" });
  const live = h("div", { class: "prp-hidden", "aria-live": "polite" });
  const root = h("div", { class: `prp-root prp-root-${fact.kind}` }, toolbar, body, live);
  if (!inPage(model)) root.append(h("p", { class: "prp-foot" }));
  writeFoot(root, fact);
  applyTheme(root, model.get("theme"));
  const say = (text: string): void => {
    live.textContent = text;
  };
  return { fact, model, root, toolbar, body, memory, say };
}

function writeFoot(root: HTMLElement, fact: PanelFact): void {
  const foot = root.querySelector<HTMLElement>(":scope > .prp-foot");
  if (!foot) return;
  foot.textContent = fact.disclosure.text;
  foot.hidden = fact.disclosure.text === "";
}

/** The button that hands out the fact's data; it stands last in the toolbar. */
function csvButton(shown: () => PanelFact): HTMLButtonElement {
  const title = "Download the data behind this panel";
  return button(
    { class: "prp-action prp-csv", title },
    () => {
      const fact = shown();
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
 * Make a module in anywidget's format out of a drawing function. When the fact changes it shows the new one, with the
 * reader's choices kept. In a widget an error is shown in the panel's place; in a page and in JupyterLab it is thrown,
 * because they still have the static face to show beside the message.
 */
export function panel(draw: Draw): PanelModule {
  return {
    render({ model, el }) {
      const memories = new Map<string, Map<string, unknown>>();
      let shown: { fact: PanelFact; place: Stage; drawn: Drawn } | null = null;
      const end = (): void => {
        shown?.drawn.end();
        shown = null;
      };
      const draws = (): void => {
        adoptStyle(el);
        const fact = panelFact(model.get("fact"));
        const place = stage(model, fact, memoryOf(model, fact.kind, memories));
        el.replaceChildren(place.root);
        shown = { fact, place, drawn: draw(place) };
        // Lines of code are no data; they have a copy button.
        if (Object.keys(fact.frame).length > 0 && fact.kind !== "code") {
          place.toolbar.append(csvButton(() => shown?.fact ?? fact));
        }
        place.toolbar.hidden = place.toolbar.childElementCount === 0;
      };
      const told = (act: () => void): void => {
        try {
          act();
        } catch (error) {
          end();
          el.replaceChildren();
          if (takesFailures(model)) throw error;
          el.append(failure(error));
        }
      };
      const redraw = (): void => {
        end();
        told(draws);
      };
      const update = (): void => {
        told(() => {
          const fact = panelFact(model.get("fact"));
          if (shown?.fact.kind === fact.kind && shown.drawn.update?.(fact)) {
            shown.fact = fact;
            writeFoot(shown.place.root, fact);
          } else {
            end();
            draws();
          }
        });
      };
      redraw();
      model.on("change:fact", update);
      model.on("change:theme", redraw);
      return () => {
        model.off("change:fact", update);
        model.off("change:theme", redraw);
        end();
      };
    },
  };
}
