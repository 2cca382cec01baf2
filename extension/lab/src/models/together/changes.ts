/**
 * What others change in a code cell, told to JupyterLab whole.
 *
 * JupyterLab follows a cell's outputs change by change. It throws, and drops all that came along, where two set one
 * entry of a cell at once (the number of its run) and it is the other's that stays; and it takes outputs that were
 * replaced in one step, as after a time offline, for additions to those before. From then on it shows what is not in
 * the document, and writes that back when more comes. Here neither happens: an entry that stays as it was is no
 * change, and outputs that are more than added or removed are all read again.
 */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { documentOf } from "./shared-document.ts";

interface Step {
  readonly retain?: number;
  readonly delete?: number;
  readonly insert?: readonly unknown[];
}

/** Changes as JupyterLab's models take them. */
interface Changes {
  streamOutputChange?: unknown;
  outputsChange?: readonly Step[];
}

/** A change as the document tells of it. */
interface SharedEvent {
  readonly target: unknown;
  readonly path: readonly (string | number)[];
  readonly keysChanged?: ReadonlySet<string>;
  readonly changes: { readonly keys: ReadonlyMap<string, unknown>; readonly delta: readonly Step[] };
}

/** What the code cells of the document have in common, as far as it is needed here. */
interface SharedCell {
  readonly ymodel: { get(key: string): unknown };
  readonly youtputs: { readonly length: number; toArray(): readonly unknown[] };
  getChanges: (this: SharedCell, events: readonly SharedEvent[]) => Changes;
}

const mended = new WeakSet<SharedCell>();

/** See to it that what others change in a notebook's code cells comes whole. */
export function mendChanges(panel: NotebookPanel): void {
  const cell = panel.content.model?.sharedModel.cells.find(({ cell_type }) => cell_type === "code");
  if (!cell || !documentOf(panel)) return;
  // Cells are made by JupyterLab, and come with their changes followed: what they are made of is the one place.
  const kind = Object.getPrototypeOf(cell) as SharedCell;
  if (mended.has(kind)) return;
  mended.add(kind);
  const { getChanges } = kind;
  kind.getChanges = function (events) {
    return whole(this, events, getChanges.call(this, events.map(real)));
  };
}

/** An event without the entries that are what they were. */
function real(event: SharedEvent): SharedEvent {
  const { keysChanged } = event;
  if (!keysChanged) return event;
  const { keys } = event.changes;
  const changed = new Set([...keysChanged].filter((key) => keys.has(key)));
  return changed.size === keysChanged.size
    ? event
    : (Object.create(event, { keysChanged: { value: changed } }) as SharedEvent);
}

function whole(cell: SharedCell, events: readonly SharedEvent[], changes: Changes): Changes {
  const steps = changes.outputsChange ?? [];
  const texts = events.filter(({ path }) => path.length === 3 && path[0] === "outputs");
  const inLast = texts.every(({ path }) => path[1] === cell.youtputs.length - 1);
  if (texts.length === 0 ? isPlain(steps, cell.youtputs.length) : texts.length === 1 && inLast && steps.length === 0)
    return changes;
  const outputs = cell.youtputs.toArray();
  const before = outputs.length - count(steps, "insert") + count(steps, "delete");
  return { ...changes, streamOutputChange: undefined, outputsChange: [{ delete: before }, { insert: outputs }] };
}

/** Whether outputs were only removed, or only added at the end. */
function isPlain(steps: readonly Step[], length: number): boolean {
  const added = count(steps, "insert");
  if (added === 0) return true;
  return count(steps, "delete") === 0 && (steps[0]?.retain ?? 0) + added === length;
}

function count(steps: readonly Step[], kind: "insert" | "delete"): number {
  return steps.reduce((sum, step) => sum + (kind === "insert" ? (step.insert?.length ?? 0) : (step.delete ?? 0)), 0);
}
