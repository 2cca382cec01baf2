/** The pinned run that others are compared with; it stays, wherever the table is scrolled or filtered to. */

import type { Cell, Row, Table } from "../../api/payloads/runs.ts";

export class Baseline {
  private readonly _ask: (body: object) => Promise<Table>;
  private readonly _changed: () => void;
  private _key = "";
  private _row: Row | null = null;
  private _columns: readonly string[] = [];

  constructor(ask: (body: object) => Promise<Table>, changed: () => void) {
    this._ask = ask;
    this._changed = changed;
  }

  /** "" for none. */
  get key(): string {
    return this._key;
  }

  /** null until it was fetched, or if its source has it no more. */
  get row(): Row | null {
    return this._row;
  }

  pin(key: string): void {
    this._key = key;
    this._row = null;
    this._columns = [];
  }

  cell(column: string): Cell | undefined {
    const at = this._columns.indexOf(column);
    return at < 0 ? undefined : this._row?.cells[at];
  }

  async fetch(columns: readonly string[]): Promise<void> {
    const key = this._key;
    if (!key) return;
    const table = await this._ask({ where: "", sort: [], columns, offset: 0, limit: 1, locate: key }).catch(() => null);
    // What keeps the server from answering is said by the table itself.
    if (!table || this._key !== key) return;
    this._row = table.rows.find((row) => row.key === key) ?? null;
    this._columns = columns;
    this._changed();
  }
}
