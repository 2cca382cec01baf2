/** A form while it is filled in: its call, what that call shows, and the code that will be written. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Call, Code, Field, Kind, Offers, Preview, Query } from "../../api/payloads/panels.ts";
import type { IPressrun } from "../pressrun.ts";
import { suggestedLabel, suggestedName, suggestions } from "./suggestions.ts";
import { Where, whereQuestions } from "../runs/where.ts";

/** What a form asks of the notebook that it is for. */
export interface Host {
  /** The code cells above the place where the call stands or will stand. */
  above: () => string[];
  /** Labels of other cells. */
  labels: () => ReadonlySet<string>;
  /** The cell that is changed; null when one is made. */
  cell: string | null;
}

/** What is wrong, in words, and at which field. */
export interface Fault {
  what: string;
  where: string;
  hint: string;
}

/** Milliseconds after a change until the preview follows. */
const PAUSE = 250;

const NO_RUNS: Query = { sources: [], where: "" };

export class Draft {
  readonly kind: Kind;
  readonly host: Host;
  readonly where: Where;
  /** The editors of parts of the runs, by field. */
  readonly parts = new Map<string, Where>();
  /** The newest preview that could be computed; it stays while something is wrong. */
  preview: Preview | null = null;
  fault: Fault | null = null;
  code = "";
  offers: Offers | null = null;
  busy = false;
  private readonly _pressrun: IPressrun;
  private readonly _project: string;
  private readonly _changed = new Signal<this, void>(this);
  private _runs: Query;
  private _arguments: Record<string, unknown>;
  private _label: string | null;
  private _name: string | null;
  private _caption: string;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _asking: AbortController | null = null;
  private _asked = "";
  private _offered = "";
  private _guessed: boolean;

