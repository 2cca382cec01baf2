/** What the outputs of a notebook ask of the server about their facts, by the notebook's path. */

import type { IDisposable } from "@lumino/disposable";
import type { Events } from "../../api/events.ts";
import type { CiteReport, Evidence, ICites } from "./cites.ts";
import { LivePanel } from "./live.ts";
import type { Fact, Follower } from "./live.ts";

/** The choices of a panel's reader by kind of panel, as the panels keep them. */
export type Memory = Map<string, Map<string, unknown>>;

/** A fact out of a bundle, none of its properties vouched for; what is no object has none. */
export function factIn(data: Readonly<Record<string, unknown>>, mimeType: string): Fact {
  const fact = data[mimeType];
  return typeof fact === "object" && fact !== null && !Array.isArray(fact) ? (fact as Fact) : {};
}

/** Waits for what is to be disposed later; disposed before, it never comes to be. */
class Coming implements IDisposable {
  isDisposed = false;
  private _came: IDisposable | null = null;

  constructor(coming: Promise<() => IDisposable>) {
    coming.then(
      (begin) => {
        if (!this.isDisposed) this._came = begin();
      },
      (error: unknown) => {
        // Without the server nothing is known of the runs: what is saved is shown as what it is.
        console.warn("pressrun:", error);
      },
    );
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._came?.dispose();
  }
}

export class Facts {
  private readonly _cites: ICites | null;
  private readonly _events: Events | null;
  private readonly _memories = new Map<string, Memory>();

  /** Without both, nothing is asked of the server. */
  constructor(cites: ICites | null, events: Events | null) {
    this._cites = cites;
    this._events = events;
  }

  /** Hear whether a fact's runs are still as they were, and all that its queries find. */
  watch(notebook: string, evidence: Evidence, see: (report: CiteReport) => void): IDisposable | null {
    if (!this._cites || evidence.runs.length + evidence.questions.length === 0) return null;
    return new Coming(this._cites.of(notebook).then((cites) => () => cites.watch(evidence, see)));
  }

  /** Follow a panel's runs from its saved fact on. */
  follow(notebook: string, saved: Fact, follower: Follower): IDisposable | null {
    const events = this._events;
    if (!this._cites || !events) return null;
    return new Coming(
      this._cites.project(notebook).then((project) => () => new LivePanel(events, project, saved, follower)),
    );
  }

  /** What the reader of an output chose; it outlives the output, which a cell that runs again replaces. */
  memory(notebook: string, output: string): Memory {
    const key = JSON.stringify([notebook, output]);
    let memory = this._memories.get(key);
    if (!memory) this._memories.set(key, (memory = new Map<string, Map<string, unknown>>()));
    return memory;
  }
}
