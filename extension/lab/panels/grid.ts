/** A grid as a plain table: what a chart shows, for who cannot see it, or copies it. */

import { h } from "./elements.ts";
import type { Grid, GridRow } from "./fact.ts";
import { sectionRow } from "./table.ts";
import { printable } from "./text.ts";

/** The table, in a box that scrolls, with its notes under it. */
export function plainGrid(grid: Grid, label: string): HTMLElement {
  const align = (index: number): string => `prp-${grid.columns[index]?.align ?? "left"}`;
  const head = grid.columns.map(({ title, unit }, index) =>
    h("th", { scope: "col", class: align(index) }, printable(title) + (unit ? ` (${printable(unit)})` : "")),
  );
  const rowOf = (row: GridRow): HTMLElement =>
    h(
      "tr",
      { class: row.baseline ? "prp-baseline" : null },
      ...row.cells.map((cell, index) => {
        const text = printable(cell.text) || "\u2014";
        const title = printable(cell.note) || null;
        if (index === 0) return h("th", { scope: "row", class: align(index), title }, h("bdi", {}, text));
        const marked = cell.mark ? `prp-mark-${cell.mark}` : "";
        return h("td", { class: align(index), title }, h("span", { class: `prp-number ${marked}` }, text));
      }),
    );
  const starts = new Map((grid.sections ?? []).map(({ first_row, title }) => [first_row, title]));
  const rows = grid.rows.flatMap((row, index) => {
    const section = starts.get(index);
    return section ? [sectionRow(section, grid.columns.length), rowOf(row)] : [rowOf(row)];
  });
  const table = h("table", { class: "prp-grid" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  const notes = (grid.notes ?? []).map((note) => h("p", {}, printable(note)));
  return h(
    "div",
    {},
    h("div", { class: "prp-scroll", tabindex: 0, role: "region", "aria-label": printable(label) }, table),
    h("div", { class: "prp-notes", hidden: notes.length === 0 }, ...notes),
  );
}
