/** The runs of the current project as the author looks at them: filtered, sorted, live, selected, annotated. */

import type { IStateDB } from "@jupyterlab/statedb";
import type { IDisposable } from "@lumino/disposable";
import { DisposableDelegate } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Annotated, Cell, Columns, Completion, Row, Sort, Table } from "../../api/payloads/runs.ts";
import type { Runs as RunsMessage } from "../../api/payloads/events.ts";
import { Baseline } from "./baseline.ts";
import { addresses, ColumnChoice } from "./columns.ts";
import { KnownColumns } from "./columns-known.ts";
import { keep, remembered } from "./kept.ts";
import type { Kept } from "./kept.ts";
import { Pages } from "./pages.ts";
import type { IPressrun } from "../pressrun.ts";
import { RunSelection } from "./selection.ts";
import { NEWEST, sortedBy } from "./sorting.ts";
import { type Found, Where } from "./where.ts";

/** Milliseconds between two looks at runs that keep changing; and before nothing is shown of what may be half written. */
const REFRESH = 400;
const PATIENCE = 900;

export class RunsModel implements IDisposable {
  readonly pressrun: IPressrun;
  readonly where: Where;
  readonly columns = new ColumnChoice();
  readonly selection: RunSelection;
  isDisposed = false;
  private readonly _state: IStateDB | null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _queried = new Signal<this, void>(this);
  private _pages: Pages;
  private _shown: { where: string; sort: readonly Sort[] } = { where: "", sort: [] };
  private _pageSize = 100;
  private _table: Table | null = null;
  private _failure: RequestError | null = null;
  private _sort: readonly Sort[] = [];
  private _project: string | null = null;
  private _sources = "";
  private _viewers = 0;
  private _live: IDisposable | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _patience: ReturnType<typeof setTimeout> | undefined;
  private readonly _known: KnownColumns;
  private readonly _baseline: Baseline;
  private _differences = false;