  constructor(pressrun: IPressrun, project: string, kind: Kind, start: Partial<Call>, host: Host) {
    this._pressrun = pressrun;
    this._project = project;
    this.kind = kind;
    this.host = host;
    this._runs = { ...NO_RUNS, ...start.runs };
    this._arguments = { ...start.arguments };
    // A call that stands is shown as it is; in a new one what is empty is suggested.
    const { label = "", name = "" } = start;
    this._label = host.cell === null && label === "" ? null : label;
    this._name = name === "" ? null : name;
    this._caption = start.caption ?? "";
    this._guessed = host.cell !== null;
    const questions = whereQuestions(
      pressrun.client,
      () => project,
      () => this._runs.sources,
    );
    const editor = (text: string): Where => {
      const where = new Where(questions);
      where.restore(text, []);
      where.changed.connect(this.again);
      void where.ask();
      return where;
    };
    this.where = editor(this._runs.where);
    for (const { name, type } of kind.fields) {
      if (type === "part") this.parts.set(name, editor(textOf(this._arguments[name])));
    }
    this.again();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isNew(): boolean {
    return this.host.cell === null;
  }

  get sources(): readonly string[] {
    return this._runs.sources;
  }

  /** How many runs were picked one by one; 0 if they are found by their properties. */
  get picked(): number {
    return this._runs.keys?.length ?? 0;
  }

  get group(): readonly string[] | undefined {
    return this._runs.group;
  }

  get label(): string {
    return this._label ?? suggestedLabel(this.kind, this._arguments, this.host.labels());
  }

  get name(): string {
    return this._name ?? (this.kind.family === "value" ? suggestedName(this._arguments) : "");
  }

  get caption(): string {
    return this._caption;
  }

  value(field: Field): unknown {
    return this._arguments[field.name] ?? field.default;
  }

  /** The project's own sources, which need not be named. */
  get known(): readonly string[] {
    return this._pressrun.current.found?.sources ?? [];
  }

  /** Whether the call is about runs as it stands. */
  get aboutRuns(): boolean {
    return this.kind.fields.some(
      ({ name, type }) =>
        ["runs", "part", "some-runs"].includes(type) || (type === "run" && Boolean(this._arguments[name])),
    );
  }

  /** The first field that has to be filled in and is not. */
  get missing(): Field | null {
    const empty = ({ name }: Field): boolean => {
      const value = this._arguments[name];
      return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
    };
    return (
      this.kind.fields.find(
        (field) => field.required && !["runs", "some-runs", "part"].includes(field.type) && empty(field),
      ) ?? null
    );
  }

  /** Whether a where-expression cannot be understood as it stands. */
  get unclear(): boolean {
    return [this.where, ...this.parts.values()].some(({ error }) => error !== null);
  }

  /** Whether the call can be written down. */
  get ready(): boolean {
    return this.missing === null && !this.unclear;
  }

  get call(): Call {
    const given = Object.entries(this._arguments).filter(([, value]) => value !== undefined && value !== "");
    for (const [name, where] of this.parts) given.push([name, expression(where)]);
    return {
      panel: this.kind.kind,
      runs: { ...this._runs, where: expression(this.where) },
      arguments: Object.fromEntries(given),
      label: this.label,
      caption: this.caption,
      name: this.name,
    };
  }

  set(name: string, value: unknown): void {
    this._arguments = { ...this._arguments, [name]: value };
    this.again();
  }

  setLabel(label: string): void {
    this._label = label;
    this.again();
  }

  setName(name: string): void {
    this._name = name;
    this.again();
  }

  setCaption(caption: string): void {
    this._caption = caption;
    this.again();
  }

  setSources(sources: string[]): void {
    this._runs = { ...this._runs, sources };
    void this.where.ask();
    this.again();
  }

  /** Ask for all runs of the expression again, instead of those that were picked. */
  unpick(): void {
    const runs = { ...this._runs };
    delete runs.keys;
    this._runs = runs;
    this.again();
  }

  /** Follow a change: the view at once, the preview soon. */
  readonly again = (): void => {
    this._changed.emit();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      void this._ask();
    }, PAUSE);
  };

  /** Give the code of the call as it stands now. */
  async written(): Promise<string> {
    clearTimeout(this._timer);
    return (await this._post<Code>("panels/code", this._codeAsk())).source;
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
    this.where.dispose();
    for (const where of this.parts.values()) where.dispose();
    Signal.clearData(this);
  }

  private _codeAsk(): object {
    const { cell, above } = this.host;
    return { call: this.call, context: above(), ...(cell === null ? {} : { cell }) };
  }

  private async _post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
    const query = { project: this._project };
    return this._pressrun.client.ask<T>(path, { method: "POST", query, body, ...(signal ? { signal } : {}) });
  }

  private async _ask(): Promise<void> {
    const { call } = this;
    const asked = JSON.stringify(call);
    const runs = JSON.stringify(call.runs);
    if (asked === this._asked) return;
    this._asked = asked;
    this._asking?.abort();
    const { signal } = (this._asking = new AbortController());
    this.busy = true;
    this._changed.emit();
    const faults: (Fault | null)[] = [];
    const tried = async (work: Promise<unknown>): Promise<void> => {
      const fault = await work.then(
        () => null,
        (error: unknown) => faultOf(error),
      );
      faults.push(fault);
      if (!signal.aborted) this._changed.emit();
    };
    const work: Promise<void>[] = [];
    if (runs !== this._offered) {
      work.push(
        tried(
          this._post<Offers>("panels/offers", { runs: call.runs }, signal).then((offers) => {
            this._offered = runs;
            this.offers = offers;
            this._guess(offers);
          }),
        ),
      );
    }
    if (!this.missing) {
      work.push(
        tried(
          this._post<Preview>("panels/preview", { call }, signal).then((preview) => {
            this.preview = preview;
          }),
        ),
        tried(
          this._post<Code>("panels/code", this._codeAsk(), signal).then(({ source }) => {
            this.code = source;
          }),
        ),
      );
    }
    await Promise.all(work);
    if (signal.aborted) return;
    this.fault = faults.find((fault) => fault !== null) ?? null;
    this.busy = false;
    this._changed.emit();
  }

  /** Fill in once what an author most likely wants, so that there is something to look at. */
  private _guess(offers: Offers): void {
    if (this._guessed) return;
    this._guessed = true;
    const declared = (this._pressrun.current.found?.metrics ?? []).filter((each) => each.declared);
    const found = suggestions(
      this.kind,
      offers,
      declared.map(({ name }) => name),
    );
    const fresh = Object.entries(found).filter(([name]) => this._arguments[name] === undefined);
    if (fresh.length === 0) return;
    this._arguments = { ...this._arguments, ...Object.fromEntries(fresh) };
    this.again();
  }
}

/** The expression as it is meant: the newest that was understood while something is wrong with it. */
function expression(where: Where): string {
  return (where.error ? where.good : where.text).trim();
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function faultOf(error: unknown): Fault {
  if (error instanceof RequestError) return { what: error.what, where: error.where, hint: error.hint };
  return { what: error instanceof Error ? error.message : String(error), where: "", hint: "" };
}
