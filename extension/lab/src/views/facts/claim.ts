/** A claim in a notebook's output: a card with the verdict, the statement, the numbers and the reason. */

import { estimateText, pText, percent, printable } from "./number-text.ts";
import type { Fact } from "../../models/facts/live.ts";
import { RenderedFact, UnreadableFactError, spoken } from "./fact.ts";

/** What verdicts look like and say, as claims/verdict.py has them. */
const VERDICTS: ReadonlyMap<unknown, { symbol: string; meaning: string }> = new Map([
  ["holds", { symbol: "\u2713", meaning: "the data support the statement" }],
  ["fails", { symbol: "\u2717", meaning: "the data contradict the statement" }],
  ["unresolved", { symbol: "?", meaning: "the data cannot decide" }],
  ["unsupported", { symbol: "\u2205", meaning: "evidence is missing" }],
]);

export class RenderedClaim extends RenderedFact {
  protected readonly noun = "claim";

  protected build(fact: Fact): { state: string; nodes: readonly Node[] } {
    this.addClass("jp-pr-claim");
    const { statement, verdict, reason, disclosure } = fact;
    const known = VERDICTS.get(verdict);
    if (typeof statement !== "string" || typeof verdict !== "string" || !known) {
      throw new UnreadableFactError("Its fact holds no statement and verdict.");
    }
    const head = spoken("p", "jp-pr-claim-statement", "");
    const word = spoken("strong", "jp-pr-claim-verdict", `${known.symbol} ${verdict}`);
    word.title = known.meaning;
    head.append(word, " ", printable(statement));
    const nodes = [head];
    if (typeof reason === "string" && reason) nodes.push(spoken("p", "jp-pr-claim-reason", printable(reason)));
    const numbers = numbersOf(fact);
    if (numbers) nodes.push(numbers);
    const test = testOf(fact);
    if (test) nodes.push(spoken("p", "jp-pr-claim-test", test));
    const text = (disclosure as { text?: unknown } | null)?.text;
    if (typeof text === "string" && text) nodes.push(spoken("p", "jp-pr-claim-disclosure", printable(text)));
    return { state: verdict, nodes };
  }
}

/** The sides and the estimate, a row each; null where there is nothing to tell apart. */
function numbersOf({ sides, estimate, interval, n, metric, form, bound }: Fact): HTMLElement | null {
  const rows: HTMLElement[] = [];
  const row = (label: string, value: string, count: unknown): void => {
    const line = document.createElement("tr");
    const head = spoken("th", "", printable(label));
    head.setAttribute("scope", "row");
    line.append(
      head,
      spoken("td", "", value),
      spoken("td", "", typeof count === "number" ? `n\u00a0=\u00a0${count}` : ""),
    );
    rows.push(line);
  };
  const list = Array.isArray(sides) ? (sides as unknown[]) : [];
  for (const side of list) {
    const { label, mean, interval: around, n: own } = (side ?? {}) as Fact;
    row(typeof label === "string" && label ? label : "runs", estimateText(mean, around), own);
  }
  if (list.length > 1 && estimate !== null && estimate !== undefined)
    row("difference", estimateText(estimate, interval), n);
  if (bound !== null && bound !== undefined) {
    const names: Record<string, string> = { equivalent: "equivalence margin", noninferior: "too much" };
    row(names[String(form)] ?? "threshold", estimateText(bound, null), null);
  }
  if (rows.length === 0) return null;
  const table = document.createElement("table");
  table.className = "jp-pr-claim-numbers";
  if (typeof metric === "string") {
    const caption = document.createElement("caption");
    caption.textContent = printable(metric);
    table.append(caption);
  }
  const body = document.createElement("tbody");
  body.append(...rows);
  table.append(body);
  return table;
}

/** The test behind the verdict on one line. */
function testOf({ method, pairing, level, p_value, p_corrected, correction }: Fact): string {
  const p = pText(p_value);
  const corrected = pText(p_corrected);
  return [
    typeof method === "string" ? printable(method) : "",
    pairing === "seed" ? "paired by seed" : "",
    p,
    corrected ? `${corrected} after correction (${printable(correction ?? "")})` : "",
    p && typeof level === "number" ? `${percent(level)} intervals` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
