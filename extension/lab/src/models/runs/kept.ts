/** What is remembered of a project's table of runs, so that it looks after a reload as it did before. */

import type { IStateDB } from "@jupyterlab/statedb";
import type { ReadonlyPartialJSONValue } from "@lumino/coreutils";
import type { Sort } from "../../api/payloads/runs.ts";
import type { KeptColumns } from "./columns.ts";

export interface Kept {
  where: string;
  history: readonly string[];
  sort: readonly Sort[];
  columns: KeptColumns;
  /** The key of the pinned run; "" for none. */
  baseline: string;
  differences: boolean;
}

export async function remembered(state: IStateDB | null, project: string): Promise<Partial<Kept>> {
  return ((await state?.fetch(stateKey(project))) ?? {}) as Partial<Kept>;
}

export function keep(state: IStateDB | null, project: string, kept: Kept): void {
  void state?.save(stateKey(project), kept as unknown as ReadonlyPartialJSONValue);
}

function stateKey(project: string): string {
  return `pressrun:runs:${project}`;
}
