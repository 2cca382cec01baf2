/** How the code of runs differs, as unified diffs that are read from top to bottom. */

import { useState } from "react";
import type { JSX } from "react";
import type { CodeDifference } from "../../api/payloads/runs.ts";
import { plural } from "../runs/text.ts";

/** Lines shown at first; a diff may have ten thousand. */
const SHOWN = 400;

const KINDS: Readonly<Record<string, string>> = { "+": "added", "-": "removed", "@": "place" };

export function CodeDiff({ difference, title }: { difference: CodeDifference; title: string }): JSX.Element {
  const [whole, setWhole] = useState(false);
  const { diff, note, same, old_commit: old, new_commit: commit } = difference;
  const lines = diff ? diff.replace(/\n$/, "").split("\n") : [];
  const shown = whole ? lines : lines.slice(0, SHOWN);
  const commits = old && commit ? `${old.slice(0, 10)} → ${commit.slice(0, 10)}` : "";
  return (
    <section className="jp-pr-diff" aria-label={`Code of ${title}`}>
      <h4>
        {title} <small>{[same ? "the same code" : "", commits].filter(Boolean).join(", ")}</small>
      </h4>
      {note && <p>{note}</p>}
      {lines.length > 0 && (
        <pre tabIndex={0} aria-label={`Differences of the code of ${title}`}>
          {shown.map((line, index) => (
            <span key={index} data-kind={kind(line)}>
              {line}
              {"\n"}
            </span>
          ))}
        </pre>
      )}
      {shown.length < lines.length && (
        <button
          type="button"
          className="jp-pr-button"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all {plural(lines.length, "line")}
        </button>
      )}
    </section>
  );
}

function kind(line: string): string | undefined {
  if (/^(diff --git|index |--- |\+\+\+ )/.test(line)) return "file";
  return KINDS[line[0] ?? ""];
}
