/**
 * The inline values of an open notebook: evaluated by its kernel, stored in the cells as the builder stores them.
 *
 * Nothing is evaluated that its author did not agree to: the notebook is trusted, or the cell was run by hand.
 */

import type { ICellModel } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { JSONExt } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Entry, Result, Shown } from "./values-result.ts";
import { absent, awaited, shownOf } from "./values-result.ts";
import { findExpressions } from "./values-source.ts";

const KEY = "user_expressions";

/** Milliseconds of rest before the kernel is asked: cells that run in a row are asked for once. */
const REST = 80;

/** How often a request is repeated that the kernel threw away because another one failed. */
const PATIENCE = 5;

interface Asked {
  cell: ICellModel;
  expressions: readonly string[];
}

/** What this kernel said of one cell's expressions. */
type Answers = Map<string, Result>;

export class NotebookValues implements IDisposable {
  isDisposed = false;
  private readonly _panel: NotebookPanel;
  private readonly _changed = new Signal<this, ICellModel>(this);
  private _kernel: Kernel.IKernelConnection | null = null;
  private _future: IDisposable | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether code ran since the kernel was last asked, so that every value may be another. */
  private _ran = false;
  private readonly _waiting = new Set<string>();
  private _failures = 0;
  /** Cells that the author ran by hand, with the source that was run. */
  private readonly _agreed = new Map<string, string>();
  /** By cell id: what this kernel answered. Empty again when it restarts. */
  private readonly _answers = new Map<string, Answers>();
  /** The code that this kernel was seen to execute. */
  private readonly _executed = new Set<string>();

  constructor(panel: NotebookPanel) {
    this._panel = panel;
    panel.sessionContext.kernelChanged.connect(this._onKernel);
    panel.sessionContext.statusChanged.connect(this._onStatus);
    panel.sessionContext.iopubMessage.connect(this._onMessage);
    this._onKernel();
  }

  /** Emitted with a cell whose values show otherwise than before. */
  get changed(): ISignal<this, ICellModel> {
    return this._changed;
  }

  /** What an expression of a cell shows now. */
  shown(cell: ICellModel, expression: string): Shown {
    const answer = this._answers.get(cell.id)?.get(expression);
    const stored = storedOf(cell).get(expression);
    if (answer && stored?.status !== "ok" && this._isToCome(answer)) return awaited(expression);
    if (!answer) return stored ? shownOf(expression, stored) : absent(expression, this._whyAbsent(cell));
    if (stored?.status === "ok" && unknownName(answer)) {
      const shown = shownOf(expression, stored);
      const { remark } = shownOf(expression, answer);
      const note = `From an earlier session; in this one ${remark}.`;
      return { ...shown, rows: [...shown.rows, ["Kernel", note]] };
    }
    return shownOf(expression, answer);
  }

  /** Evaluate a cell's expressions, because it was rendered. */
  rendered(cell: ICellModel): void {
    if (findExpressions(cell.sharedModel.getSource()).length === 0) return;
    this._waiting.add(cell.id);
    this._schedule();
  }

  /** The author ran a markdown cell: its expressions, as they are written now, may be evaluated. */
  agreed(cell: ICellModel): void {
    this._agreed.set(cell.id, cell.sharedModel.getSource());
    this.rendered(cell);
  }

  /** Evaluate all expressions again: the notebook may have become trusted. */
  again(): void {
    this._ran = true;
    this._schedule();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    clearTimeout(this._timer);
    this._future?.dispose();
    Signal.clearData(this);
  }

  /** Whether an answer only says that the cell which names what is asked for was not run in this kernel yet. */
  private _isToCome(answer: Result): boolean {
    const { evalue } = answer;
    const name = unknownName(answer) && typeof evalue === "string" ? /'(\w+)'/.exec(evalue)?.[1] : undefined;
    if (name === undefined) return false;
    const word = new RegExp(`\\b${name}\\b`);
    const cells = [...(this._panel.content.model?.cells ?? [])].filter(({ type }) => type === "code");
    return (
      cells.some((cell) => word.test(cell.sharedModel.getSource())) &&
      ![...this._executed].some((code) => word.test(code))
    );
  }

  private _whyAbsent(cell: ICellModel): string {
    if (!this._kernel) return "Not computed yet: the notebook has no kernel.";
    if (!this._mayEvaluate(cell))
      return "Not computed: the notebook is not trusted. Run this cell, or trust the notebook.";
    return "Not computed yet.";
  }

  private readonly _onKernel = (): void => {
    this._forget();
    this._kernel = this._panel.sessionContext.session?.kernel ?? null;
    if (this._kernel) this.again();
  };

  private readonly _onStatus = (_: unknown, status: Kernel.Status): void => {
    if (status === "restarting" || status === "autorestarting" || status === "terminating" || status === "dead") {
      this._forget();
      this._ran = true;
    } else if (status === "idle" && this._ran) this._schedule();
  };

  /** Only what is really executed announces its input, whoever sent it; our own requests are silent. */
  private readonly _onMessage = (_: unknown, message: KernelMessage.IMessage): void => {
    if (message.header.msg_type !== "execute_input") return;
    this._ran = true;
    const { code } = (message as KernelMessage.IExecuteInputMsg).content;
    this._executed.add(code);
  };

