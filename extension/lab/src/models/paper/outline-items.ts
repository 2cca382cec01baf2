/** The outline as a list for reading: sections with what stands in them, in the notebook's order. */

import type { Claim, Label, Outline, OutlineProblem } from "../../api/payloads/papers.ts";
import { claimKey } from "./claims.ts";

export type Verdict = Claim["verdict"];
export type ItemKind = Label["kind"];

export interface Item {
  readonly key: string;
  readonly kind: ItemKind;
  /** How deep it stands, from 0. */
  readonly depth: number;
  /** As the paper prints it: "2.1", "Figure 2", "" where it has none. */
  readonly number: string;
  readonly text: string;
  /** The cell's id. */
  readonly cell: string | null;
  readonly anchor: string;
  readonly verdict: Verdict | null;
  readonly problems: readonly OutlineProblem[];
}

const HEADING = /^ {0,3}#{1,6}[ \t]/gm;

/** An item with where it stands: its cell's place and its rank within the cell. */
interface Placed extends Omit<Item, "depth" | "problems"> {
  readonly place: number;
  /** Where it stands in its cell's source; 0 where that is not known. */
  readonly within: number;
  readonly level: number | null;
}

/**
 * Give the items in the order of the notebook's cells.
 *
 * `places` are the places of cells by id, `source` gives what is written in one, `verdicts` those by the runs as they are now, by cell and label.
 */
export function outlineItems(
  outline: Outline,
  places: ReadonlyMap<string, number>,
  source: (cell: string) => string,
  verdicts: ReadonlyMap<string, Verdict> = new Map(),
): readonly Item[] {
  const last = places.size;
  const at = (cell: string | null): number => (cell === null ? last : (places.get(cell) ?? last));
  const headings = headingPlaces(outline, source);
  const labelPlace = (cell: string | null, label: string): number =>
    cell === null || !headings.cells.has(cell) ? 0 : Math.max(0, source(cell).indexOf(`{#${label}`));
  const placed: Placed[] = [
    ...outline.sections.map((section, index): Placed => ({
      key: `sec:${index}`,
      kind: "sec",
      number: section.number,
      text: section.title,
      cell: section.cell,
      anchor: section.anchor,
      verdict: null,
      place: at(section.cell),
      within: headings.places[index] ?? 0,
      level: section.level,
    })),
    ...outline.labels
      .filter(({ kind, label }) => kind !== "sec" && !outline.claims.some((claim) => claim.label === label))
      .map((label): Placed => ({
        ...ofLabel(label),
        verdict: verdicts.get(label.label) ?? null,
        place: at(label.cell),
        within: labelPlace(label.cell, label.label),
        level: null,
      })),
    ...outline.claims.map((claim, index): Placed => ({
      key: `clm:${claim.label || index}`,
      kind: "clm",
      number: claim.text,
      text: claim.statement,
      cell: claim.cell,
      anchor: claim.anchor,
      verdict: verdicts.get(claimKey(claim)) ?? claim.verdict,
      place: at(claim.cell),
      within: 0,
      level: null,
    })),
  ];
  placed.sort((one, other) => one.place - other.place || one.within - other.within || rank(one) - rank(other));
  return withDepth(placed, outline.problems);
}

/** Give the item that the author is at: the last one at or before the current cell. */
export function itemAt(items: readonly Item[], cell: string, places: ReadonlyMap<string, number>): Item | undefined {
  const here = places.get(cell);
  if (here === undefined) return undefined;
  const own = items.find((item) => item.cell === cell);
  return own ?? items.findLast((item) => item.cell !== null && (places.get(item.cell) ?? Infinity) <= here);
}

/** Problems of no item: of cells that the outline does not name. */
export function looseProblems(outline: Outline, items: readonly Item[]): readonly OutlineProblem[] {
  const shown = new Set(items.flatMap((item) => item.problems));
  return outline.problems.filter((problem) => !shown.has(problem));
}

function ofLabel(label: Label): Omit<Item, "depth" | "problems"> {
  const { kind, caption, cell, anchor } = label;
  // TeX cut off in its middle tells nobody which equation it is; what one refers to it by does.
  const text = kind === "eq" ? label.label : caption || label.label;
  return { key: label.label, kind, number: label.text, text, cell, anchor, verdict: null };
}

/** Where each section's heading stands in its cell, for cells whose headings are those that the outline names. */
function headingPlaces(
  outline: Outline,
  source: (cell: string) => string,
): { readonly places: readonly number[]; readonly cells: ReadonlySet<string> } {
  const places: number[] = outline.sections.map(() => 0);
  const cells = new Set<string>();
  for (const cell of new Set(outline.sections.map((section) => section.cell))) {
    if (cell === null) continue;
    const own = outline.sections.flatMap((section, index) => (section.cell === cell ? [index] : []));
    const found = Array.from(source(cell).matchAll(HEADING), ({ index }) => index);
    if (found.length !== own.length) continue;
    cells.add(cell);
    own.forEach((section, nth) => {
      places[section] = found[nth] ?? 0;
    });
  }
  return { places, cells };
}

function rank(item: Placed): number {
  return item.kind === "sec" ? 0 : 1;
}

function withDepth(placed: readonly Placed[], problems: readonly OutlineProblem[]): readonly Item[] {
  const levels = placed.flatMap(({ level }) => level ?? []);
  const top = levels.length > 0 ? Math.min(...levels) : 1;
  let depth = 0;
  const told = new Set<string>();
  return placed.map((each) => {
    const { key, kind, number, text, cell, anchor, verdict, level } = each;
    if (level !== null) depth = level - top + 1;
    // A cell's problems are told once, at its first item.
    const own = cell !== null && !told.has(cell) ? problems.filter((problem) => problem.cell === cell) : [];
    if (cell !== null) told.add(cell);
    return { key, kind, number, text, cell, anchor, verdict, depth: level === null ? depth : depth - 1, problems: own };
  });
}
