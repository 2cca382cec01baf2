/** The table panel: groups or runs in rows, to sort, filter and set against a baseline of the reader's choice. */

import { Observations, difference, senseOf } from "./differences.ts";
import { button, choice, h, toggle } from "./elements.ts";
import { gridOf, toNumber } from "./fact.ts";
import type { Delta, Grid, GridCell, GridColumn, GridRow, PanelFact, Verdict } from "./fact.ts";
import { optionsOf, tell } from "./model.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { count, printable, writeMeasured } from "./text.ts";

/** Differences by column, by the row taken as baseline, by row. */
type Differences = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, Delta>> | undefined>> | undefined>
>;

interface Choices {
  sort: { column: number; descending: boolean } | null;
  filter: string;
  deltas: boolean;
  /** The key of the row that others are compared with; "" for none. */
  baseline: string;
}

const SIGNS: Readonly<Record<Verdict, { sign: string; words: string }>> = {
  better: { sign: "\u25b2", words: "better than the baseline" },
  worse: { sign: "\u25bc", words: "worse than the baseline" },
  unresolved: { sign: "\u2248", words: "not told apart from the baseline" },
};

const MARKS = { best: "best", tied: "among the best that cannot be told apart" } as const;
const LEVEL = 0.95;

class TablePanel {
  readonly #stage: Stage;
  #grid: Grid;
  #observations: Observations;
  readonly #choices: Choices;
  readonly #head = h("tr", {});
  readonly #bodyRows = h("tbody", {});
  readonly #notes = h("div", { class: "prp-notes" });

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#grid = gridOf(stage.fact);
    this.#observations = new Observations(stage.fact.frame);
    const known = stage.memory.get("choices") as Choices | undefined;
    this.#choices = known ?? { sort: null, filter: "", deltas: true, baseline: this.#authorsBaseline };
    stage.memory.set("choices", this.#choices);
    this.#layOut();
    this.#update();
  }

