/** Payloads of events: made from server/schemas/events.json by `npm run types`. */

export type Ask = Subscribe | Unsubscribe | Ping;
export type Status = "running" | "finished" | "failed" | "killed" | "deleted" | "unknown";

/**
 * Ask for the messages of one topic; further properties are the topic's own.
 */
export interface Subscribe {
  /**
   * The subscription's id, chosen by the browser.
   */
  subscribe: string;
  topic: string;
  project?: string;
  [k: string]: unknown;
}
export interface Unsubscribe {
  unsubscribe: string;
}
/**
 * Ask whether the server is there; it answers a Pong.
 */
export interface Ping {
  ping: number;
}
/**
 * The server is there, and what it told before is how things stand.
 */
export interface Pong {
  id: "";
  type: "pong";
  ping: number;
}
/**
 * Hear of runs that come, change and go.
 */
export interface RunsAsk {
  subscribe: string;
  topic: "runs";
  project?: string;
  sources?: string[];
}
/**
 * Which runs came, changed or went since the last message; the first message says none.
 */
export interface Runs {
  /**
   * Of the subscription.
   */
  id: string;
  type: "runs";
  revision: string;
  added: string[];
  changed: string[];
  removed: string[];
  running: number;
  /**
   * Not null while the sources are read for the first time.
   */
  reading: {
    done: number;
    total: number;
  } | null;
}
/**
 * Hear of new points of some metrics of some runs.
 */
export interface PointsAsk {
  subscribe: string;
  topic: "points";
  project?: string;
  keys: string[];
  metrics: string[];
}
/**
 * Points of one series that were not sent before.
 */
export interface NewPoints {
  key: string;
  metric: string;
  /**
   * Whether these are all points of the series, rather than those behind the ones sent before: a logger may go back to earlier steps.
   */
  whole: boolean;
  step: number[];
  time: (number | null)[];
  value: (number | string | null)[];
}
/**
 * New points as they are logged; the first message has none, so that whoever fetched the histories after it misses nothing.
 */
export interface Points {
  /**
   * Of the subscription.
   */
  id: string;
  type: "points";
  series: NewPoints[];
  statuses: {
    [k: string]: Status;
  };
}
/**
 * Hear of a panel's runs as they change.
 */
export interface PanelAsk {
  subscribe: string;
  topic: "panel";
  project?: string;
  /**
   * The panel's fact, as the cell's output holds it.
   */
  fact: {
    [k: string]: unknown;
  };
}
/**
 * The same panel, recomputed from the same runs as they are now.
 */
export interface Panel {
  /**
   * Of the subscription.
   */
  id: string;
  type: "panel";
  /**
   * The fact, as the cell would leave it if it ran again.
   */
  fact: {
    [k: string]: unknown;
  };
  /**
   * Runs of the panel that run now.
   */
  running: number;
  /**
   * Runs of the panel that their source no longer has; they are shown no more, or the last state is kept where none is left.
   */
  gone: number;
  /**
   * Runs that the panel's query finds now and the panel does not show.
   */
  more: number;
  /**
   * When it was computed, ISO 8601 in UTC.
   */
  at: string;
  /**
   * Whether it differs from the fact that was subscribed with.
   */
  changed: boolean;
  /**
   * Why the panel cannot be computed again, if so: the fact is then the one before.
   */
  reason: string;
}
/**
 * A run as a fact cites it.
 */
export interface Cite {
  source: string;
  id: string;
  digest: string;
}
/**
 * Hear whether cited runs are still as they were cited.
 */
export interface CitesAsk {
  subscribe: string;
  topic: "cites";
  project?: string;
  cites: Cite[];
  questions?: Question[];
}
/**
 * A query and the runs that were its whole answer.
 */
export interface Question {
  /**
   * @minItems 1
   */
  sources: [string, ...string[]];
  where: string;
  /**
   * The runs, as places in the subscription's cites.
   */
  cites: number[];
}
/**
 * How the answer of a question now differs from the runs that it was.
 */
export interface Answer {
  /**
   * The place in the subscription's questions.
   */
  question: number;
  /**
   * Runs that match now and were no part of the answer.
   */
  more: number;
  /**
   * Runs of the answer that are there and no longer match.
   */
  fewer: number;
  /**
   * Names of the first of the runs that match now.
   */
  came: string[];
}
/**
 * A cited run now.
 */
export interface CiteState {
  source: string;
  id: string;
  digest: string;
  /**
   * Unknown: of a source that this server does not read.
   */
  state: "current" | "changed" | "running" | "gone" | "unreadable" | "unknown";
}
/**
 * The states of all cited runs, then the answers to all questions that can be asked; from then on those that changed.
 */
export interface Cites {
  /**
   * Of the subscription.
   */
  id: string;
  type: "cites";
  states: CiteState[];
  answers: Answer[];
}
