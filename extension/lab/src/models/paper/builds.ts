/** The build of one paper, as it goes: the job and its log by events, and the requests that begin and end one. */

import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { BuildJob, BuildMessage, BuildRequest, LogMessage, Phase } from "../../api/payloads/papers.ts";
import type { IPressrun } from "../pressrun.ts";

/** Lines of the log that are kept: an author reads the end, and a page must not grow without bound. */
const LINES = 2000;

const ENDED = {
  what: "the server ended while this was being built",
  where: "",
  hint: "build again; the last publication stands",
};

export type Format = NonNullable<BuildRequest["formats"]>[number];

/** Whether a build in this phase goes on. */
export function isAtWork(phase: Phase): boolean {
  return phase === "queued" || phase === "running";
}

/** Give the id of the cell at which a build failed, if it was a cell. */
export function failedCell({ phase, cells, cell }: BuildJob): string | undefined {
  return cells.find(({ outcome }) => outcome === "failed")?.id ?? (phase === "failed" ? cell?.id : undefined);
}

export class PaperBuild implements IDisposable {
  isDisposed = false;
  private readonly _pressrun: IPressrun;
  private readonly _project: string;
  private readonly _paper: string;
  private readonly _subscription: IDisposable;
  private readonly _changed = new Signal<this, void>(this);
  private _job: BuildJob | null = null;
  private _lines: string[] = [];
  /** The build whose lines these are, as far as this connection told; "" before it told any. */
  private _linesOf = "";
  private _asking = "";
  private _problem: RequestError | null = null;
  private _unfollowed: RequestError | null = null;
  /** The build of this server that was at work when it was heard of last. */
  private _atWork: BuildJob | null = null;

  constructor(pressrun: IPressrun, project: string, paper: string) {
    this._pressrun = pressrun;
    this._project = project;
    this._paper = paper;
    this._subscription = pressrun.events.subscribe<BuildMessage | LogMessage>(
      "build",
      { project, paper },
      {
        message: (message) => {
          if (this._problem === this._unfollowed) this._problem = null;
          if (message.type === "log") this._append(message.lines);
          else this._take(message.job);
          this._changed.emit();
        },
        failed: (error) => {
          this._problem = this._unfollowed = error;
          this._changed.emit();
        },
        connected: () => {
          this._linesOf = "";
        },
      },
    );
  }

  /** The build at work, or the last one; null if the server knows of none. */
  get job(): BuildJob | null {
    return this._job;
  }

  /** The job if it is at work. */
  get running(): BuildJob | null {
    return this._job && isAtWork(this._job.phase) ? this._job : null;
  }

  /** What it said, the last lines. */
  get lines(): readonly string[] {
    return this._lines;
  }

  /** What was asked of the server and is not yet answered, in words; "" if nothing. */
  get asking(): string {
    return this._asking;
  }

  /** Why a build could not be begun or ended, or cannot be followed. */
  get problem(): RequestError | null {
    return this._problem;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async start(request: BuildRequest): Promise<void> {
    await this._ask("starting the build", "POST", request);
  }

  async cancel(): Promise<void> {
    await this._ask("cancelling the build", "DELETE");
  }

  /** Say why a build cannot begin that was never asked of the server. */
  refuse(problem: RequestError): void {
    this._problem = problem;
    this._changed.emit();
  }

  dismiss(): void {
    this._problem = null;
    this._changed.emit();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._subscription.dispose();
    Signal.clearData(this);
  }

  private async _ask(what: string, method: "POST" | "DELETE", body?: BuildRequest): Promise<void> {
    if (this._asking) return;
    this._asking = what;
    this._problem = null;
    this._changed.emit();
    try {
      const path = `papers/${encodeURIComponent(this._paper)}/build`;
      const answer = await this._pressrun.client.ask<BuildJob | { job: BuildJob | null }>(path, {
        method,
        query: { project: this._project },
        ...(body ? { body } : {}),
      });
      // A later step may have come by event before this answer.
      const job = "job" in answer ? answer.job : answer;
      if (job && this._job?.id !== job.id) this._job = job;
    } catch (error) {
      this._problem = error instanceof RequestError ? error : new RequestError(String(error));
    }
    this._asking = "";
    this._changed.emit();
  }

  /** Take a job that the stream told: its first one has the lines that were said before, later ones are told them. */
  private _take(job: BuildJob | null): void {
    if (job?.here && job.id !== this._linesOf) {
      this._lines = this._linesOf === "" ? job.log.slice(-LINES) : [];
      this._linesOf = job.id;
    }
    if (job?.here) this._atWork = isAtWork(job.phase) ? job : null;
    // A server that begins anew knows nothing of the builds of the one before, which ended with it.
    this._job = job ?? (this._atWork && { ...this._atWork, phase: "failed", step: "", cell: null, error: ENDED });
  }

  private _append(lines: readonly string[]): void {
    this._lines = [...this._lines, ...lines].slice(-LINES);
  }
}
