/** What the next build would run, and why: each cell is a click away. */

import type { JSX } from "react";
import type { PlannedCell } from "../../api/payloads/papers.ts";
import { cellName, cellPlaces } from "../../models/cells.ts";
import type { OpenPaper } from "../../models/paper/paper.ts";
import type { Folds, PaperActions } from "./parts.tsx";
import { Section, Walked } from "./parts.tsx";
import { counted, saidReasons } from "./words.ts";

/** Cells up to which the list is open at first: of a paper that runs as a whole there is little to choose from. */
const FEW = 12;

interface PlanProps {
  readonly paper: OpenPaper;
  readonly folds: Folds;
  readonly actions: PaperActions;
}

export function PlanSection({ paper, folds, actions }: PlanProps): JSX.Element | null {
  const { state, build } = paper;
  if (!state || build?.running) return null;
  const { plan, update_plan: updated, waiting } = state;
  const [first] = [plan, updated].filter((cells) => cells.length > 0);
  if (!first) return null;
  return (
    <Section
      title="Next build"
      folds={folds}
      open={executed(first).length <= FEW}
      aside={`${executed(first).length} of ${counted(first.length, "cell")}`}
    >
      {plan.length > 0 && (
        <>
          <p>{said(plan)}</p>
          <Cells label="Cells that the next build runs" cells={plan} paper={paper} actions={actions} />
        </>
      )}
      {updated.length > 0 && (
        <>
          <p>{`With ${counted(waiting.length, "new run")}, ${said(updated)}`}</p>
          <Cells label="Cells that a build with the new runs runs" cells={updated} paper={paper} actions={actions} />
        </>
      )}
    </Section>
  );
}

function executed(cells: readonly PlannedCell[]): readonly PlannedCell[] {
  return cells.filter(({ outcome }) => outcome === "executed");
}

function said(cells: readonly PlannedCell[]): string {
  const runs = executed(cells).length;
  return runs === 0 ? "no cell will run" : `${runs} of ${counted(cells.length, "cell")} will run`;
}

interface CellsProps {
  readonly label: string;
  readonly cells: readonly PlannedCell[];
  readonly paper: OpenPaper;
  readonly actions: PaperActions;
}

function Cells({ label, cells, paper, actions }: CellsProps): JSX.Element {
  const places = cellPlaces(paper.panel);
  return (
    <Walked label={label} className="jp-pr-paper-plan">
      {executed(cells).map(({ id, reasons }) => (
        <li key={id}>
          {places.has(id) ? (
            <button
              type="button"
              data-walk=""
              className="jp-pr-paper-link jp-pr-paper-clip"
              onClick={() => {
                actions.goTo(id);
              }}
            >
              {cellName(paper.panel, id)}
            </button>
          ) : (
            <span>The parameters of paper.toml</span>
          )}
          <span className="jp-pr-paper-quiet">{saidReasons(reasons)}</span>
        </li>
      ))}
    </Walked>
  );
}
