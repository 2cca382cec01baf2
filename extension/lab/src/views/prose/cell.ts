/** One rendered markdown cell: values, citations, references and labels put where the renderer left their source. */

import type { MarkdownCell } from "@jupyterlab/cells";
import { MimeModel } from "@jupyterlab/rendermime";
import type { IDisposable } from "@lumino/disposable";
import type { Cites } from "../../models/facts/cites.ts";
import type { NotebookOutline } from "../../models/paper/outline.ts";
import type { Piece } from "../../models/prose/text.ts";
import { kindOf, piecesOf } from "../../models/prose/text.ts";
import type { NotebookValues } from "../../models/prose/values.ts";
import { expressionOf, findExpressions } from "../../models/prose/values-source.ts";
import { BibliographyView, LabelView, ReferenceView } from "./references.ts";
import { TitleView, afterFrontMatter } from "./title.ts";
import { ValueView } from "./values.ts";

/** What is text, but not prose. */
const FOREIGN =
  "code, pre, a, script, style, textarea, button, mjx-container, svg, .MathJax, .mermaid, .mathjax_ignore, .jp-pr-title";
/** Where pandoc puts the list of references. */
const REFERENCES = /^:{3,}\s*\{\s*#refs[^}]*\}\s*:{3,}$/;
const WORD_AFTER_AT = /@([\p{L}\p{N}_]+)/gu;
/** Stands for an escaped @, which no reference begins with, while a text is cut. */
const ESCAPED = "\ue000";

/** What the cell's views show comes from here. */
export interface Sources {
  readonly values: NotebookValues;
  readonly outline: NotebookOutline | null;
  /** Tells of the runs behind values; null until it is known who does. */
  readonly cites: Cites | null;
  /** Whether the front matter would stand in this cell. */
  isFirst(cell: MarkdownCell): boolean;
}

export class CellProse implements IDisposable {
  isDisposed = false;
  readonly cell: MarkdownCell;
  private readonly _sources: Sources;
  private readonly _root: HTMLElement;
  private readonly _observer: MutationObserver;
  private _values: ValueView[] = [];
  private _prose: (ReferenceView | LabelView | BibliographyView)[] = [];
  private _title: TitleView | null = null;
  /** The source of which only what follows its front matter is rendered. */
  private _without: string | null = null;

  constructor(cell: MarkdownCell, sources: Sources) {
    this.cell = cell;
    this._sources = sources;
    this._root = cell.renderer.node;
    // The renderer replaces all that the node holds; this runs before the browser paints what it put there.
    this._observer = new MutationObserver(() => {
      this._decorate();
    });
    this._observer.observe(this._root, { childList: true });
    cell.model.metadataChanged.connect(this.showValues);
    if (this._root.childNodes.length > 0) this._decorate();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._observer.disconnect();
    for (const view of this._values) view.dispose();
    if (!this.cell.isDisposed) this.cell.model.metadataChanged.disconnect(this.showValues);
  }

  /** Show the values as they are now. */
  readonly showValues = (): void => {
    if (this.cell.isDisposed) return;
    const { values, cites } = this._sources;
    for (const view of this._values) view.show(() => values.shown(this.cell.model, view.expression), cites);
  };

  /** Number and cite by the outline as it is now. */
  showOutline(): void {
    const { outline } = this._sources;
    for (const view of this._prose) view.show(outline);
    this._title?.show(outline?.outline ?? null);
  }

  /** The element that bears a label, in this cell. */
  labelled(label: string): HTMLElement | null {
    const found = this._prose.find((view) => view instanceof LabelView && view.label === label);
    return found?.node.parentElement ?? null;
  }

  private _decorate(): void {
    const source = this.cell.model.sharedModel.getSource();
    for (const view of this._values) if (!this._root.contains(view.node)) view.dispose();
    this._values = this._values.filter(({ isDisposed }) => !isDisposed);
    this._prose = this._prose.filter(({ node }) => this._root.contains(node));
    if (this._frontMatter(source)) return;
    this._placeValues(source);
    this._placeBibliography(source);
    this._placeProse(source);
    this.showValues();
    this.showOutline();
    // What was changed here is no news.
    this._observer.takeRecords();
    if (this._values.length > 0) this._sources.values.rendered(this.cell.model);
  }

  /** Put the title block in place of front matter; true while what follows it is being rendered. */
  private _frontMatter(source: string): boolean {
    const rest = this._sources.isFirst(this.cell) ? afterFrontMatter(source) : null;
    if (rest === null) {
      this._title = this._without = null;
      return false;
    }
    if (this._without !== source) {
      this._without = source;
      this._root.classList.add("jp-pr-waiting");
      // Space alone, because the renderer takes an empty text for one that it has shown.
      const model = new MimeModel({ data: { "text/markdown": rest.trim() ? rest : "&nbsp;" } });
      this.cell.renderer.renderModel(model).catch((error: unknown) => {
        console.error("pressrun:", error);
      });
      return true;
    }
    this._root.classList.remove("jp-pr-waiting");
    if (!this._title || !this._root.contains(this._title.node)) {
      this._title = new TitleView();
      this._root.prepend(this._title.node);
    }
    return false;
  }

  private _placeValues(source: string): void {
    const expressions = new Map(findExpressions(source).map((expression) => [spaced(expression), expression]));
    if (expressions.size === 0) return;
    for (const code of this._root.querySelectorAll("code")) {
      const expression = expressions.get(spaced(expressionOf(code.textContent) ?? ""));
      if (expression === undefined || code.parentElement?.closest("pre, a, mjx-container")) continue;
      const view = new ValueView(expression);
      this._values.push(view);
      code.replaceWith(view.node);
    }
  }

  private _placeBibliography(source: string): void {
    if (!source.includes("#refs")) return;
    for (const paragraph of this._root.querySelectorAll("p")) {
      if (!REFERENCES.test(paragraph.textContent.trim())) continue;
      const view = new BibliographyView();
      this._prose.push(view);
      paragraph.replaceWith(view.node);
    }
  }

  private _placeProse(source: string): void {
    if (!/[@{]/.test(source)) return;
    const escapes = escapesIn(source);
    const walker = document.createTreeWalker(this._root, NodeFilter.SHOW_TEXT);
    const texts: [Text, string][] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node as Text;
      const marked = escapes ? text.data.replace(WORD_AFTER_AT, (all, word: string) => escapes(word, all)) : text.data;
      if (/[@{]/.test(marked) && !text.parentElement?.closest(FOREIGN)) texts.push([text, marked]);
    }
    for (const [text, marked] of texts) this._cut(text, marked);
  }

  private _cut(node: Text, marked: string): void {
    const pieces = piecesOf(marked);
    if (pieces.every(({ kind }) => kind === "text" || kind === "math")) return;
    const parts: (Node | string)[] = [];
    pieces.forEach((piece, at) => {
      if (piece.kind === "cite") {
        const view = new ReferenceView({ ...piece, text: restored(piece.text) });
        this._prose.push(view);
        parts.push(view.node);
      } else if (piece.kind === "attributes") this._label(piece, pieces, at, parts, node);
      else parts.push(restored(piece.text));
    });
    node.replaceWith(...parts);
  }

  /** Hide attributes that belong to what stands before them, and number it. */
  private _label(
    piece: Extract<Piece, { kind: "attributes" }>,
    pieces: readonly Piece[],
    at: number,
    parts: (Node | string)[],
    node: Text,
  ): void {
    const kind = kindOf(piece.label);
    const before = pieces[at - 1];
    const blank = before?.kind === "text" && !before.text.trim();
    const math = at === 0 || (blank && at === 1) ? typeset(node) : (blank ? pieces[at - 2] : before)?.kind === "math";
    const heading = node.parentElement?.closest("h1, h2, h3, h4, h5, h6");
    const image = at === 0 && node.previousSibling instanceof HTMLImageElement;
    if (!math && !heading && !image && kind === null) {
      parts.push(restored(piece.text));
      return;
    }
    const view = new LabelView(piece.label, math && kind === "eq" ? "equation" : image ? "caption" : "none");
    this._prose.push(view);
    if (!math || kind !== "eq") {
      // The space before hidden attributes would be one too many.
      const last = parts.at(-1);
      if (typeof last === "string") parts[parts.length - 1] = last.replace(/[ \t]+$/, "");
      parts.push(view.node);
      return;
    }
    const row = document.createElement("span");
    row.className = "jp-pr-equation";
    const formula = document.createElement("span");
    if (blank) parts.pop();
    formula.append(parts.pop() ?? node.previousSibling ?? "");
    row.append(formula, view.node);
    parts.push(row);
  }
}

/** Whether a displayed formula, already typeset, stands right before a text. */
function typeset(node: Text): boolean {
  return node.previousSibling instanceof Element && node.previousSibling.matches("mjx-container, .MathJax");
}

/**
 * Tell which @ of the rendered text was escaped in the source; null if none was.
 *
 * The renderer drops the backslash, but keeps the order in which words come.
 */
function escapesIn(source: string): ((word: string, all: string) => string) | null {
  if (!source.includes("\\@")) return null;
  const flags = new Map<string, boolean[]>();
  for (const [, slashes = "", word = ""] of source.matchAll(/(\\*)@([\p{L}\p{N}_]+)/gu)) {
    flags.set(word, [...(flags.get(word) ?? []), slashes.length % 2 === 1]);
  }
  return (word, all) => (flags.get(word)?.shift() ? ESCAPED + word : all);
}

const restored = (text: string): string => text.replaceAll(ESCAPED, "@");
const spaced = (text: string): string => text.trim().replace(/\s+/g, " ");
