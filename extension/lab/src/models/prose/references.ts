/** How citations and cross-references of the prose read: by the outline, whose numbers are the published ones. */

import type { Outline } from "../../api/payloads/papers.ts";
import type { CitedKey, Piece } from "./text.ts";
import { kindOf } from "./text.ts";
import type { Row } from "./values-result.ts";

export type Cite = Extract<Piece, { kind: "cite" }>;

/** A part of a reference: words, and where they lead. */
export interface Part {
  readonly text: string;
  /** "plain" is not understood yet, or never: it stands as it was written. */
  readonly state: "plain" | "known" | "unknown";
  readonly rows: readonly Row[];
  /** The cell that it leads to, by id; null for one that leads nowhere in the notebook. */
  readonly cell: string | null;
  /** The label within that cell; "" for a citation. */
  readonly label: string;
}

const NBSP = "\u00a0";

const words = (text: string): Part => ({ text, state: "plain", rows: [], cell: null, label: "" });

/** Give the parts that a reference reads as; `settled` says whether the outline knows the newest text. */
export function partsOf(cite: Cite, outline: Outline | null, settled: boolean): readonly Part[] {
  if (!outline) return [words(cite.text)];
  const references = cite.keys.filter(({ key }) => kindOf(key) !== null);
  if (references.length === 0) return [citation(cite, outline, settled)];
  if (references.length < cite.keys.length) {
    return [unknown(cite.text, `${cite.text} mixes citations and cross-references: write two brackets.`, settled)];
  }
  return cite.keys.flatMap((key, at) => {
    const between = at === 0 ? [] : [words(at === cite.keys.length - 1 ? " and " : ", ")];
    const suffix = cite.bracketed ? spaced(key.suffix) : key.suffix ? ` [${key.suffix}]` : "";
    return [...between, reference(key, outline, settled), ...(suffix ? [words(suffix)] : [])];
  });
}

function reference({ key, prefix, suppressed }: CitedKey, outline: Outline, settled: boolean): Part {
  const name = key.charAt(0).toLowerCase() + key.slice(1);
  const label = outline.labels.find((each) => each.label === name);
  if (!label) return unknown(`@${key}`, whatIsWrong(key, outline, "There is no such label in this paper."), settled);
  const claim = outline.claims.find((each) => each.label === name);
  let text = label.text;
  // As in the published paper, what the author writes before a reference takes the place of its name.
  if (label.number && suppressed) text = label.number;
  else if (label.number && prefix) text = `${prefix}${NBSP}${label.number}`;
  const rows: Row[] = claim
    ? [
        [label.text, claim.statement],
        ["Verdict", [claim.verdict ?? "not judged yet", claim.reason].filter(Boolean).join(": ")],
      ]
    : [[label.text, label.caption]];
  return { text, state: "known", rows, cell: label.cell, label: name };
}

function citation(cite: Cite, outline: Outline, settled: boolean): Part {
  const known = new Set(outline.entries.map(({ key }) => key));
  const missing = cite.keys.find(({ key }) => !known.has(key) && key !== "*");
  if (missing) {
    const { key } = missing;
    return unknown(cite.text, whatIsWrong(key, outline, `@${key} is in no bibliography.`), settled);
  }
  const rows = cite.keys.map(({ key }): Row => {
    const printed = outline.citations.find((each) => each.key === key);
    return [key, printed?.entry ?? outline.entries.find((entry) => entry.key === key)?.text ?? ""];
  });
  const text = printedOf(cite, outline);
  const problem = cite.keys.map(({ key }) => problemOf(key, outline)).find(Boolean);
  if (text === null && problem) return unknown(cite.text, problem, settled);
  // A key that was just typed is in the bibliography, and its number comes with the next outline.
  return { text: text ?? cite.text, state: text === null ? "plain" : "known", rows, cell: null, label: "" };
}

/** What the published paper prints in place of a citation; null while that is not known. */
function printedOf(cite: Cite, outline: Outline): string | null {
  const written = plain(cite.text);
  const exact = outline.written?.find((each) => plain(each.written) === written);
  if (exact) return exact.text;
  const [only, ...others] = cite.keys;
  if (!only || others.length > 0 || only.prefix || only.suffix || only.suppressed) return null;
  return outline.citations.find(({ key }) => key === only.key)?.text ?? null;
}

/** What the outline says of a key that it does not know, or else what can be said without it. */
function whatIsWrong(key: string, outline: Outline, otherwise: string): string {
  return problemOf(key, outline) || otherwise;
}

function problemOf(key: string, outline: Outline): string {
  const problem = outline.problems.find(({ what }) => new RegExp(`@${escaped(key)}(?![\\w-])`).test(what));
  return problem ? [problem.what, problem.hint].filter(Boolean).join(": ") : "";
}

function unknown(text: string, what: string, settled: boolean): Part {
  if (!settled) return words(text);
  return { text, state: "unknown", rows: [["Problem", what]], cell: null, label: "" };
}

const plain = (text: string): string => text.replace(/\s+/g, " ").trim();
const spaced = (text: string): string => (/^[\p{L}\p{N}]/u.test(text) ? ` ${text}` : text);
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
