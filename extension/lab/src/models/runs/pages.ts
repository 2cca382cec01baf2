/** Rows of a long table, fetched in pages as they come into sight and kept while newer ones are on their way. */

import type { Cell, Row, Table } from "../../api/payloads/runs.ts";

/** Asks for a window of the table. */
export type AskPage = (offset: number, limit: number, signal: AbortSignal) => Promise<Table>;

/** The server's limit on rows of one answer. */
const MOST = 1_000;

interface Page {
  rows: readonly Row[];
  /** Where each column's cell stands in a row: a page may be older than the choice of columns. */
  places: ReadonlyMap<string, number>;
  age: number;
}

export interface PagesOptions {
  size: number;
  /** A page came, with what its answer says of the whole table. */
  came: (table: Table) => void;
  failed: (error: unknown) => void;
}

export class Pages {
  readonly size: number;
  private readonly _ask: AskPage;
  private readonly _options: PagesOptions;
  private _columns: readonly string[];
  private readonly _pages = new Map<number, Page>();
  private readonly _coming = new Map<number, AbortController>();
  private _age = 0;
  private _count = 0;
  /** The rows that each view has in sight. */
  private readonly _seen = new Map<object, readonly [number, number]>();

  constructor(ask: AskPage, columns: readonly string[], options: PagesOptions) {
    this._ask = ask;
    this._columns = columns;
    this._options = options;
    this.size = options.size;
  }

  /** How many rows there are, fetched or not. */
  get count(): number {
    return this._count;
  }

  row(index: number): Row | undefined {
    return this._pages.get(Math.floor(index / this.size))?.rows[index % this.size];
  }

  /** What a row holds in a column; undefined while it is on its way. */
  cell(index: number, column: string): Cell | undefined {
    const page = this._pages.get(Math.floor(index / this.size));
    const place = page?.places.get(column);
    return place === undefined ? undefined : page?.rows[index % this.size]?.cells[place];
  }

  /** All rows that are here, with their positions. */
  *here(): Generator<readonly [number, Row]> {
    for (const [number, page] of this._pages) {
      for (const [at, row] of page.rows.entries()) yield [number * this.size + at, row];
    }
  }

  /** The keys of the rows from one position to another; what is not here is asked for without its cells. */
  async keys(
    first: number,
    last: number,
    ask: (offset: number, limit: number) => Promise<Table>,
  ): Promise<readonly string[]> {
    const keys: string[] = [];
    for (let at = first; at <= last;) {
      const row = this.row(at);
      const found = row ? [row] : (await ask(at, Math.min(MOST, last - at + 1))).rows;
      if (found.length === 0) break;
      keys.push(...found.map(({ key }) => key));
      at += found.length;
    }
    return keys;
  }

  /** Take an answer that came in another way: the first one of a query. */
  take(table: Table, columns: readonly string[]): void {
    this._columns = columns;
    this._keep(Math.floor(table.offset / this.size), table);
  }

  /** Say which rows a view has in sight: what is missing is asked for, as are the pages next to them. */
  see(view: object, first: number, last: number): void {
    const ahead = first >= (this._seen.get(view)?.[0] ?? 0);
    this._seen.set(view, [first, last]);
    const [from, to] = this._spread(first, last);
    const wanted = [];
    for (let page = from; page <= to; page++) wanted.push(page);
    wanted.push(...(ahead ? [to + 1, from - 1] : [from - 1, to + 1]));
    for (const [page, controller] of this._coming) {
      // Scrolled past before it came.
      if (!this._isNear(page)) controller.abort();
    }
    for (const page of wanted) void this._fetch(page);
  }

  /** A view is gone, or shows other pages. */
  leave(view: object): void {
    this._seen.delete(view);
  }

  /** All rows may have changed: those in sight are asked for again, and stay until then. */
  renew(columns: readonly string[] = this._columns): void {
    this._columns = columns;
    this._age++;
    this.end();
    // What is out of sight is fetched again when it comes into sight; keeping it would show its old numbers first.
    for (const page of this._pages.keys()) if (!this._isNear(page)) this._pages.delete(page);
    for (const [view, rows] of this._seen) this.see(view, ...rows);
    if (this._seen.size === 0) void this._fetch(0);
  }

  /** Put rows in the place of those that have their keys: what an annotation answers. */
  replace(rows: readonly Row[], columns: readonly string[]): void {
    const fresh = new Map(rows.map((row) => [row.key, row]));
    const same = columns.join("\0") === this._columns.join("\0");
    for (const page of this._pages.values()) {
      page.rows = page.rows.map((row) => {
        const now = fresh.get(row.key);
        return now ? { ...now, cells: same ? now.cells : row.cells } : row;
      });
    }
  }

  /** Await nothing any more. */
  end(): void {
    for (const controller of this._coming.values()) controller.abort();
    this._coming.clear();
  }

  private _spread(first: number, last: number): readonly [number, number] {
    return [Math.floor(first / this.size), Math.floor(Math.max(first, last) / this.size)];
  }

  /** Whether a page is in sight of a view, or next to what is; before anything was seen the first one is. */
  private _isNear(page: number): boolean {
    if (this._seen.size === 0) return page <= 1;
    return [...this._seen.values()].some((rows) => {
      const [from, to] = this._spread(...rows);
      return page >= from - 1 && page <= to + 1;
    });
  }

  private _keep(number: number, table: Table): void {
    this._count = table.matched;
    const places = new Map(this._columns.map((column, place) => [column, place]));
    this._pages.set(number, { rows: table.rows, places, age: this._age });
  }

  private async _fetch(number: number): Promise<void> {
    if (number < 0 || number * this.size >= Math.max(this._count, 1)) return;
    if (this._coming.has(number) || this._pages.get(number)?.age === this._age) return;
    const controller = new AbortController();
    const age = this._age;
    this._coming.set(number, controller);
    try {
      const table = await this._ask(number * this.size, this.size, controller.signal);
      if (controller.signal.aborted || age !== this._age) return;
      this._coming.delete(number);
      this._keep(number, table);
      this._options.came(table);
    } catch (error) {
      if (!controller.signal.aborted) this._options.failed(error);
    } finally {
      if (this._coming.get(number) === controller) this._coming.delete(number);
    }
  }
}
