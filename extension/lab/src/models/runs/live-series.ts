/** Histories of some metrics of some runs, and the points that running ones log meanwhile. */

import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { NewPoints, Points } from "../../api/payloads/events.ts";
import type { Histories, Series } from "../../api/payloads/runs.ts";
import type { IPressrun } from "../pressrun.ts";

/** Points of a series that are asked for: more than a screen has pixels for would only take time. */
const POINTS = 1_000;
/** Milliseconds that new points are gathered for before they are told. */
const GATHER = 250;

export class LiveSeries implements IDisposable {
  isDisposed = false;
  private readonly _pressrun: IPressrun;
  private readonly _project: string;
  private readonly _changed = new Signal<this, void>(this);
  private _asked = "";
  private _series = new Map<string, Series>();
  private _live: IDisposable | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _abort: AbortController | null = null;

  constructor(pressrun: IPressrun, project: string) {
    this._pressrun = pressrun;
    this._project = project;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get(key: string, metric: string): Series | undefined {
    return this._series.get(name(key, metric));
  }

  /** Fetch these, and follow them if some run still runs. What is known already stays until then. */
  of(keys: readonly string[], metrics: readonly string[], live: boolean): void {
    const asked = JSON.stringify([keys, metrics, live]);
    if (asked === this._asked) return;
    this._asked = asked;
    this._live?.dispose();
    this._live = null;
    if (keys.length === 0 || metrics.length === 0) return;
    if (!live) {
      void this._fetch(keys, metrics);
      return;
    }
    let fetched = false;
    this._live = this._pressrun.events.subscribe<Points>(
      "points",
      { project: this._project, keys, metrics },
      {
        message: ({ series }) => {
          // The first message says that nothing is missed from now on; so does the one after a lost connection.
          if (!fetched) void this._fetch(keys, metrics);
          fetched = true;
          for (const points of series) this._append(points);
          if (series.length > 0) this._tell();
        },
        connected: (connected) => {
          if (!connected) fetched = false;
        },
      },
    );
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    clearTimeout(this._timer);
    this._abort?.abort();
    this._live?.dispose();
    Signal.clearData(this);
  }

  private async _fetch(keys: readonly string[], metrics: readonly string[]): Promise<void> {
    this._abort?.abort();
    const controller = new AbortController();
    this._abort = controller;
    try {
      const { series } = await this._pressrun.client.ask<Histories>("runs/history", {
        method: "POST",
        query: { project: this._project },
        body: { keys, metrics, points: POINTS },
        signal: controller.signal,
      });
      if (controller.signal.aborted) return;
      const late = this._series;
      this._series = new Map(series.map((each) => [name(each.key, each.metric), each]));
      // Points that came while the histories were on their way.
      for (const each of late.values()) this._append({ ...each, whole: false });
      this._changed.emit();
    } catch (error) {
      if (!controller.signal.aborted) console.error("pressrun:", error);
    }
  }

  /** Add what is newer than the last point. */
  private _append(points: NewPoints): void {
    const known = this._series.get(name(points.key, points.metric));
    if (!known || points.whole) {
      this._series.set(name(points.key, points.metric), points);
      return;
    }
    const last = known.step.at(-1) ?? -Infinity;
    const from = points.step.findIndex((step) => step > last);
    if (from < 0) return;
    this._series.set(name(points.key, points.metric), {
      ...known,
      step: [...known.step, ...points.step.slice(from)],
      time: [...known.time, ...points.time.slice(from)],
      value: [...known.value, ...points.value.slice(from)],
    });
  }

  private _tell(): void {
    this._timer ??= setTimeout(() => {
      this._timer = undefined;
      this._changed.emit();
    }, GATHER);
  }
}

function name(key: string, metric: string): string {
  return `${key}\0${metric}`;
}