  constructor(pressrun: IPressrun, state: IStateDB | null) {
    this.pressrun = pressrun;
    this._state = state;
    this._baseline = new Baseline(
      (body) => this._post<Table>("runs/table", body),
      () => {
        this._changed.emit();
      },
    );
    this._pages = this._newPages("", []);
    this._known = new KnownColumns(this._askColumns, (error) => {
      this._fail(error);
    });
    this.where = new Where({
      find: this._find,
      complete: (where, position, signal) => this._post<Completion>("runs/complete", { where, position }, signal),
    });
    this.selection = new RunSelection((first, last) =>
      this._pages.keys(first, last, (offset, limit) =>
        this._post<Table>("runs/table", { ...this._shown, columns: [], offset, limit }),
      ),
    );
    this.columns.changed.connect(this._onColumns);
    this.where.changed.connect(() => {
      this._keep();
    });
    pressrun.current.changed.connect(this._onProject);
    this._onProject();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Other runs are shown than before, or in another order: a view goes back to the top. */
  get queried(): ISignal<this, void> {
    return this._queried;
  }

  get project(): string {
    return this._project ?? "";
  }

  /** The newest answer; null before the first. */
  get table(): Table | null {
    return this._table;
  }

  get pages(): Pages {
    return this._pages;
  }

  /** What keeps the newest runs from being shown. */
  get failure(): RequestError | null {
    return this._failure;
  }

  /** The expression that found the runs shown. */
  get shownWhere(): string {
    return this._shown.where;
  }

  /** Whether the rows shown are those of an expression before the one that is being written. */
  get outdated(): boolean {
    return this.where.text !== this._shown.where;
  }

  get sort(): readonly Sort[] {
    return this._sort;
  }

  get baseline(): Row | null {
    return this._baseline.row;
  }

  /** Whether numbers are shown as their difference from the baseline's. */
  get differences(): boolean {
    return this._differences && this._baseline.row !== null;
  }

  showDifferences(differences: boolean): void {
    this._differences = differences;
    this._keep();
    this._changed.emit();
  }

  /** Whether some view shows the runs. */
  get isShown(): boolean {
    return this._viewers > 0;
  }

  setPageSize(size: number): void {
    if (size === this._pageSize) return;
    this._pageSize = size;
    if (this._project !== null) void this.where.ask();
  }

  /** A run's id, as far as its row is here. */
  id(key: string): string {
    for (const [, row] of this._pages.here()) if (row.key === key) return row.id;
    return "";
  }

  /** What the baseline has in a column; undefined while it is on its way. */
  baselineCell(column: string): Cell | undefined {
    return this._baseline.cell(column);
  }

  /** A view shows the runs until the result is disposed; only then are they followed. */
  show(): IDisposable {
    this._viewers++;
    if (this._viewers === 1) this._follow();
    return new DisposableDelegate(() => {
      this._viewers--;
      if (this._viewers === 0) this._unfollow();
    });
  }

  /** Sort by a field; a second time the other way, a third time no more. With `add` the orders before it stay. */
  sortBy(field: string, add: boolean, descendingFirst: boolean): void {
    this._sort = sortedBy(this._sort, field, add, descendingFirst);
    this._keep();
    this._changed.emit();
    void this.where.ask();
  }

  /** Pin the run that others are compared with; "" for none. */
  pin(key: string): void {
    this._baseline.pin(key);
    if (key) this._differences = true;
    this._keep();
    this._changed.emit();
    void this._baseline.fetch(addresses(this.columns.shown));
  }

  /** Tag runs (null takes a tag away) or note something on them. */
  async annotate(
    keys: readonly string[],
    what: { tags?: Record<string, string | null>; note?: string },
  ): Promise<void> {
    if (keys.length === 0) return;
    const columns = addresses(this.columns.shown);
    const answer = await this._post<Annotated>("runs/annotate", { keys, columns, ...what });
    this._pages.replace(answer.rows, columns);
    this._changed.emit();
    this._refresh(0);
  }

  /** Look again, at an author's wish. */
  refresh(): void {
    void this.where.ask();
    void this._known.fetch();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const timer of [this._timer, this._patience]) clearTimeout(timer);
    this._known.end();
    this._unfollow();
    this._pages.end();
    this.where.dispose();
    Signal.clearData(this);
  }

