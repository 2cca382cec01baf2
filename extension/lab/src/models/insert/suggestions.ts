/** What a form suggests before its author says anything: likely arguments, a label, a variable's name. */

import type { Kind, Offers } from "../../api/payloads/panels.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** Names that say of a metric that it was measured on what was held out: what papers report. */
const HELD_OUT = /(^|[/_. -])(val|valid|validation|test|eval|dev)/i;

/** Columns of a table that is begun: metrics first, what the project declares before the others. */
const COLUMNS = 2;
const LENGTH = 40;

/** Likely arguments of a new call, from what its runs have. */
export function suggestions(kind: Kind, offers: Offers, declared: readonly string[]): Record<string, unknown> {
  const likely = (names: readonly string[]): string[] => [
    ...declared.filter((name) => names.includes(name)),
    ...names.filter((name) => !declared.includes(name) && HELD_OUT.test(name)),
    ...names.filter((name) => !declared.includes(name) && !HELD_OUT.test(name)),
  ];
  const found: Record<string, unknown> = {};
  for (const { name, type } of kind.fields) {
    // What the project declares may be logged once, at the end of a run: a dot where a line is asked for.
    const metric = likely(offers.lines)[0] ?? likely(offers.metrics)[0];
    const summary = likely(offers.summary);
    if (type === "metric" && metric !== undefined) found[name] = metric;
    if (type === "summary" && summary[0] !== undefined) found[name] = summary[0];
    if (type === "metrics" && summary.length > 0) found[name] = summary.slice(0, COLUMNS);
    if (type === "fields" && name === "group" && offers.group.length > 0) found[name] = offers.group;
    if (type === "path" && offers.files[0] !== undefined) found[name] = offers.files[0];
  }
  return found;
}

/** A label that no other cell has; "" where cells of the kind have none. */
export function suggestedLabel(kind: Kind, given: Arguments, taken: ReadonlySet<string>): string {
  if (!kind.label) return "";
  const about = slug(subject(given), "-") || kind.kind.replace("_", "-");
  const label = `${kind.label}-${about}`;
  let free = label;
  for (let number = 2; taken.has(free); number++) free = `${label}-${number}`;
  return free;
}

/** A variable for a value: test/acc → test_acc. */
export function suggestedName(given: Arguments): string {
  const name = slug(subject(given), "_");
  return /^[a-z_]/.test(name) ? name : `value${name ? `_${name}` : ""}`;
}

/** What a call is about, by the argument that says most. */
function subject(given: Arguments): string {
  const columns = Array.isArray(given.columns) ? (given.columns as unknown[]).at(-1) : undefined;
  const about = given.statement ?? given.metric ?? columns ?? given.target ?? "";
  return typeof about === "string" ? about.replace(/^.*::/, "") : "";
}

function slug(text: string, joint: string): string {
  const words =
    text
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  let found = "";
  for (const word of words) {
    const longer = found ? `${found}${joint}${word}` : word;
    if (found && longer.length > LENGTH) break;
    found = longer;
  }
  return found.slice(0, LENGTH);
}