  /** Show another fact in the same elements; false where its rows, columns or controls are others. */
  show(fact: PanelFact): boolean {
    const grid = gridOf(fact);
    const given = (of: Grid): boolean => of.rows.some((row) => row.cells.some((cell) => cell.delta));
    const shape = (of: Grid): string => JSON.stringify([of.columns, of.rows.map(({ key }) => key), given(of)]);
    if (shape(grid) !== shape(this.#grid)) return false;
    const comparable = this.#comparable;
    this.#stage.fact = fact;
    this.#grid = grid;
    this.#observations = new Observations(fact.frame);
    if (comparable !== this.#comparable) return false;
    this.#update();
    return true;
  }

  get #authorsBaseline(): string {
    return this.#grid.rows.find((row) => row.baseline)?.key ?? "";
  }

  /** Whether the runs' own numbers are there to compare rows anew. */
  get #comparable(): boolean {
    const { rows, columns } = this.#grid;
    return rows.filter((row) => columns.some((column) => this.#observations.at(row, column).length > 0)).length > 1;
  }

  #layOut(): void {
    const { toolbar, body, fact, model } = this.#stage;
    const { rows } = this.#grid;
    const choices = this.#choices;
    if (rows.length > 4) {
      const filter = h("input", {
        type: "search",
        placeholder: "filter",
        "aria-label": "Filter rows",
        value: choices.filter,
      });
      filter.addEventListener("input", () => {
        choices.filter = filter.value;
        this.#update();
        this.#stage.say(count(this.#visible().length, "row"));
      });
      toolbar.append(filter);
    }
    const given = rows.some((row) => row.cells.some((cell) => cell.delta));
    if (this.#comparable) {
      const options = rows.map((row) => [row.key, printable(row.label)] as const);
      toolbar.append(
        choice("baseline", [["", "none"], ...options], choices.baseline, (key) => {
          choices.baseline = key;
          this.#update();
          tell(model, "options", { ...optionsOf(model), baseline: key });
        }),
      );
    }
    if (given || this.#comparable) {
      toolbar.append(
        toggle("differences", choices.deltas, (on) => {
          choices.deltas = on;
          this.#update();
        }),
      );
    }
    toolbar.append(h("span", { class: "prp-space" }));
    this.#head.append(...this.#grid.columns.map((column, index) => this.#heading(column, index)));
    const table = h("table", { class: "prp-grid" }, h("thead", {}, this.#head), this.#bodyRows);
    const label = fact.title || "Table";
    body.append(
      h("div", { class: "prp-scroll", tabindex: 0, role: "region", "aria-label": label }, table),
      this.#notes,
    );
  }

  #heading(column: GridColumn, index: number): HTMLElement {
    const unit = column.unit ? h("span", { class: "prp-unit" }, ` (${printable(column.unit)})`) : null;
    const sort = button(
      { class: "prp-sort" },
      () => {
        const { sort } = this.#choices;
        if (sort?.column !== index) this.#choices.sort = { column: index, descending: false };
        else this.#choices.sort = sort.descending ? null : { column: index, descending: true };
        this.#update();
      },
      h("span", {}, printable(column.title), unit),
    );
    sort.append(h("span", { class: "prp-arrow", "aria-hidden": "true" }));
    return h("th", { scope: "col", class: `prp-${column.align}` }, sort);
  }

  #visible(): GridRow[] {
    const { filter, sort } = this.#choices;
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = this.#grid.rows.filter((row) => {
      const text = [row.label, ...row.cells.map((cell) => cell.text)].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return sort ? sorted(rows, sort.column, sort.descending, this.#grid.columns[sort.column]?.numeric ?? false) : rows;
  }

  #update(): void {
    const { sort, filter } = this.#choices;
    for (const [index, heading] of [...this.#head.children].entries()) {
      const order = sort?.column === index ? (sort.descending ? "descending" : "ascending") : "none";
      heading.setAttribute("aria-sort", order);
    }
    const rows = this.#visible();
    const sectioned = sort === null && filter === "";
    const width = this.#grid.columns.length;
    this.#bodyRows.replaceChildren(
      ...rows.flatMap((row) => {
        const place = this.#grid.rows.indexOf(row);
        const section = sectioned ? this.#grid.sections?.find(({ first_row }) => first_row === place) : undefined;
        const title = section?.title ? [sectionRow(section.title, width)] : [];
        return [...title, this.#row(row)];
      }),
    );
    if (rows.length === 0) {
      this.#bodyRows.append(h("tr", {}, h("td", { colspan: width, class: "prp-empty" }, "No row matches the filter.")));
    }
    this.#writeNotes();
  }

  #row(row: GridRow): HTMLElement {
    const isBaseline = row.key === this.#choices.baseline;
    return h(
      "tr",
      { class: isBaseline ? "prp-baseline" : null },
      ...row.cells.map((cell, index) => {
        const column = this.#grid.columns[index];
        const align = `prp-${column?.align ?? "left"}`;
        const text = printable(cell.text) || "\u2014";
        if (index === 0) {
          const title = printable(row.label);
          const name = h("th", { scope: "row", class: align, title }, h("bdi", {}, text));
          if (isBaseline) name.append(" ", h("span", { class: "prp-tag" }, "baseline"));
          return name;
        }
        const marked = cell.mark ? `prp-mark-${cell.mark}` : "";
        const shown = h("span", { class: `prp-number ${marked}` }, text);
        if (cell.mark === "tied") shown.append(h("sup", { "aria-hidden": "true" }, "\u2020"));
        if (cell.mark) shown.append(h("span", { class: "prp-hidden" }, ` (${MARKS[cell.mark]})`));
        const delta = this.#delta(row, cell, index);
        return h("td", { class: align, title: printable(cell.note) || null }, shown, delta);
      }),
    );
  }

  #delta(row: GridRow, cell: GridCell, index: number): HTMLElement | null {
    const { deltas, baseline } = this.#choices;
    if (!deltas || baseline === "" || row.key === baseline) return null;
    const delta = baseline === this.#authorsBaseline ? cell.delta : this.#compared(row, cell, index);
    if (delta === null) return null;
    const { sign, words } = SIGNS[delta.verdict];
    const text = printable(delta.text);
    const mark = h("span", { class: "prp-sign", "aria-hidden": "true" }, sign);
    const said = text.includes(delta.verdict) ? null : h("span", { class: "prp-hidden" }, `, ${words}`);
    return h("span", { class: `prp-delta prp-${delta.verdict}`, title: words }, mark, text, said);
  }

  /** The difference to a baseline of the reader's choice: as it travels with the fact, else from the runs' numbers. */
  #compared(row: GridRow, cell: GridCell, index: number): Delta | null {
    const column = this.#grid.columns[index];
    const base = this.#grid.rows.find(({ key }) => key === this.#choices.baseline);
    if (!column || !base) return null;
    const given = (this.#stage.fact.view.differences as Differences | undefined)?.[column.key];
    if (given) return given[base.key]?.[row.key] ?? null;
    // Settings are numbers, too, but only a metric is over n runs.
    if (cell.n === null || Number.isNaN(toNumber(cell.number))) return null;
    const sense = senseOf(column, index, this.#grid.rows);
    const found = difference(this.#observations.at(row, column), this.#observations.at(base, column), LEVEL, sense);
    if (!found) return null;
    const { mean, low, high, verdict } = found;
    const { value, half } = writeMeasured(mean, low, high);
    return { text: half === null ? value : `${value} \u00b1 ${half} ${verdict}`, number: mean, low, high, verdict };
  }

  #writeNotes(): void {
    const { notes = [] } = this.#grid;
    const { baseline, deltas } = this.#choices;
    const chosen = baseline !== this.#authorsBaseline;
    // How the author's differences were made is no news of the reader's.
    const texts = notes.map(printable).filter((note) => !chosen || !note.startsWith("\u0394"));
    const marks = new Set(this.#grid.rows.flatMap(({ cells }) => cells.map(({ mark }) => mark)));
    if (marks.has("best")) texts.push("bold: better than every other row, 95% after Holm correction");
    if (marks.has("tied")) texts.push("\u2020 cannot be told apart from the best");
    const base = this.#grid.rows.find(({ key }) => key === baseline);
    if (base && deltas && chosen) {
      texts.push(
        `differences from ${printable(base.label)} with 95% intervals, paired by seed where at least two seeds are shared, ` +
          "else Welch\u2019s; not corrected for their number",
      );
    }
    this.#notes.replaceChildren(...texts.map((text) => h("p", {}, text)));
    this.#notes.hidden = texts.length === 0;
  }
}

/** A heading over the rows that follow. */
export function sectionRow(title: string, width: number): HTMLElement {
  return h("tr", { class: "prp-section" }, h("th", { colspan: width, scope: "colgroup" }, printable(title)));
}

/** Sort rows by a column. What is missing comes last both ways, NaN just before it: neither ever wins. */
function sorted(rows: readonly GridRow[], column: number, descending: boolean, numeric: boolean): GridRow[] {
  const turn = descending ? -1 : 1;
  const rank = (cell: GridCell | undefined): number => {
    if (cell?.number === undefined || cell.number === null) return 2;
    return Number.isNaN(toNumber(cell.number)) ? 1 : 0;
  };
  return [...rows].sort((left, right) => {
    const [a, b] = [left.cells[column], right.cells[column]];
    if (!numeric) return turn * (a?.text ?? "").localeCompare(b?.text ?? "", undefined, { numeric: true });
    const ranks = rank(a) - rank(b);
    if (ranks !== 0 || rank(a) > 0) return ranks;
    return turn * Math.sign(toNumber(a?.number) - toNumber(b?.number)) || 0;
  });
}

/** Draw a table panel. */
export function drawTable(stage: Stage): Drawn {
  const table = new TablePanel(stage);
  return { end: () => undefined, update: (fact) => table.show(fact) };
}

export default panel(drawTable);
