/** The mark that says how the runs that a fact cites stand to it now. */

import type { CiteReport, RunCite } from "../../models/facts/cites.ts";
import { stateOf } from "../../models/facts/cites.ts";
import type { Standing } from "../../models/facts/live.ts";

const MOST = 12;

/** Names of runs as text: without what hides or turns text around, and not more than can be read. */
function names(runs: readonly string[], all = runs.length): string[] {
  const written = runs.slice(0, MOST).map((name) => name.replace(/\p{C}/gu, "\ufffd").slice(0, 80));
  return all > written.length ? [...written, `and ${all - written.length} more`] : written;
}

const runsAre = (n: number, singular: string, plural: string): string => `${n} ${n === 1 ? singular : plural}`;

/** What a mark says, and the runs that it is about, by what became of them. */
export interface Word {
  /** The state that the mark's colour and sign show. */
  state: "live" | "lost" | "changed" | "gone" | "unreadable" | "others" | "running";
  text: string;
  /** The same for a mark with no room. */
  short: string;
  runs: readonly (readonly [title: string, names: readonly string[]])[];
}

/** What became of a fact's runs since it was computed, and what to do about it; "" while they are as they were. */
export function changeOf({ changed, gone, unreadable, more, fewer }: CiteReport): string {
  const parts = [
    changed.length > 0 ? runsAre(changed.length, "run changed", "runs changed") : "",
    gone.length > 0 ? runsAre(gone.length, "run is gone from its source", "runs are gone from their source") : "",
    unreadable.length > 0 ? runsAre(unreadable.length, "run cannot be read", "runs cannot be read") : "",
    more > 0 ? runsAre(more, "more run matches", "more runs match") : "",
    fewer > 0 ? runsAre(fewer, "run no longer matches", "runs no longer match") : "",
  ].filter(Boolean);
  if (parts.length === 0) return "";
  const again = changed.length + more + fewer > 0 ? ": run the cell again" : "";
  return `Since this was computed, ${parts.join(", ")}${again}`;
}

/** What is to be said of cited runs; null while they are as they were. */
export function wordOn(report: CiteReport): Word | null {
  const state = stateOf(report);
  if (state === "current" || state === "unknown") return null;
  const of = (cites: readonly RunCite[]): string[] => names(cites.map(({ name, id }) => name || id));
  const runs = (
    [
      ["Changed", of(report.changed)],
      ["Gone from their source", of(report.gone)],
      ["Cannot be read", of(report.unreadable)],
      ["Match now", names(report.came, report.more)],
      ["Still running", of(report.running)],
    ] as const
  ).filter(([, those]) => those.length > 0);
  if (state === "running") {
    const text = `${runsAre(report.running.length, "run is", "runs are")} still running: not final`;
    return { state, text, short: "still running", runs };
  }
  const shorts = {
    changed: "runs changed: run again",
    others: "runs changed: run again",
    gone: "runs gone",
    unreadable: "runs unreadable",
  };
  return { state, text: changeOf(report), short: shorts[state], runs };
}

const time = (at: Date): string => at.toLocaleTimeString([], { hour12: false });

/** What is to be said of a panel that the server follows; null while it shows what is saved and nothing runs. */
export function wordOnLive({ state, since, at, running, more, gone, reason }: Standing): Word | null {
  const runs: Word["runs"] = [];
  const besides = [
    running > 0 ? `${runsAre(running, "run", "runs")} running` : "no run running any more",
    more > 0 ? `the query finds ${runsAre(more, "more run", "more runs")}: run again to show them` : "",
    gone > 0 ? `${runsAre(gone, "run", "runs")} gone from the source` : "",
    reason,
  ].filter(Boolean);
  if (state === "lost") {
    const shown = at ? `shown as of ${time(at)}` : "shown as saved";
    return { state, text: `Not live: the connection to the server is lost; ${shown}.`, short: "not live", runs };
  }
  if (state === "live" && since) {
    const text = `Live: newer than the saved output since ${time(since)}; ${besides.join("; ")}.`;
    return { state, text, short: "live", runs };
  }
  if (running === 0) return null;
  return { state: "running", text: `Shown as saved; ${besides.join("; ")}.`, short: "still running", runs };
}

/** A mark: a sign and words, the runs in a list that opens by hover and focus. */
export class Mark {
  readonly node = document.createElement("span");
  private readonly _inline: boolean;
  private _said = "";

  /** An inline mark stands in a line of text and shows its sign alone. */
  constructor(inline: boolean) {
    this._inline = inline;
    this.node.className = `jp-pr-mark${inline ? " jp-pr-mod-inline" : ""}`;
    this.node.hidden = true;
  }

  /** Say something, or with null nothing. What was said before is left alone, and so a list that is open. */
  say(word: Word | null): void {
    const said = JSON.stringify(word);
    if (said === this._said) return;
    this._said = said;
    this.node.hidden = word === null;
    if (!word) {
      this.node.replaceChildren();
      delete this.node.dataset.state;
      return;
    }
    this.node.dataset.state = word.state;
    const sign = document.createElement("span");
    sign.className = "jp-pr-mark-sign";
    sign.setAttribute("aria-hidden", "true");
    const listed = word.runs.length > 0 || this._inline;
    const shown = document.createElement(listed ? "button" : "span");
    shown.className = "jp-pr-mark-text";
    if (shown instanceof HTMLButtonElement) shown.type = "button";
    shown.append(sign);
    if (this._inline)
      shown.setAttribute("aria-label", [word.text, ...word.runs.map(([t, r]) => `${t}: ${r.join(", ")}`)].join(". "));
    else shown.append(word.text);
    this.node.replaceChildren(shown);
    if (listed) this.node.append(listOf(word, this._inline));
    if (!this._inline) this.node.setAttribute("role", "status");
  }
}

function listOf({ text, runs }: Word, titled: boolean): HTMLElement {
  const list = document.createElement("span");
  list.className = "jp-pr-mark-runs";
  // The mark's own name says the same to who does not see.
  list.setAttribute("aria-hidden", titled ? "true" : "false");
  const lines = titled ? [text] : [];
  for (const [title, those] of runs) lines.push(`${title}: ${those.join(", ")}`);
  for (const line of lines) {
    const shown = document.createElement("span");
    shown.textContent = line;
    list.append(shown);
  }
  return list;
}
