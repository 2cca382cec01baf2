/** One run as its details show it: all that it says, kept up to date while it runs. */

import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Events } from "../../api/events.ts";
import type { Runs as RunsMessage } from "../../api/payloads/events.ts";
import type { Details } from "../../api/payloads/runs.ts";
import { LiveSeries } from "./live-series.ts";
import type { IPressrun } from "../pressrun.ts";

/** Metrics whose curves are fetched; a run may have thousands. */
const DRAWN = 24;

export class RunDetails implements IDisposable {
  readonly key: string;
  readonly project: string;
  readonly series: LiveSeries;
  isDisposed = false;
  private readonly _pressrun: IPressrun;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _live: IDisposable;
  private _details: Details | null = null;
  private _failure: RequestError | null = null;
  private _gone = false;

  constructor(pressrun: IPressrun, project: string, key: string) {
    this._pressrun = pressrun;
    this.project = project;
    this.key = key;
    this.series = new LiveSeries(pressrun, project);
    this._live = pressrun.events.subscribe<RunsMessage>(
      "runs",
      { project },
      {
        message: ({ changed, added, removed }) => {
          if (removed.includes(key)) {
            this._gone = true;
            this._changed.emit();
          } else if (changed.includes(key) || added.includes(key)) void this.refresh();
        },
        connected: (connected) => {
          // What changed meanwhile nobody told.
          if (connected) void this.refresh();
        },
      },
    );
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get events(): Events {
    return this._pressrun.events;
  }

  get details(): Details | null {
    return this._details;
  }

  get failure(): RequestError | null {
    return this._failure;
  }

  /** Whether its source has the run no more; what is shown is its last state. */
  get gone(): boolean {
    return this._gone;
  }

  async refresh(): Promise<void> {
    const query = { project: this.project, key: this.key };
    try {
      this._details = await this._pressrun.client.ask<Details>("runs/run", { query });
      this._failure = null;
      this._gone = false;
      const metrics = this._details.metrics.slice(0, DRAWN).map(({ name }) => name);
      this.series.of([this.key], metrics, this._details.status === "running");
    } catch (error) {
      this._failure = error instanceof RequestError ? error : new RequestError(String(error));
    }
    if (!this.isDisposed) this._changed.emit();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._live.dispose();
    this.series.dispose();
    Signal.clearData(this);
  }
}
