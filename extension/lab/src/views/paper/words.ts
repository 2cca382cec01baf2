/** How states, verdicts and numbers of papers are said. */

import type { BuildJob, Claim, PaperState, Reason, State, Tally } from "../../api/payloads/papers.ts";
import type { SignName } from "./signs.tsx";

interface Said {
  readonly word: string;
  readonly sign: SignName;
  /** Which colour: the end of a style class. */
  readonly tone: "good" | "bad" | "doubt" | "plain";
}

export const STATES: Readonly<Record<State, Said>> = {
  current: { word: "current", sign: "check", tone: "good" },
  stale: { word: "stale", sign: "clock", tone: "doubt" },
  unpublished: { word: "unpublished", sign: "ring", tone: "plain" },
  failed: { word: "failed", sign: "cross", tone: "bad" },
  building: { word: "building", sign: "working", tone: "plain" },
};

export const VERDICTS: Readonly<Record<Claim["verdict"], Said>> = {
  holds: { word: "holds", sign: "check", tone: "good" },
  fails: { word: "fails", sign: "cross", tone: "bad" },
  unresolved: { word: "unresolved", sign: "question", tone: "doubt" },
  unsupported: { word: "unsupported", sign: "missing", tone: "bad" },
};

/** Of a claim whose cell was not run: what the preview says of it, too. */
export const NOT_JUDGED: Said = { word: "not judged yet", sign: "ring", tone: "plain" };

const OUTCOMES: Readonly<Record<string, Said>> = {
  executed: { word: "executed", sign: "check", tone: "good" },
  text: { word: "text", sign: "dot", tone: "plain" },
  skipped: { word: "skipped", sign: "dash", tone: "doubt" },
  current: { word: "current", sign: "same", tone: "plain" },
  failed: { word: "failed", sign: "cross", tone: "bad" },
  "not run": { word: "not run", sign: "ring", tone: "plain" },
};

export function saidOutcome(outcome: string): Said {
  return OUTCOMES[outcome] ?? { word: outcome, sign: "dot", tone: "plain" };
}

/** Reasons of a cell that are said. */
const SAID = 3;

/** Why a cell has to run, in a line. */
export function saidReasons(reasons: readonly Reason[]): string {
  const more = reasons.length > SAID ? [`and ${reasons.length - SAID} more`] : [];
  return [...reasons.slice(0, SAID).map(({ said }) => said), ...more].join("; ");
}

/** Whether a verdict says that the paper must not be published as it is. */
export function isBroken(verdict: Claim["verdict"] | null): boolean {
  return verdict === "fails" || verdict === "unsupported";
}

/** Claims in the order in which an author has to see them: what breaks first. */
const WORST_FIRST: readonly Claim["verdict"][] = ["fails", "unsupported", "unresolved", "holds"];

/** A number as a person reads it; one that is missing is never 0. */
function saidNumber(number: number | string | null): string {
  if (number === null) return "n/a";
  if (typeof number === "string") return number;
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size < 1e-4 || size >= 1e6) return number.toExponential(2).replaceAll("-", "−").replace("e+", "e");
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return number.toFixed(Math.min(digits, 6)).replace("-", "−");
}

/** An estimate and its interval with the decimals that the interval's width leaves any meaning to. */
export function saidEstimate({ estimate, interval }: Pick<Claim, "estimate" | "interval">): readonly [string, string] {
  if (interval === null) return [saidNumber(estimate), "no interval"];
  const [low, high] = interval;
  const width = typeof low === "number" && typeof high === "number" ? high - low : 0;
  const decimals = width > 0 ? 1 - Math.floor(Math.log10(width)) : -1;
  const said = (number: number | string | null): string =>
    typeof number === "number" && decimals >= 0 && decimals <= 6
      ? number.toFixed(decimals).replace("-", "−")
      : saidNumber(number);
  return [said(estimate), `[${said(low)}, ${said(high)}]`];
}

export function saidP(p: number | string | null): string {
  if (p === null) return "n/a";
  if (typeof p === "string") return p;
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function total(tally: Tally): number {
  return tally.holds + tally.fails + tally.unresolved + tally.unsupported;
}

/** "4 of 5 claims hold, 1 fails"; "" where there are none. */
export function saidTally(tally: Tally): string {
  const all = total(tally);
  if (all === 0) return "";
  const rest = WORST_FIRST.filter((verdict) => verdict !== "holds" && tally[verdict] > 0);
  const said = rest.map((verdict) => `${tally[verdict]} ${verdict === "fails" && tally.fails > 1 ? "fail" : verdict}`);
  const first = `${tally.holds} of ${counted(all, "claim")} ${all === 1 ? "holds" : "hold"}`;
  return [first, ...said].join(", ");
}

/** What a build does or did, in a line. */
export function saidJob(job: BuildJob): string {
  switch (job.phase) {
    case "queued":
      return "Build is waiting";
    case "running":
      return job.number > 0 && job.total > 0 ? `Building: cell ${job.number} of ${job.total}` : "Building";
    case "cancelled":
      return "Build cancelled";
    case "failed":
      return "Build failed";
    case "done":
      return job.outcome === "current" ? "Nothing to build: the paper is current" : saidPublished(job);
  }
}

function saidPublished(job: BuildJob): string {
  const version = job.version === null ? "" : ` version ${job.version}`;
  return `Published${version}${job.edited ? ", and stale already: inputs changed meanwhile" : ""}`;
}

/** What readers still see when a build did not succeed. */
export function saidKept(state: PaperState | null): string {
  if (!state) return "";
  return state.version === null
    ? "Nothing is published yet."
    : `Readers still see version ${state.version}, as it was.`;
}

/** Seconds as "0.4 s", "12 s" or "3:05 min". */
export function saidSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} min`;
}

/** A time of the server in the author's own words for dates. */
export function saidTime(iso: string): string {
  const time = new Date(iso);
  if (iso === "" || Number.isNaN(time.getTime())) return "date unknown";
  return time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
