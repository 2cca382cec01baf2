/** What differs between runs, one column a run: a table that is read row by row. */

import type { JSX } from "react";
import type { Compared } from "../../api/payloads/runs.ts";
import type { Line, RunComparison, ShownSection } from "../../models/runs/comparison.ts";
import { StatusText } from "../runs/cells.tsx";
import { differenceText, jsonText, plural } from "../runs/text.ts";

export function ComparisonTable({ model }: { model: RunComparison }): JSX.Element {
  const { runs, titles, sections, filter } = model;
  const filled = sections.filter(({ lines, same, note }) => lines.length > 0 || (!filter && (same > 0 || note)));
  return (
    <div className="jp-pr-compare-scroll" tabIndex={0} role="region" aria-label="Differences">
      <table className="jp-pr-compare-table">
        <thead>
          <tr>
            <th scope="col" className="jp-pr-compare-key">
              {plural(runs.length, "run")}
            </th>
            {runs.map((run, index) => (
              <RunHead key={run.key} model={model} run={run} title={titles[index] ?? run.id} first={index === 0} />
            ))}
          </tr>
        </thead>
        {filled.map((section) => (
          <SectionRows key={section.title} model={model} section={section} count={runs.length} />
        ))}
      </table>
      {filled.length === 0 && <p className="jp-pr-missing">No entry is called that.</p>}
    </div>
  );
}

interface RunHeadProps {
  model: RunComparison;
  run: Compared;
  title: string;
  first: boolean;
}

function RunHead({ model, run, title, first }: RunHeadProps): JSX.Element {
  return (
    <th scope="col" title={`${run.name} · ${run.id} · ${run.source}`}>
      <div className="jp-pr-compare-run">
        <span className="jp-pr-text">{title}</span>
        {model.keys.length > 2 && (
          <button
            type="button"
            className="jp-pr-icon"
            aria-label={`Remove ${title}`}
            title="Remove from the comparison"
            onClick={() => {
              model.remove(run.key);
            }}
          >
            ×
          </button>
        )}
      </div>
      <div className="jp-pr-compare-run">
        <StatusText status={run.status} />
        {first ? (
          <span className="jp-pr-badge">baseline</span>
        ) : (
          <button
            type="button"
            className="jp-pr-link"
            aria-label={`Make ${title} the baseline`}
            onClick={() => {
              model.base(run.key);
            }}
          >
            make baseline
          </button>
        )}
      </div>
    </th>
  );
}

interface SectionProps {
  model: RunComparison;
  section: ShownSection;
  count: number;
}

function SectionRows({ model, section, count }: SectionProps): JSX.Element {
  const { title, lines, same, note } = section;
  const differing = lines.filter((line) => !line.same).length;
  const words = [
    differing > 0 ? plural(differing, "difference") : "no difference",
    same > 0 ? `${same.toLocaleString("en")} the same` : "",
    note,
  ];
  return (
    <tbody>
      <tr className="jp-pr-compare-section">
        <th scope="rowgroup" className="jp-pr-compare-key">
          {title}
        </th>
        <td colSpan={count}>{words.filter(Boolean).join("; ")}</td>
      </tr>
      {lines.map((line) => (
        <tr key={line.key} data-same={line.same || undefined}>
          <th scope="row" className="jp-pr-compare-key" title={line.key}>
            {line.key}
          </th>
          {line.values.map((value, index) => (
            <td key={index}>
              <Value model={model} line={line} index={index} title={title} value={value} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

interface ValueProps {
  model: RunComparison;
  line: Line;
  index: number;
  title: string;
  value: unknown;
}

function Value({ model, line, index, title, value }: ValueProps): JSX.Element {
  if (!line.has[index]) {
    return (
      <span className="jp-pr-missing" title="not recorded">
        –
      </span>
    );
  }
  const [base] = line.values;
  const both = title === "summary" && typeof value === "number" && typeof base === "number";
  const by = both && Number.isFinite(value - base) ? value - base : 0;
  const direction = by === 0 ? null : model.direction(line.key);
  const word = direction === null ? "" : by > 0 === (direction === "max") ? "better" : "worse";
  return (
    <>
      <span className={typeof value === "number" ? "jp-pr-number" : undefined} title={String(value)}>
        {jsonText(value)}
      </span>
      {by !== 0 && " "}
      {by !== 0 && (
        <small className="jp-pr-number" data-verdict={word || undefined}>
          {differenceText(by)}
          {word && <span className="jp-pr-hidden"> {word}</span>}
        </small>
      )}
    </>
  );
}
