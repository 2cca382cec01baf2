/** The claims of an open paper: the published ones as the runs now judge them, and those that only the notebook has. */

import type { ICodeCellModel } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Claim, Label, Outline, OutlineClaim, PaperState } from "../../api/payloads/papers.ts";

const CLAIM_MIME = "application/vnd.pressrun.claim.v1+json";

type Numbers = Pick<Claim, "estimate" | "interval" | "level" | "n" | "p_value" | "p_corrected" | "correction">;

export interface ClaimItem {
  readonly key: string;
  /** "Claim 2"; "" where the open notebook does not number it. */
  readonly number: string;
  readonly statement: string;
  /** Null for a claim of the open notebook whose cell was not run in it. */
  readonly verdict: Claim["verdict"] | null;
  /** The verdict that counts for the paper: of the published claim by the runs as they are now, where there is one. */
  readonly current: Claim["verdict"] | null;
  /** The verdict as published; null for a claim that is not. */
  readonly published: Claim["verdict"] | null;
  readonly reason: string;
  readonly cell: string;
  /** Null where the notebook shows a verdict and no evidence of it. */
  readonly numbers: Numbers | null;
  /** How the open notebook differs from what was published; "" if it does not. */
  readonly note: string;
}

const ORDER: readonly Claim["verdict"][] = ["fails", "unsupported", "unresolved", "holds"];

/** Give all claims, the broken ones first. */
export function allClaims(
  state: PaperState | null,
  outline: Outline | null,
  panel: NotebookPanel,
): readonly ClaimItem[] {
  const left = [...(outline?.claims ?? [])];
  const published = (state?.claims ?? []).map((claim): ClaimItem => {
    const at = left.findIndex((open) => isSame(open, claim));
    const open = at < 0 ? undefined : left.splice(at, 1)[0];
    return {
      key: claim.id,
      number: open?.text ?? label(outline, claim)?.text ?? "",
      statement: claim.statement,
      verdict: open?.verdict === null ? null : claim.verdict,
      current: claim.verdict,
      published: claim.published,
      reason: claim.reason,
      cell: claim.cell,
      numbers: claim,
      note: outline === null || (!open && label(outline, claim)) ? "" : difference(open, claim),
    };
  });
  const fresh = left.map((open, index): ClaimItem => ({
    key: `open:${open.label || index}`,
    number: open.text,
    statement: open.statement,
    verdict: open.verdict,
    current: open.verdict,
    published: null,
    reason: open.reason,
    cell: open.cell ?? "",
    numbers: factOf(panel, open),
    note: state?.version ? "Not in the published version." : "Not published yet.",
  }));
  const place = ({ current }: ClaimItem): number => (current === null ? ORDER.length : ORDER.indexOf(current));
  return [...published, ...fresh].sort((one, other) => place(one) - place(other));
}

/** Give the verdicts by the runs as they are now, by the keys of outline items. */
export function verdictsNow(state: PaperState | null, outline: Outline): ReadonlyMap<string, Claim["verdict"]> {
  const verdicts = new Map<string, Claim["verdict"]>();
  for (const open of outline.claims) {
    if (open.verdict === null) continue;
    const claim = state?.claims.find((each) => isSame(open, each) && each.statement === open.statement);
    if (claim) verdicts.set(claimKey(open), claim.verdict);
  }
  for (const claim of state?.claims ?? []) {
    const isRun = outline.claims.some((open) => open.label === claim.label);
    if (claim.label && !isRun) verdicts.set(claim.label, claim.verdict);
  }
  return verdicts;
}

/** By what a claim of the notebook is told apart from others. */
export function claimKey(claim: Pick<OutlineClaim, "label" | "statement" | "cell">): string {
  return claim.label || `${claim.cell ?? ""}:${claim.statement}`;
}

/** A claim's label is there before its cell was run. */
function label(outline: Outline | null, claim: Claim): Label | undefined {
  return outline?.labels.find((each) => each.label !== "" && each.label === claim.label);
}

function isSame(open: OutlineClaim, claim: Claim): boolean {
  if (open.label || claim.label) return open.label === claim.label;
  // What a cell that was not run is going to state may not be known.
  return open.cell === claim.cell && (open.statement === claim.statement || open.verdict === null);
}

function difference(open: OutlineClaim | undefined, claim: Claim): string {
  if (!open) return "No longer in the open notebook, or not run in it.";
  if (open.statement !== claim.statement && open.verdict !== null) return `The open notebook says: ${open.statement}`;
  return "";
}

/** The evidence as the cell shows it in the open notebook. */
function factOf(panel: NotebookPanel, claim: OutlineClaim): Numbers | null {
  const cells = panel.isDisposed ? [] : [...(panel.model?.cells ?? [])];
  const cell = cells.find((each) => each.id === claim.cell);
  if (cell?.type !== "code") return null;
  const { outputs } = cell as ICodeCellModel;
  for (let index = 0; index < outputs.length; index++) {
    const fact = outputs.get(index).data[CLAIM_MIME] as unknown as (Numbers & { statement: string }) | undefined;
    if (fact?.statement === claim.statement) return fact;
  }
  return null;
}
