/** The outline of the open paper: every item goes to its cell, and the one that the author is at is marked. */

import type { JSX } from "react";
import { useEffect, useRef } from "react";
import type { BuildJob, OutlineProblem } from "../../api/payloads/papers.ts";
import { cellPlaces, cellSource, currentCell } from "../../models/cells.ts";
import { verdictsNow } from "../../models/paper/claims.ts";
import type { Item } from "../../models/paper/outline-items.ts";
import { itemAt, looseProblems, outlineItems } from "../../models/paper/outline-items.ts";
import type { OpenPaper } from "../../models/paper/paper.ts";
import type { Folds, PaperActions } from "./parts.tsx";
import { Quiet, Section, Trouble, Walked } from "./parts.tsx";
import { Sign } from "./signs.tsx";
import { counted, saidOutcome, VERDICTS } from "./words.ts";

interface OutlineProps {
  readonly paper: OpenPaper;
  readonly folds: Folds;
  readonly actions: PaperActions;
}

export function OutlineSection({ paper, folds, actions }: OutlineProps): JSX.Element {
  const { outline, problem, pending } = paper.outline;
  const problems = outline?.problems.length ?? 0;
  const aside = problems > 0 ? <Problems count={problems} /> : pending && outline ? "updating…" : undefined;
  return (
    <Section title="Outline" folds={folds} aside={aside}>
      {problem && <Trouble title={outline ? "Not up to date" : "No outline yet"} fault={problem} />}
      {!outline && !problem && <Quiet>Reading the notebook…</Quiet>}
      {outline && <Items paper={paper} actions={actions} />}
    </Section>
  );
}

function Problems({ count }: { readonly count: number }): JSX.Element {
  return (
    <>
      <Sign name="warning" tone="doubt" /> {counted(count, "problem")}
    </>
  );
}

function Items({ paper, actions }: Pick<OutlineProps, "paper" | "actions">): JSX.Element | null {
  const { outline } = paper.outline;
  const list = useRef<HTMLDivElement>(null);
  const places = cellPlaces(paper.panel);
  const items = outline
    ? outlineItems(outline, places, (cell) => cellSource(paper.panel, cell), verdictsNow(paper.state, outline))
    : [];
  const here = itemAt(items, currentCell(paper.panel), places)?.key;
  useEffect(() => {
    const marked = list.current?.querySelector("[aria-current]");
    marked?.scrollIntoView({ block: "nearest" });
  }, [here]);
  if (!outline) return null;
  const job = paper.build?.job ?? null;
  return (
    <div ref={list}>
      {looseProblems(outline, items).map((problem, index) => (
        <ProblemLine key={index} problem={problem} actions={actions} />
      ))}
      {items.length === 0 && (
        <Quiet>Nothing to list yet: headings, labelled figures, tables, equations and claims appear here.</Quiet>
      )}
      <Walked label="Outline" className="jp-pr-paper-outline">
        {items.map((item) => (
          <li key={item.key}>
            <OutlineItem item={item} isHere={item.key === here} job={job} actions={actions} />
            {item.problems.map((problem, index) => (
              <ProblemLine key={index} problem={problem} actions={actions} />
            ))}
          </li>
        ))}
      </Walked>
    </div>
  );
}

interface ItemProps {
  readonly item: Item;
  readonly isHere: boolean;
  readonly job: BuildJob | null;
  readonly actions: PaperActions;
}

function OutlineItem({ item, isHere, job, actions }: ItemProps): JSX.Element {
  const verdict = item.verdict && VERDICTS[item.verdict];
  return (
    <button
      type="button"
      data-walk=""
      className={`jp-pr-paper-item jp-pr-paper-kind-${item.kind}`}
      style={{ paddingInlineStart: `${8 + 14 * item.depth}px` }}
      aria-current={isHere ? "location" : undefined}
      disabled={item.cell === null}
      title={[item.number, item.text].filter(Boolean).join(" ")}
      onClick={() => {
        if (item.cell !== null) actions.goTo(item.cell);
      }}
    >
      {verdict && <Sign name={verdict.sign} tone={verdict.tone} />}
      {item.number && <span className="jp-pr-paper-number">{item.number}</span>}
      <span className="jp-pr-paper-item-text">{item.text}</span>
      {verdict && <span className={`jp-pr-paper-verdict jp-pr-paper-verdict-${verdict.tone}`}>{verdict.word}</span>}
      <Tick cell={item.cell} job={job} />
    </button>
  );
}

/** What the build made of the item's cell. */
function Tick({ cell, job }: { readonly cell: string | null; readonly job: BuildJob | null }): JSX.Element | null {
  if (!job || cell === null) return null;
  const done = job.cells.find(({ id }) => id === cell);
  const atWork = !done && job.phase === "running" && job.cell?.id === cell;
  if (!done && !atWork) return null;
  const { word, sign, tone } = done ? saidOutcome(done.outcome) : { word: "at work", sign: "working", tone: "plain" };
  if (done?.outcome === "text") return null;
  return (
    <span className="jp-pr-paper-tick" title={`In the build: ${word}`}>
      <Sign name={sign as "check"} tone={tone} />
      <span className="jp-pr-paper-unseen">, in the build: {word}</span>
    </span>
  );
}

interface ProblemProps {
  readonly problem: OutlineProblem;
  readonly actions: PaperActions;
}

function ProblemLine({ problem, actions }: ProblemProps): JSX.Element {
  const { what, hint, cell } = problem;
  return (
    <div className="jp-pr-paper-problem">
      <Sign name="warning" tone="doubt" />
      <div>
        <p>{what}</p>
        {hint && <p className="jp-pr-paper-hint">{hint}</p>}
        {cell !== null && (
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              actions.goTo(cell);
            }}
          >
            Go to the cell
          </button>
        )}
      </div>
    </div>
  );
}
