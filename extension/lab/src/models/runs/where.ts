/** A where-expression as it is being written: its last good answer, what is wrong with it now, and how it could go on. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Client } from "../../api/client.ts";
import { RequestError } from "../../api/client.ts";
import type { Completion, Fault, Suggestion, Table } from "../../api/payloads/runs.ts";

/** What an expression finds. */
export interface Found {
  matched: number;
  total: number;
  error: Fault | null;
}

/** The two questions that an editor asks; whoever shows the runs as well answers the first with its table. */
export interface WhereQuestions {
  find: (where: string, signal: AbortSignal) => Promise<Found>;
  complete: (where: string, position: number, signal: AbortSignal) => Promise<Completion>;
}

/** Milliseconds between two questions while the author types; the first is asked at once. */
const PAUSE = 60;
const REMEMBERED = 20;

/** A place in a text as Python counts, in characters, from one in UTF-16. */
function toPoints(text: string, position: number): number {
  return Array.from(text.slice(0, position)).length;
}

/** A place in UTF-16 from one in characters. */
export function fromPoints(text: string, position: number): number {
  return Array.from(text).slice(0, position).join("").length;
}

/** Whether nothing is begun at a place: what could follow a whole expression would only hide the runs that it finds. */
function isWhole(text: string, from: number, to: number, items: readonly Suggestion[]): boolean {
  if (from === to) return /[^\s=<>!([,]$/.test(text.slice(0, from));
  return items.length === 1 && items[0]?.text === text.slice(from, to);
}

/** The questions as they are asked where nothing else shows the runs. */
export function whereQuestions(
  client: Client,
  project: () => string,
  sources: () => string[] | undefined = () => undefined,
): WhereQuestions {
  const ask = <T>(path: string, body: object, signal: AbortSignal): Promise<T> => {
    const given = sources();
    const whole = given?.length ? { ...body, sources: given } : body;
    return client.ask<T>(path, { method: "POST", query: { project: project() }, body: whole, signal });
  };
  return {
    find: (where, signal) => ask<Table>("runs/table", { where, sort: [], columns: [], offset: 0, limit: 0 }, signal),
    complete: (where, position, signal) => ask<Completion>("runs/complete", { where, position }, signal),
  };
}

export class Where {
  private readonly _questions: WhereQuestions;
  private readonly _changed = new Signal<this, void>(this);
  private _text = "";
  private _good = "";
  private _found: Found | null = null;
  private _error: Fault | null = null;
  private _failure = "";
  private _busy = false;
  private _history: readonly string[] = [];
  private _completion: Completion | null = null;
  private _asked = -Infinity;
  private _answering: Promise<void> = Promise.resolve();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _finding: AbortController | null = null;
  private _completing: AbortController | null = null;

  constructor(questions: WhereQuestions) {
    this._questions = questions;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The expression as it stands in the field. */
  get text(): string {
    return this._text;
  }

  /** The newest expression that was understood; what is shown belongs to it. */
  get good(): string {
    return this._good;
  }

  /** What the newest good expression finds; null before the first answer. */
  get found(): Found | null {
    return this._found;
  }

  /** What is wrong with the text, if anything. */
  get error(): Fault | null {
    return this._error;
  }

  /** Why there is no answer, in words; "" if there is one. */
  get failure(): string {
    return this._failure;
  }

  get busy(): boolean {
    return this._busy;
  }

  /** Expressions used before, the newest first. */
  get history(): readonly string[] {
    return this._history;
  }

  get suggestions(): readonly Suggestion[] {
    return this._completion?.items ?? [];
  }

  /** Write the expression anew; it is answered soon. */
  set(text: string): void {
    if (text === this._text) return;
    this._text = text;
    this._completion = null;
    this._changed.emit();
    clearTimeout(this._timer);
    const wait = Math.max(0, this._asked + PAUSE - performance.now());
    this._answering = new Promise((answered) => {
      this._timer = setTimeout(() => {
        void this.ask().then(answered);
      }, wait);
    });
  }

  /** Begin with an expression (null: with the one that stands here) and a history that were kept. */
  restore(text: string | null, history: readonly string[]): void {
    if (text !== null) this._text = this._good = text;
    this._history = history.slice(0, REMEMBERED);
    this._error = null;
    this._completion = null;
    this._changed.emit();
  }

  /** Answer the expression now. */
  async ask(): Promise<void> {
    // A question that is due is still asked: suggestions wait for its answer.
    this._finding?.abort();
    const controller = new AbortController();
    const text = this._text;
    this._finding = controller;
    this._asked = performance.now();
    this._busy = true;
    this._changed.emit();
    try {
      const found = await this._questions.find(text, controller.signal);
      if (controller.signal.aborted) return;
      this.answered(text, found);
    } catch (error) {
      if (controller.signal.aborted) return;
      this._failure = error instanceof RequestError ? error.message : String(error);
    }
    this._busy = false;
    this._changed.emit();
  }

  /** Take an answer to an expression, from whichever question. */
  answered(text: string, found: Found): void {
    this._failure = "";
    this._error = found.error;
    if (!found.error) {
      this._good = text;
      this._found = found;
    }
    this._changed.emit();
  }

  /** Remember the expression as one that was meant. */
  commit(): void {
    const text = this._text.trim();
    if (!text || this._error || text === this._history[0]) return;
    this._history = [text, ...this._history.filter((each) => each !== text)].slice(0, REMEMBERED);
    this._changed.emit();
  }

  /** Ask how the expression could go on from a place; unasked, only where something is begun that could go on. */
  async complete(position: number, unasked = false): Promise<void> {
    this._completing?.abort();
    const controller = new AbortController();
    this._completing = controller;
    const text = this._text;
    // The runs are what the author waits for; the server is theirs first.
    await this._answering;
    try {
      controller.signal.throwIfAborted();
      const completion = await this._questions.complete(text, toPoints(text, position), controller.signal);
      if (controller.signal.aborted || text !== this._text) return;
      const [from, to] = [fromPoints(text, completion.from), fromPoints(text, completion.to)];
      const items = unasked && isWhole(text, from, to, completion.items) ? [] : completion.items;
      this._completion = { ...completion, from, to, items };
      this._changed.emit();
    } catch {
      // An expression can be written without suggestions; that the server is away is said by the answer.
    }
  }

  forget(): void {
    this._completing?.abort();
    if (!this._completion) return;
    this._completion = null;
    this._changed.emit();
  }

  /** What a suggestion puts in, and in the place of what. */
  with(suggestion: Suggestion): { text: string; from: number; to: number } {
    const { from, to } = this._completion ?? { from: this._text.length, to: this._text.length };
    const after = this._text.slice(to);
    // A value is often the last word: what follows it is offered once a space says that something does.
    const space = suggestion.kind === "function" || suggestion.kind === "value" || /^[\s).,\]]/.test(after) ? "" : " ";
    return { text: suggestion.text + space, from, to };
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._finding?.abort();
    this._completing?.abort();
    Signal.clearData(this);
  }
}
