/** What a fact is made of, read without trust. */

import type { Evidence, Question, RunCite } from "./cites.ts";

const partsOf = (fact: unknown): { runs?: unknown; sides?: unknown; asked?: unknown } =>
  typeof fact === "object" && fact !== null ? fact : {};

/** What a fact is made of: its runs, and the queries whose whole answers they or its sides are. */
export function evidenceOf(fact: unknown): Evidence {
  const { runs, sides } = partsOf(fact);
  const questions = [fact, ...(Array.isArray(sides) ? (sides as unknown[]) : [])].flatMap(questionOf);
  return { runs: citesOf(runs), questions };
}

/** A fact of an earlier version says nothing of its query. */
function questionOf(part: unknown): Question[] {
  const { asked, runs } = partsOf(part);
  const { sources, where } = (typeof asked === "object" && asked !== null ? asked : {}) as Partial<Question>;
  const urls: readonly unknown[] = Array.isArray(sources) ? sources : [];
  const [first, ...others] = urls.filter((url) => typeof url === "string");
  if (first === undefined || typeof where !== "string") return [];
  return [{ sources: [first, ...others], where, runs: citesOf(runs) }];
}

/** Runs that are cited, malformed ones left out. */
function citesOf(runs: unknown): RunCite[] {
  if (!Array.isArray(runs)) return [];
  return runs.flatMap((run: unknown) => {
    const { source, id, digest, name } = (typeof run === "object" && run !== null ? run : {}) as Partial<RunCite>;
    if (typeof source !== "string" || typeof id !== "string" || typeof digest !== "string") return [];
    return [{ source, id, digest, name: typeof name === "string" ? name : id }];
  });
}