  /** What the kernel knew is gone, and with it what was asked of it. */
  private _forget(): void {
    clearTimeout(this._timer);
    this._future?.dispose();
    this._future = null;
    this._ran = false;
    const cells = [...this._answers.keys()];
    this._answers.clear();
    this._executed.clear();
    for (const cell of this._cells()) if (cells.includes(cell.id)) this._changed.emit(cell);
  }

  private _schedule(): void {
    if (this.isDisposed) return;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      this._ask().catch((error: unknown) => {
        console.error("pressrun:", error);
      });
    }, REST);
  }

  private async _ask(): Promise<void> {
    const kernel = this._kernel;
    if (!kernel || this._future || this.isDisposed) return;
    if ((await kernel.info).language_info.name !== "python" || kernel !== this._kernel) return;
    const asked = this._questions();
    this._ran = false;
    this._waiting.clear();
    if (asked.length === 0) return;
    const questions = asked.flatMap(({ expressions }, cell) =>
      expressions.map((expression, at) => [`${cell}.${at}`, expression] as const),
    );
    const future = kernel.requestExecute({
      code: "",
      silent: true,
      store_history: false,
      allow_stdin: false,
      user_expressions: Object.fromEntries(questions),
    });
    this._future = future;
    const reply = await future.done.catch(() => null);
    if (this._future !== future) return;
    this._future = null;
    if (reply?.content.status === "ok") {
      this._failures = 0;
      const results = reply.content.user_expressions as Record<string, Result | undefined>;
      asked.forEach(({ cell, expressions }, number) => {
        this._take(
          cell,
          expressions,
          expressions.map((_, at) => results[`${number}.${at}`]),
        );
      });
    } else if (reply && ++this._failures <= PATIENCE) {
      // A cell that failed makes the kernel throw away what waits behind it.
      this._ran = true;
    }
    if (this._ran || this._waiting.size > 0) this._schedule();
  }

  private _questions(): Asked[] {
    return this._cells()
      .filter((cell) => this._ran || this._waiting.has(cell.id))
      .map((cell) => ({ cell, expressions: findExpressions(cell.sharedModel.getSource()) }))
      .filter(({ cell, expressions }) => expressions.length > 0 && this._mayEvaluate(cell));
  }

  private _cells(): ICellModel[] {
    return [...(this._panel.content.model?.cells ?? [])].filter((cell) => cell.type === "markdown");
  }

  private _mayEvaluate(cell: ICellModel): boolean {
    if (this._agreed.get(cell.id) === cell.sharedModel.getSource()) return true;
    // The server signs outputs of code cells: a notebook without any says nothing about who wrote it.
    const code = [...(this._panel.content.model?.cells ?? [])].filter(({ type }) => type === "code");
    return code.length > 0 && code.every(({ trusted }) => trusted);
  }

  /** Take the kernel's answers for a cell, and store them unless they say nothing new. */
  private _take(cell: ICellModel, expressions: readonly string[], results: readonly (Result | undefined)[]): void {
    const before = this._answers.get(cell.id);
    const stored = storedOf(cell);
    const answers: Answers = new Map();
    const entries: Entry[] = [];
    expressions.forEach((expression, at) => {
      const answer = results[at] ?? { status: "error", ename: "KernelError", evalue: "no answer", traceback: [] };
      const known = before?.has(expression) === true && before.get(expression)?.status === "ok";
      // A fresh kernel that lacks a name says nothing against the number that an earlier one gave.
      const lacking = unknownName(answer) && !known;
      const kept = lacking ? stored.get(expression) : answer;
      answers.set(expression, answer);
      if (kept) entries.push({ expression, result: kept.status === "ok" ? kept : withoutTrace(kept) });
    });
    this._answers.set(cell.id, answers);
    store(cell, entries);
    // What a missing name means is another thing once the cell that defines it was run.
    const isSame = before && sameAnswers(before, answers) && ![...answers.values()].some(unknownName);
    if (!isSame) this._changed.emit(cell);
  }
}

function sameAnswers(a: Answers, b: Answers): boolean {
  return a.size === b.size && [...a].every(([key, result]) => JSONExt.deepEqual(result, b.get(key) ?? null));
}

function unknownName(result: Result): boolean {
  return result.status !== "ok" && result.ename === "NameError";
}

/** A traceback names the kernel's own files, which are nobody else's business. */
function withoutTrace(result: Result): Result {
  return { ...result, traceback: [] };
}

/** What a cell holds of results, by expression. */
function storedOf(cell: ICellModel): Map<string, Result> {
  const entries: unknown = cell.getMetadata(KEY);
  if (!Array.isArray(entries)) return new Map();
  const sound = (entries as (Partial<Entry> | null)[]).filter(
    (entry): entry is Entry =>
      typeof entry?.expression === "string" && typeof entry.result === "object" && !Array.isArray(entry.result),
  );
  return new Map(sound.map(({ expression, result }) => [expression, result]));
}

function store(cell: ICellModel, entries: Entry[]): void {
  const there: unknown = cell.getMetadata(KEY);
  if (JSONExt.deepEqual((there ?? []) as Entry[], entries)) return;
  if (entries.length > 0) cell.setMetadata(KEY, entries);
  else cell.deleteMetadata(KEY);
}