  private _post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
    const query = { project: this.project };
    return this.pressrun.client.ask<T>(path, { method: "POST", query, body, ...(signal && { signal }) });
  }

  private _ask(where: string, sort: readonly Sort[]): object {
    return { where, sort, columns: addresses(this.columns.shown) };
  }

  /** All pages of one answer belong to one query, whatever the author asks meanwhile. */
  private _newPages(where: string, sort: readonly Sort[]): Pages {
    this._shown = { where, sort };
    return new Pages(
      (offset, limit, signal) => this._post<Table>("runs/table", { ...this._ask(where, sort), offset, limit }, signal),
      addresses(this.columns.shown),
      {
        size: this._pageSize,
        came: (table) => {
          this._came(table);
        },
        failed: (error) => {
          this._fail(error);
        },
      },
    );
  }

  /** The answer to a new expression is the first page of what it finds. */
  private readonly _find = async (where: string, signal: AbortSignal): Promise<Found> => {
    const columns = addresses(this.columns.shown);
    const sort = this._sort.length > 0 ? this._sort : NEWEST;
    clearTimeout(this._patience);
    const body = { ...this._ask(where, sort), offset: 0, limit: this._pageSize };
    const table = await this._post<Table>("runs/table", body, signal).catch((error: unknown) => {
      if (!signal.aborted) this._fail(error);
      throw error;
    });
    const take = (): void => {
      this._pages.end();
      this._pages = this._newPages(where, sort);
      this._pages.take(table, columns);
      this._came(table);
      this._queried.emit();
    };
    if (!signal.aborted && !table.error) {
      if (table.matched > 0 || this._pages.count === 0) take();
      else {
        this._patience = setTimeout(() => {
          if (this.where.text === where) take();
        }, PATIENCE);
      }
    }
    return { matched: table.matched, total: table.total, error: table.error };
  };

  private _came(table: Table): void {
    const before = this._table?.revision;
    this._failure = null;
    this._table = table;
    const { matched, total } = table;
    // The counts beside the field are those of its own text.
    if (!this.outdated) this.where.answered(this._shown.where, { matched, total, error: null });
    if (before !== undefined && before !== table.revision) this._refresh();
    this._changed.emit();
  }

  private _fail(error: unknown): void {
    this._failure = error instanceof RequestError ? error : new RequestError(String(error));
    this._changed.emit();
  }

  private readonly _onProject = (): void => {
    const { found, problem } = this.pressrun.current;
    if (!found && problem) this._fail(problem);
    if (!found) return;
    this.columns.of(found);
    const [project, sources] = [found.project, found.sources.join("\n")];
    if (project === this._project && sources === this._sources) return;
    const begun = this._project === null ? "" : this.where.text;
    [this._project, this._sources] = [project, sources];
    void this._open(project, begun);
  };

  private async _open(project: string, begun: string): Promise<void> {
    this._table = null;
    this._failure = null;
    this._pages.end();
    this._pages = this._newPages("", []);
    this.selection.clear();
    const kept = await remembered(this._state, project);
    if (this._project !== project) return;
    this._sort = kept.sort ?? [];
    this._baseline.pin(kept.baseline ?? "");
    this._differences = kept.differences ?? false;
    // What the author has written meanwhile is newer than what was kept.
    this.where.restore(this.where.text === begun ? (kept.where ?? "") : null, kept.history ?? []);
    this.columns.restore(kept.columns ?? { chosen: null, widths: {} });
    this._changed.emit();
    if (this._viewers > 0) this._follow();
  }

  private _keep(): void {
    if (this._project === null || this._table === null) return;
    const kept: Kept = {
      where: this.where.good,
      history: this.where.history,
      sort: this._sort,
      columns: this.columns.kept,
      baseline: this._baseline.key,
      differences: this._differences,
    };
    keep(this._state, this._project, kept);
  }

  private _follow(): void {
    this._unfollow();
    if (this._project === null) return;
    const project = this._project;
    void this._known.fetch().then(() => {
      if (this._project === project && this._viewers > 0 && !this._table) void this.where.ask();
    });
    void this._baseline.fetch(addresses(this.columns.shown));
    const ask = { project };
    this._live = this.pressrun.events.subscribe<RunsMessage>("runs", ask, {
      message: (message) => {
        this._heard(message);
      },
      failed: (error) => {
        this._fail(error);
      },
      connected: () => {
        this._changed.emit();
      },
    });
  }

  private _unfollow(): void {
    this._live?.dispose();
    this._live = null;
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  private _heard(message: RunsMessage): void {
    this.selection.drop(message.removed);
    const { revision, reading } = this._table ?? {};
    if (this._failure || (this._table && (message.revision !== revision || message.reading !== reading))) {
      this._refresh();
    }
  }

  /** Fetch the rows in sight again, soon: what was heard of since then comes along. */
  private _refresh(wait = REFRESH): void {
    if (this._timer !== undefined) return;
    this._timer = setTimeout(() => {
      this._timer = undefined;
      // Rows that were found by nothing are not asked for by page.
      if (this._pages.count === 0) void this.where.ask();
      else this._pages.renew(addresses(this.columns.shown));
      void this._baseline.fetch(addresses(this.columns.shown));
      this._known.later();
    }, wait);
  }

  private readonly _askColumns = async (): Promise<void> => {
    const query = { project: this.project };
    const { columns } = await this.pressrun.client.ask<Columns>("runs/columns", { query });
    if (query.project === this.project) this.columns.know(columns);
  };

  private readonly _onColumns = (): void => {
    this._keep();
    if (this._table) {
      const columns = addresses(this.columns.shown);
      if (columns.some((column) => this._pages.cell(0, column) === undefined)) {
        this._pages.renew(columns);
        void this._baseline.fetch(columns);
      }
    }
    this._changed.emit();
  };
}
