/** Panels for the notebook, made from what is selected in the runs table: the calls that an author would have typed. */

import type { Call, Query } from "../../api/payloads/panels.ts";
import type { Details, Selection } from "../../api/payloads/runs.ts";
import { addresses, OWN, shortName } from "./columns.ts";
import type { RunsModel } from "./runs.ts";

export type PanelKind = "curves" | "table" | "compare" | "code";

/** What a drag from the runs table carries: a Call as JSON text. */
export const CALL_MIME = "application/x-pressrun-call+json";

/** Columns of a table panel: more than these do not fit a page. */
const FITTING = 6;

/** The call of a panel on the selected runs, or on all that are shown if none is selected. */
export async function panelCall(model: RunsModel, kind: PanelKind): Promise<Call> {
  const runs = await lookedRuns(model);
  const call = { panel: kind, runs, label: "", caption: "" };
  if (kind === "curves") {
    const metric = await likeliestMetric(model);
    return { ...call, arguments: metric ? { metric } : {} };
  }
  if (kind === "table") return { ...call, arguments: { columns: tableColumns(model) } };
  return { ...call, arguments: {} };
}

/** Whether a call says all that its panel has to know. */
export function isComplete({ panel, arguments: given }: Call): boolean {
  if (panel === "curves") return "metric" in given;
  return panel === "table" ? Array.isArray(given.columns) && given.columns.length > 0 : panel === "compare";
}

/** The query of the runs that the author looks at: those selected, those shown; of all where no view shows any. */
export async function lookedRuns(model: RunsModel): Promise<Query> {
  const keys = model.isShown ? model.selection.keys : [];
  const where = model.isShown ? model.shownWhere : "";
  if (keys.length === 0) return { sources: [], where };
  const query = { project: model.project };
  const body = { keys, where };
  const found = await model.pressrun.client.ask<Selection>("runs/select", { method: "POST", query, body });
  const runs = { sources: found.sources, where: found.where };
  return found.exact ? runs : { ...runs, keys: [...keys] };
}

/** What the author most likely wants to see over time: what the project declares, what is sorted by, what is shown. */
async function likeliestMetric(model: RunsModel): Promise<string | null> {
  const key = model.selection.keys[0] ?? model.pages.row(0)?.key;
  if (key === undefined) return null;
  const query = { project: model.project, key };
  const { metrics } = await model.pressrun.client.ask<Details>("runs/run", { query });
  const there = new Set(metrics.filter(({ points }) => points > 1).map(({ name }) => name));
  const wanted = [
    ...model.sort.map(({ field }) => shortName(field)),
    ...(model.pressrun.current.found?.metrics ?? []).map(({ name }) => name),
    ...model.columns.shown.map(({ field }) => shortName(field)),
    ...there,
    ...metrics.map(({ name }) => name),
  ];
  const known = new Set(metrics.map(({ name }) => name));
  return wanted.find((name) => there.has(name)) ?? wanted.find((name) => known.has(name)) ?? null;
}

function tableColumns(model: RunsModel): string[] {
  const own: readonly string[] = Object.values(OWN);
  return addresses(model.columns.shown.filter(({ kind }) => kind === "config" || kind === "summary"))
    .filter((field) => !own.includes(field))
    .slice(0, FITTING);
}
