/** Citations and cross-references in rendered prose, as the published paper prints them. */

import type { NotebookOutline } from "../../models/paper/outline.ts";
import type { Cite, Part } from "../../models/prose/references.ts";
import { partsOf } from "../../models/prose/references.ts";
import { tell } from "./tips.ts";

export interface Target {
  readonly cell: string;
  readonly label: string;
}

/** Where each link of the prose leads. */
const targets = new WeakMap<Element, Target>();

/** The target of the link that an event was on; null if it was on none. */
export function targetOf(node: EventTarget | null): Target | null {
  const link = node instanceof Element ? node.closest(".jp-pr-reference[role=link]") : null;
  return (link && targets.get(link)) ?? null;
}

export class ReferenceView {
  readonly node = document.createElement("span");
  private readonly _cite: Cite;
  private _read = "";

  constructor(cite: Cite) {
    this._cite = cite;
    this.node.className = "jp-pr-cite mathjax_ignore";
    this.node.textContent = cite.text;
  }

  show(known: NotebookOutline | null): void {
    const parts = partsOf(this._cite, known?.outline ?? null, known?.pending === false);
    const read = JSON.stringify(parts);
    if (read === this._read) return;
    this._read = read;
    this.node.replaceChildren(...parts.map(written));
  }
}

function written(part: Part): Node | string {
  if (part.state === "plain") return part.text;
  const node = document.createElement("span");
  node.className = "jp-pr-reference";
  node.dataset.state = part.state;
  node.tabIndex = 0;
  node.textContent = part.text;
  tell(node, () => part.rows);
  if (part.cell !== null) {
    node.setAttribute("role", "link");
    targets.set(node, { cell: part.cell, label: part.label });
  }
  if (part.state === "unknown") {
    node.append(remark(" (unknown)"));
  }
  return node;
}

function remark(text: string): HTMLElement {
  const mark = document.createElement("span");
  mark.className = "jp-pr-remark";
  mark.textContent = text;
  return mark;
}

/** The list of references where the paper prints it: what the prose cites so far. */
export class BibliographyView {
  readonly node = document.createElement("div");

  constructor() {
    this.node.className = "jp-pr-bibliography mathjax_ignore";
  }

  show(known: NotebookOutline | null): void {
    const outline = known?.outline;
    if (!outline) return;
    const listed = outline.citations.filter(({ entry }) => entry);
    const entries = listed.map(({ entry }) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = entry;
      return paragraph;
    });
    this.node.replaceChildren(...(entries.length > 0 ? entries : [remark("Nothing is cited yet.")]));
  }
}

/** A label given in the prose: its attributes are hidden, and where readers see a number it stands instead. */
export class LabelView {
  readonly node = document.createElement("span");
  readonly label: string;
  private readonly _form: "equation" | "caption" | "none";

  constructor(label: string, form: "equation" | "caption" | "none") {
    this.label = label;
    this._form = form;
    this.node.className = form === "none" ? "jp-pr-attributes" : `jp-pr-number jp-pr-${form}-number`;
    if (label) this.node.dataset.prLabel = label;
  }

  show(known: NotebookOutline | null): void {
    if (this._form === "none") return;
    const found = known?.outline?.labels.find(({ label }) => label === this.label);
    const equation = found?.number ? `(${found.number})` : "";
    const caption = found ? [found.text, found.caption].filter(Boolean).join(". ") : "";
    this.node.textContent = this._form === "equation" ? equation : caption;
  }
}
