/** A panel as its runs are now: recomputed by the server while they run, beside the saved output, which stays as it is. */

import type { IDisposable } from "@lumino/disposable";
import type { Events } from "../../api/events.ts";
import type { Panel } from "../../api/payloads/events.ts";

/** How what is shown stands to the saved output. */
export interface Standing {
  /** "saved": it is what is saved; "live": newer, and followed; "lost": newer, but no longer followed. */
  readonly state: "saved" | "live" | "lost";
  /** When something newer than the saved output came first; null as long as nothing did. */
  readonly since: Date | null;
  /** When what is shown was computed; null while that is what is saved. */
  readonly at: Date | null;
  /** Runs of the panel that run now, as far as is known. */
  readonly running: number;
  /** Runs that their source no longer has. */
  readonly gone: number;
  /** Runs that the panel's query finds now and the panel does not show. */
  readonly more: number;
  /** Why the panel cannot be recomputed, "" if it can. */
  readonly reason: string;
}

export const SAVED: Standing = { state: "saved", since: null, at: null, running: 0, gone: 0, more: 0, reason: "" };

export type Fact = Readonly<Record<string, unknown>>;

/** What follows a panel. */
export interface Follower {
  /** A newer fact; it comes before the standing that says so. */
  show(fact: Fact): void;
  /** The standing changed. */
  stand(standing: Standing): void;
}

/** Follows the runs of one panel from its saved fact on, until it is disposed. */
export class LivePanel implements IDisposable {
  isDisposed = false;
  private readonly _subscription: IDisposable;
  private _standing = SAVED;
  private _lost = false;

  constructor(events: Events, project: string, saved: Fact, follower: Follower) {
    const stand = (standing: Standing): void => {
      if (this.isDisposed) return;
      this._standing = standing;
      follower.stand(standing);
    };
    const before = runsOf(saved);
    // The server recomputes from the cited runs: the data, which may be long, need not travel to it.
    const ask = { project, fact: { ...saved, frame: {} } };
    this._subscription = events.subscribe<Panel>("panel", ask, {
      message: ({ fact, running, gone, more, at: text, reason }) => {
        if (this.isDisposed) return;
        this._lost = false;
        const news = { running, gone, more, reason };
        const { since } = this._standing;
        // A panel follows from its runs alone: as long as they are as saved, so is what is shown.
        if (reason === "" && (since !== null || runsOf(fact) !== before)) {
          follower.show(fact);
          const at = new Date(text);
          stand({ ...news, state: "live", since: since ?? at, at });
        } else {
          stand({ ...this._standing, ...news, state: since === null ? "saved" : "live" });
        }
      },
      connected: (connected) => {
        // With the connection back the next message says how things stand; until then they are not known.
        if (connected || this._lost) return;
        this._lost = true;
        if (this._standing.state !== "saved" || this._standing.running > 0) {
          stand({ ...this._standing, state: "lost" });
        }
      },
      failed: (error) => {
        stand({ ...this._standing, state: this._standing.state === "saved" ? "saved" : "lost", reason: error.message });
      },
    });
  }

  get standing(): Standing {
    return this._standing;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._subscription.dispose();
  }
}

/** What tells one state of a panel's runs from another. */
function runsOf({ runs }: Fact): string {
  const cites = Array.isArray(runs) ? (runs as Readonly<Record<string, unknown>>[]) : [];
  return JSON.stringify(cites.map(({ source, id, digest, status }) => [source, id, digest, status]));
}
