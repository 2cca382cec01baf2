/** The order of runs as an author makes it by choosing fields one after the other. */

import type { Sort } from "../../api/payloads/runs.ts";

/** The order while the author asks for none: what was begun last is looked for most. */
export const NEWEST: readonly Sort[] = [{ field: "started", descending: true }];

/** A field is chosen: once it sorts, a second time the other way, a third time no more. With `add` the others stay. */
export function sortedBy(
  sort: readonly Sort[],
  field: string,
  add: boolean,
  descendingFirst: boolean,
): readonly Sort[] {
  const before = sort.find((each) => each.field === field);
  let next: readonly Sort[] = [];
  if (before === undefined) next = [{ field, descending: descendingFirst }];
  else if (before.descending === descendingFirst) next = [{ field, descending: !descendingFirst }];
  if (!add) return next;
  if (before === undefined) return [...sort, ...next];
  return sort.flatMap((each) => (each.field === field ? next : [each]));
}
