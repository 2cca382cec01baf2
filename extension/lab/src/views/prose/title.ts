/** The title block of a paper whose front matter stands in a markdown cell. */

import type { Front, Outline } from "../../api/payloads/papers.ts";

/** From the very beginning of a source alone, as `\A` says elsewhere. */
const BLOCK = /(?<![^])\s*---[ \t]*\r?\n[^]*?^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/m;

/** The text after the front matter; null where a source does not begin with any. */
export function afterFrontMatter(source: string): string | null {
  const match = BLOCK.exec(source);
  return match ? source.slice(match[0].length) : null;
}

export class TitleView {
  readonly node = document.createElement("header");
  private _read = "";

  constructor() {
    this.node.className = "jp-pr-title";
    this._fill([element("p", "jp-pr-title-note", "Front matter")]);
  }

  show(outline: Outline | null): void {
    const read = JSON.stringify([outline?.title, outline?.front]);
    if (!outline || read === this._read) return;
    this._read = read;
    this._fill([heading(outline.title), ...(outline.front ? linesOf(outline.front) : [])]);
  }

  private _fill(lines: readonly HTMLElement[]): void {
    this.node.replaceChildren(...lines);
  }
}

/** No `h1`: JupyterLab gives the headings of a cell links of its own, early or late. */
function heading(title: string): HTMLElement {
  const node = element("div", "jp-pr-title-text", title);
  node.setAttribute("role", "heading");
  node.ariaLevel = "1";
  return node;
}

function linesOf(front: Front): HTMLElement[] {
  const authors = front.authors.map(({ name, corresponding }) => (corresponding ? `${name} (corresponding)` : name));
  const places = [...new Set(front.authors.flatMap(({ affiliations }) => affiliations))];
  const lines: readonly [string, string][] = [
    ["jp-pr-subtitle", front.subtitle],
    ["jp-pr-authors", authors.join(", ")],
    ["jp-pr-affiliations", places.join("; ")],
    ["jp-pr-facts", [front.date, front.license].filter(Boolean).join(" · ")],
    ["jp-pr-abstract", front.abstract],
    ["jp-pr-facts", front.keywords.length > 0 ? `Keywords: ${front.keywords.join(", ")}` : ""],
  ];
  return lines.filter(([, text]) => text).map(([name, text]) => element("p", name, text));
}

function element(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
