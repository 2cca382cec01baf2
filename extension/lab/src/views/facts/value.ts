/** A value in a notebook's output: the number as the paper prints it, and where it comes from. */

import { estimateText, percent, printable } from "./number-text.ts";
import type { Fact } from "../../models/facts/live.ts";
import { RenderedFact, UnreadableFactError, spoken } from "./fact.ts";

/** The states that facts know; others are shown as if something were missing. */
const STATES = new Set(["current", "partial", "missing"]);

export class RenderedValue extends RenderedFact {
  protected readonly noun = "value";

  protected build(fact: Fact): { state: string; nodes: readonly Node[] } {
    this.addClass("jp-pr-value");
    const { text, metric, aggregation, n, interval, level, reason, runs } = fact;
    if (typeof text !== "string" || typeof metric !== "string") {
      throw new UnreadableFactError("Its fact holds no number's text and metric.");
    }
    const state = typeof fact.state === "string" && STATES.has(fact.state) ? fact.state : "missing";
    const many = Array.isArray(runs) ? runs.length : 0;
    const parts = [
      `${aggregation === "only" ? "the only run\u2019s" : `${printable(aggregation ?? "")} of`} ${printable(metric)}`,
      typeof n === "number" ? `n\u00a0=\u00a0${n}` : "",
      Array.isArray(interval) ? `${percent(level)} interval ${ends(fact)}` : "",
    ].filter(Boolean);
    const provenance = spoken("span", "jp-pr-value-provenance", parts.join(", "));
    provenance.title = namesOf(runs, many);
    const nodes = [spoken("strong", "jp-pr-value-number", printable(text)), " ", provenance];
    if (state !== "current") {
      const why = typeof reason === "string" && reason ? `: ${printable(reason)}` : "";
      nodes.push(" ", spoken("span", "jp-pr-value-reason", state + why));
    }
    return { state, nodes: nodes.map((node) => (typeof node === "string" ? document.createTextNode(node) : node)) };
  }
}

/** The ends of the interval, to the digits that it supports. */
function ends({ number, interval }: Fact): string {
  return /\[(.*)\]/.exec(estimateText(number, interval))?.[1]?.replace(", ", " to ") ?? "unknown";
}

function namesOf(runs: unknown, many: number): string {
  const list = Array.isArray(runs) ? (runs as unknown[]).slice(0, 12) : [];
  const names = list.map((run) => printable((run as { name?: unknown } | null)?.name ?? ""));
  return `Runs: ${names.join(", ")}${many > names.length ? ` and ${many - names.length} more` : ""}`;
}
