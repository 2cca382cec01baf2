/** What a stored result of an inline value shows: its text, its state, and what stands behind it. */

import type { JSONObject } from "@lumino/coreutils";
import { formatNumber, printable } from "../../../panels/text.ts";
import type { Evidence } from "../facts/cites.ts";
import { evidenceOf } from "../facts/evidence.ts";

/** The mime type under which a value's fact travels. */
const VALUE_MIME = "application/vnd.pressrun.value.v1+json";

/** A kernel's answer for one expression, as the builder stores it. */
export interface Result extends JSONObject {
  status: string;
}

/** One entry of a markdown cell's `user_expressions`. */
export interface Entry extends JSONObject {
  expression: string;
  result: Result;
}

/** A line of a tip: what it is about, and what it says. */
export type Row = readonly [term: string, text: string];

/** How an inline value appears in the prose. */
export interface Shown {
  readonly text: string;
  /** "unbound" is a plain result without runs behind it, "absent" one that was not computed yet. */
  readonly state: "current" | "partial" | "missing" | "unbound" | "error" | "absent";
  /** What is to be said in place, not only in the tip. */
  readonly remark: string;
  readonly rows: readonly Row[];
  /** What it was computed from. */
  readonly evidence: Evidence;
}

interface RunOfFact {
  id?: unknown;
  name?: unknown;
}

interface Fact {
  text?: unknown;
  metric?: unknown;
  aggregation?: unknown;
  n?: unknown;
  interval?: unknown;
  level?: unknown;
  method?: unknown;
  unit?: unknown;
  state?: unknown;
  reason?: unknown;
  runs?: unknown;
}

const NONE: Evidence = { runs: [], questions: [] };

/** Names of runs that a tip lists; the others are counted. */
const NAMES = 8;

const said = (value: unknown): string => (value === undefined || value === null ? "" : printable(value));

/** Give what an expression's result shows; `null` where there is none. */
export function shownOf(expression: string, result: Result | null): Shown {
  if (result === null) return absent(expression, "Not computed yet.");
  if (result.status !== "ok") return failed(expression, result);
  const data = (result.data ?? {}) as JSONObject;
  const fact = data[VALUE_MIME];
  if (typeof fact === "object" && fact !== null && !Array.isArray(fact)) return ofFact(expression, fact);
  return {
    text: unquoted(said(joined(data["text/plain"]))),
    state: "unbound",
    remark: "",
    rows: [
      ["Value", "A plain result of the notebook: no runs are bound to it."],
      ["Expression", printable(expression)],
    ],
    evidence: NONE,
  };
}

/** An expression without a result: shown as it was written, never as a number. */
export function absent(expression: string, why: string): Shown {
  return { text: printable(expression), state: "absent", remark: "", rows: [["Value", why]], evidence: NONE };
}

/** An expression that the cells above are going to give a meaning. */
export function awaited(expression: string): Shown {
  const why = "not evaluated yet: run the cells above";
  return { ...absent(expression, "Not evaluated yet: run the cells above."), remark: why };
}

function failed(expression: string, result: Result): Shown {
  const [name, what] = [said(result.ename), said(result.evalue)];
  const hint = name === "NameError" ? ": run the cell that defines it" : "";
  return {
    text: printable(expression),
    state: "error",
    remark: (what || name || "no result") + hint,
    rows: [
      ["Error", [name, what].filter(Boolean).join(": ")],
      ["Expression", printable(expression)],
    ],
    evidence: NONE,
  };
}

function ofFact(expression: string, fact: Fact): Shown {
  const state = fact.state === "current" || fact.state === "partial" ? fact.state : "missing";
  const runs = Array.isArray(fact.runs) ? (fact.runs as RunOfFact[]).filter((run) => typeof run === "object") : [];
  const unit = said(fact.unit);
  const interval = intervalText(fact.interval, fact.level);
  const rows: Row[] = [
    ["Metric", said(fact.metric) + (unit ? ` (${unit})` : "")],
    ["Value", `${said(fact.aggregation)} of N = ${said(fact.n) || "0"}`],
    ["Interval", interval && [interval, said(fact.method)].filter(Boolean).join(", ")],
    ["Runs", runsText(runs)],
    ["State", state === "current" ? "" : state === "partial" ? "partial" : "no evidence"],
    ["Note", said(fact.reason)],
    ["Expression", printable(expression)],
  ];
  return {
    text: said(fact.text) || "n/a",
    state,
    remark: state === "partial" ? "partial" : state === "missing" ? "no evidence" : "",
    rows: rows.filter(([, text]) => text),
    evidence: evidenceOf(fact),
  };
}

function intervalText(interval: unknown, level: unknown): string {
  if (!Array.isArray(interval) || interval.length !== 2) return "";
  const ends = interval.map((end) => (typeof end === "number" ? formatNumber(end) : said(end) || "n/a"));
  const percent = typeof level === "number" ? ` (${Number((100 * level).toPrecision(6))}%)` : "";
  return `[${ends.join(", ")}]${percent}`;
}

function runsText(runs: readonly RunOfFact[]): string {
  const names = runs.map((run) => said(run.name) || said(run.id));
  const more = names.length - NAMES;
  return names.slice(0, NAMES).join(", ") + (more > 0 ? ` + ${more} more` : "");
}

function joined(text: unknown): unknown {
  return Array.isArray(text) ? text.join("") : text;
}

/** A string's text rather than its repr. */
function unquoted(text: string): string {
  const [, , body] = /^(['"])([^]*)\1$/.exec(text) ?? [];
  return body === undefined || /\\[^'"\\]/.test(body) ? text : body.replace(/\\(['"\\])/g, "$1");
}
