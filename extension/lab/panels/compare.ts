/** The compare panel: runs side by side, what differs first, what is the same on request, and the code's difference. */

import { h, toggle } from "./elements.ts";
import { gridOf } from "./fact.ts";
import type { Grid, GridRow } from "./fact.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { sectionRow } from "./table.ts";
import { printable, visible } from "./text.ts";

/** Whether all runs have the same in a row. */
function isSame({ cells }: GridRow): boolean {
  const [, first, ...others] = cells;
  return first !== undefined && others.every((cell) => cell.text === first.text);
}

function rowOf(grid: Grid, row: GridRow): HTMLElement {
  const same = isSame(row);
  return h(
    "tr",
    { class: same ? "prp-same" : "prp-differs" },
    ...row.cells.map((cell, index) => {
      const align = `prp-${grid.columns[index]?.align ?? "left"}`;
      const text = printable(cell.text) || "\u2014";
      if (index === 0) return h("th", { scope: "row", class: align, title: printable(row.label) }, h("bdi", {}, text));
      return h("td", { class: align, title: printable(cell.note) || null }, h("span", { class: "prp-number" }, text));
    }),
  );
}

/** A unified diff, its lines told apart by sign, colour and name. */
function diffOf(text: string): HTMLElement {
  const kind = (line: string): string => {
    if (/^(diff |index |--- |\+\+\+ |new file|deleted file|similarity |rename )/.test(line)) return "meta";
    if (line.startsWith("@@")) return "hunk";
    if (line.startsWith("+")) return "added";
    return line.startsWith("-") ? "removed" : "context";
  };
  const lines = visible(text).replace(/\n$/, "").split("\n");
  const code = h("code", {}, ...lines.map((line) => h("span", { class: `prp-line prp-${kind(line)}` }, `${line}\n`)));
  return h("pre", { class: "prp-diff", tabindex: 0, "aria-label": "Difference of the code" }, code);
}

/** The diffs that the view brings: one text, or several with a title each. */
function diffsIn(view: Readonly<Record<string, unknown>>): { title: string; text: string }[] {
  const found = view.diffs ?? view.diff;
  if (typeof found === "string") return found ? [{ title: "Code", text: found }] : [];
  if (!Array.isArray(found)) return [];
  return found.flatMap((each: { title?: unknown; text?: unknown }) => {
    if (typeof each.text !== "string" || each.text === "") return [];
    return [{ title: typeof each.title === "string" ? each.title : "Code", text: each.text }];
  });
}

/** Draw a compare panel. */
export function drawCompare({ fact, toolbar, body, memory }: Stage): Drawn {
  const grid = gridOf(fact);
  const rows = h("tbody", {});
  const head = h(
    "tr",
    {},
    ...grid.columns.map((column) => h("th", { scope: "col", class: `prp-${column.align}` }, printable(column.title))),
  );
  const table = h("table", { class: "prp-grid prp-pairs" }, h("thead", {}, head), rows);
  const same = grid.rows.filter(isSame).length;
  const fill = (all: boolean): void => {
    memory.set("all", all);
    const starts = new Map((grid.sections ?? []).map(({ first_row, title }) => [first_row, title]));
    let pending = "";
    rows.replaceChildren(
      ...grid.rows.flatMap((row, index) => {
        pending = starts.get(index) ?? pending;
        if (!all && isSame(row)) return [];
        const title = pending ? [sectionRow(pending, grid.columns.length)] : [];
        pending = "";
        return [...title, rowOf(grid, row)];
      }),
    );
    if (rows.childElementCount === 0) {
      rows.append(h("tr", {}, h("td", { colspan: grid.columns.length, class: "prp-empty" }, "Nothing differs.")));
    }
  };
  const all = memory.get("all") === true;
  if (same > 0) toolbar.append(toggle(`show the ${same} that are the same`, all, fill));
  toolbar.append(h("span", { class: "prp-space" }));
  fill(all);
  body.append(
    h("div", { class: "prp-scroll", tabindex: 0, role: "region", "aria-label": fact.title || "Comparison" }, table),
  );
  for (const { title, text } of diffsIn(fact.view))
    body.append(h("h4", { class: "prp-diff-title" }, printable(title)), diffOf(text));
  const notes = (grid.notes ?? []).map((note) => h("p", {}, printable(note)));
  if (notes.length > 0) body.append(h("div", { class: "prp-notes" }, ...notes));
  return { end: () => undefined };
}

export default panel(drawCompare);
