/** What can be completed where an author writes: keys and labels in prose, expressions, and options of cells. */

import type { Outline } from "../../api/payloads/papers.ts";

/** What the text before the cursor asks for; `start` is where that which is completed begins. */
export type Wish =
  | { readonly kind: "key"; readonly start: number }
  | { readonly kind: "expression"; readonly start: number; readonly code: string }
  | { readonly kind: "option"; readonly start: number }
  | { readonly kind: "choice"; readonly start: number; readonly option: string };

export interface Item {
  readonly label: string;
  readonly insertText: string;
  readonly type: string;
  readonly documentation?: string;
}

const KEY = /(?<![\p{L}\p{N}_.\-/@\\+]-?)-?@(\{?[\p{L}\p{N}_:.#$%&\-+?<>~/]*)$/u;
const EXPRESSION = /(?<!`)`\{python\}\s+([^`]*)$/;
const OPTION = /^[ \t]*#\|[ \t]*([\w-]*)$/;
const CHOICE = /^[ \t]*#\|[ \t]*([\w-]+):[ \t]*([^\s"']*)$/;

/** Characters of a caption or title that a menu shows. */
const DETAIL = 72;

const OPTIONS: Readonly<Record<string, string>> = {
  label: "what cross-references name: fig-…, tbl-…, lst-…, clm-…",
  "fig-cap": "caption of the figure",
  "tbl-cap": "caption of the table",
  "lst-cap": "caption of the listing",
  alt: "text for those who cannot see the figure",
  echo: "show the code",
  "code-fold": "show the code folded",
  "code-summary": "heading of the folded code",
  output: "false hides what the cell shows",
  include: "false hides code and output",
  timeout: "seconds before the cell is ended",
};
const SWITCHES = ["echo", "code-fold", "output", "include"];
const LABELS: Readonly<Record<string, string>> = {
  "fig-": "figure",
  "tbl-": "table",
  "lst-": "listing",
  "clm-": "claim",
};
const KINDS = { fig: "figure", tbl: "table", lst: "listing", eq: "equation", sec: "section", clm: "claim" } as const;

/** Give what the text before the cursor of a cell asks for; null for nothing of ours. */
export function wishOf(before: string, prose: boolean): Wish | null {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (!prose) return optionWish(before, line);
  const paragraph = before.slice(before.lastIndexOf("\n\n") + 1);
  const [, code] = EXPRESSION.exec(paragraph) ?? [];
  if (code !== undefined) return { kind: "expression", start: before.length - code.length, code };
  // Within a code span an @ is a decorator.
  if ((paragraph.split("`").length - 1) % 2 === 1) return null;
  const [, key] = KEY.exec(line) ?? [];
  return key === undefined ? null : { kind: "key", start: before.length - key.replace("{", "").length };
}

function optionWish(before: string, line: string): Wish | null {
  // Options end with the first line of code.
  if (!/^\s*(?:#\|[^\n]*\n\s*)*#\|[^\n]*$/.test(before)) return null;
  const [, name] = OPTION.exec(line) ?? [];
  if (name !== undefined) return { kind: "option", start: before.length - name.length };
  const [, option, choice] = CHOICE.exec(line) ?? [];
  if (option === undefined || choice === undefined) return null;
  return option === "label" || SWITCHES.includes(option)
    ? { kind: "choice", start: before.length - choice.length, option }
    : null;
}

/** The entries of the bibliographies and the labels of a paper, as a menu shows them. */
export function keyItems(outline: Outline): Item[] {
  const labels = outline.labels.map(({ label, kind, text, caption }) => ({
    label: detailed(label, [text, caption].filter(Boolean).join(": ")),
    insertText: label,
    type: KINDS[kind],
    documentation: [text, caption].filter(Boolean).join("\n\n"),
  }));
  const entries = outline.entries.map(({ key, text }) => ({
    label: detailed(key, text),
    insertText: key,
    type: "reference",
    documentation: text,
  }));
  return [...labels, ...entries];
}

/** The options of a cell, or the values that one of them can have. */
export function optionItems(wish: Wish): Item[] {
  if (wish.kind === "option") {
    return Object.entries(OPTIONS).map(([name, help]) => ({
      label: detailed(name, help),
      insertText: `${name}: `,
      type: "option",
    }));
  }
  if (wish.kind !== "choice") return [];
  const choices = wish.option === "label" ? LABELS : { true: "", false: "" };
  return Object.entries(choices).map(([name, help]) => ({
    label: detailed(name, help),
    insertText: name,
    type: "option",
  }));
}

function detailed(name: string, detail: string): string {
  // JupyterLab looks for what was typed only in what stands before a parenthesis.
  const text = detail.replace(/[()]/g, "").replace(/\s+/g, " ").trim();
  const short = text.length > DETAIL ? `${text.slice(0, DETAIL - 1).trimEnd()}…` : text;
  return short ? `${name} · ${short}` : name;
}

/** Whether an item's name or detail has a word that begins as the query says. */
export function answers(label: string, query: string): boolean {
  const sought = query.toLowerCase();
  const text = label.toLowerCase();
  return text.startsWith(sought) || text.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(sought));
}
