/** The build as it goes: how far, at which cell, what became of each, what it said, and why it failed. */

import type { JSX } from "react";
import { useEffect, useRef, useState } from "react";
import type { BuildJob } from "../../api/payloads/papers.ts";
import { failedCell, isAtWork } from "../../models/paper/builds.ts";
import { cellName, cellPlaces } from "../../models/cells.ts";
import type { OpenPaper } from "../../models/paper/paper.ts";
import type { Folds, PaperActions } from "./parts.tsx";
import { Quiet, Section, Trouble, Walked } from "./parts.tsx";
import { Sign } from "./signs.tsx";
import { saidJob, saidKept, saidOutcome, saidReasons, saidSeconds } from "./words.ts";

interface BuildProps {
  readonly paper: OpenPaper;
  readonly folds: Folds;
  readonly actions: PaperActions;
}

export function BuildSection({ paper, folds, actions }: BuildProps): JSX.Element | null {
  const { build } = paper;
  if (!build) return null;
  const { job, problem, asking } = build;
  // Before the first build the head of the sidebar says all there is to say.
  if (!job && !problem && !asking) return null;
  const aside = job ? saidJob(job) : asking || undefined;
  return (
    <Section title="Build" folds={folds} aside={aside}>
      {problem && (
        <Trouble title="Could not do that" fault={problem}>
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              build.dismiss();
            }}
          >
            Dismiss
          </button>
        </Trouble>
      )}
      {asking && <Quiet>{asking}…</Quiet>}
      {job && <Job job={job} paper={paper} actions={actions} />}
      {job && <Log lines={build.lines} copy={actions.copy} />}
    </Section>
  );
}

interface JobProps {
  readonly job: BuildJob;
  readonly paper: OpenPaper;
  readonly actions: PaperActions;
}

function Job({ job, paper, actions }: JobProps): JSX.Element {
  const atWork = isAtWork(job.phase);
  return (
    <>
      {atWork && <Progress job={job} paper={paper} />}
      {atWork && !job.here && <Quiet>It runs in a terminal: end it there.</Quiet>}
      {!atWork && <Ended job={job} paper={paper} actions={actions} />}
      {job.cells.length > 0 && <Cells job={job} paper={paper} actions={actions} />}
    </>
  );
}

function Progress({ job, paper }: Pick<JobProps, "job" | "paper">): JSX.Element {
  const known = job.total > 0;
  const name = job.cell ? cellName(paper.panel, job.cell.id) : "";
  return (
    <div className="jp-pr-paper-progress">
      <div
        className={`jp-pr-paper-bar${known ? "" : " jp-pr-paper-bar-unknown"}`}
        role="progressbar"
        aria-label="Build"
        aria-valuemin={0}
        {...(known ? { "aria-valuemax": job.total, "aria-valuenow": job.cells.length } : {})}
        aria-valuetext={saidJob(job)}
      >
        <div style={known ? { width: `${(100 * job.cells.length) / job.total}%` } : {}} />
      </div>
      <p className="jp-pr-paper-progress-line">
        <span>{known ? `${job.number} of ${job.total}` : saidStep(job)}</span>
        <Elapsed since={job.started} until={paper.connected ? null : paper.asOf} />
      </p>
      {known && <p className="jp-pr-paper-quiet jp-pr-paper-clip">{name || saidStep(job)}</p>}
    </div>
  );
}

function saidStep(job: BuildJob): string {
  return job.step || (job.phase === "queued" ? "waiting" : "at work");
}

interface ElapsedProps {
  readonly since: string | null;
  /** When the build was last heard of, if it cannot be heard now. */
  readonly until: Date | null;
}

/** The time since the build began, by this machine's clock; it stands still while nobody knows whether the build goes on. */
function Elapsed({ since, until }: ElapsedProps): JSX.Element | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  if (since === null) return null;
  return (
    <span className="jp-pr-paper-elapsed">
      {saidSeconds(Math.max(0, ((until?.getTime() ?? now) - Date.parse(since)) / 1000))}
    </span>
  );
}

function Ended({ job, paper, actions }: JobProps): JSX.Element {
  const failed = job.phase === "failed";
  const cell = failedCell(job);
  if (failed && job.error) {
    return (
      <Trouble title="Build failed" fault={job.error}>
        {cell !== undefined && cellPlaces(paper.panel).has(cell) && (
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              actions.goTo(cell);
            }}
          >
            Go to the cell: {cellName(paper.panel, cell)}
          </button>
        )}
        <p className="jp-pr-paper-quiet">{saidKept(paper.state)}</p>
      </Trouble>
    );
  }
  const sign = failed ? "cross" : job.phase === "cancelled" ? "dash" : "check";
  return (
    <div className="jp-pr-paper-outcome">
      <p>
        <Sign name={sign} tone={failed ? "bad" : job.phase === "cancelled" ? "doubt" : "good"} /> {saidJob(job)}
        {job.started && job.ended && (
          <span className="jp-pr-paper-quiet">
            {" "}
            in {saidSeconds((Date.parse(job.ended) - Date.parse(job.started)) / 1000)}
          </span>
        )}
      </p>
      {job.phase === "cancelled" && <p className="jp-pr-paper-quiet">{saidKept(paper.state)}</p>}
      {job.changes.length > 0 && (
        <details>
          <summary>What changed since the version before: {job.changes.length}</summary>
          <ul className="jp-pr-paper-changes">
            {job.changes.map((change, index) => (
              <li key={index}>{change}</li>
            ))}
          </ul>
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              actions.compare();
            }}
          >
            Compare the versions
          </button>
        </details>
      )}
    </div>
  );
}

/** One sign a cell, in order; each goes to its cell. */
function Cells({ job, paper, actions }: JobProps): JSX.Element {
  return (
    <Walked label="Cells of the build" className="jp-pr-paper-cells">
      {job.cells.map(({ id, outcome, seconds, reasons }, index) => {
        const { word, sign, tone } = saidOutcome(outcome);
        const time = seconds === null ? "" : `, ${saidSeconds(seconds)}`;
        const why = reasons.length > 0 ? `, because: ${saidReasons(reasons)}` : "";
        const said = `Cell ${index + 1}, ${cellName(paper.panel, id)}: ${word}${time}${why}`;
        return (
          <li key={id}>
            <button
              type="button"
              data-walk=""
              aria-label={said}
              title={said}
              onClick={() => {
                actions.goTo(id);
              }}
            >
              <Sign name={sign} tone={tone} />
            </button>
          </li>
        );
      })}
    </Walked>
  );
}

interface LogProps {
  readonly lines: readonly string[];
  readonly copy: (text: string) => void;
}

/** What the build said, bounded by its model; it follows the end while the reader is there. */
function Log({ lines, copy }: LogProps): JSX.Element | null {
  const box = useRef<HTMLPreElement>(null);
  const [follows, setFollows] = useState(true);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (follows && isOpen) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines, follows, isOpen]);
  if (lines.length === 0) return null;
  return (
    <details
      className="jp-pr-paper-log"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>Log, {lines.length === 1 ? "1 line" : `${lines.length} lines`}</summary>
      <pre
        ref={box}
        tabIndex={0}
        aria-label="Log of the build"
        onScroll={({ currentTarget }) => {
          const { scrollTop, clientHeight, scrollHeight } = currentTarget;
          setFollows(scrollTop + clientHeight >= scrollHeight - 4);
        }}
      >
        {isOpen ? lines.join("\n") : ""}
      </pre>
      <button
        type="button"
        className="jp-pr-paper-link"
        onClick={() => {
          copy(lines.join("\n"));
        }}
      >
        Copy the log
      </button>
    </details>
  );
}
