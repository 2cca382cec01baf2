/** The published versions: each opens as readers got it, and any two can be compared. */

import type { JSX } from "react";
import { useState } from "react";
import type { Version } from "../../api/payloads/papers.ts";
import type { Folds, PaperActions } from "./parts.tsx";
import { Quiet, Section } from "./parts.tsx";
import { saidTally, saidTime } from "./words.ts";

interface VersionsProps {
  readonly versions: readonly Version[];
  readonly folds: Folds;
  readonly actions: PaperActions;
}

/** How many are listed before the author asks for more. */
const SHOWN = 8;

export function VersionsSection({ versions, folds, actions }: VersionsProps): JSX.Element {
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? versions : versions.slice(0, SHOWN);
  const picked = chosen.filter((number) => versions.some((version) => version.number === number));
  const toggle = (number: number): void => {
    // Of more than two the two chosen last are compared.
    setChosen(picked.includes(number) ? picked.filter((each) => each !== number) : [...picked, number].slice(-2));
  };
  return (
    <Section title="Versions" folds={folds} aside={versions.length > 0 ? String(versions.length) : undefined}>
      {versions.length === 0 && <Quiet>Nothing is published yet. A build that succeeds makes version 1.</Quiet>}
      <ul className="jp-pr-paper-published" aria-label="Versions">
        {shown.map((version) => (
          <li key={version.number}>
            {versions.length > 1 && (
              <input
                type="checkbox"
                aria-label={`Compare version ${version.number}`}
                checked={picked.includes(version.number)}
                onChange={() => {
                  toggle(version.number);
                }}
              />
            )}
            <div className="jp-pr-paper-version">
              <p className="jp-pr-paper-version-head">
                <strong>Version {version.number}</strong>
                {version.page && (
                  <button
                    type="button"
                    className="jp-pr-paper-link"
                    aria-label={`Open the page of version ${version.number}`}
                    onClick={() => {
                      actions.openVersion(version.number);
                    }}
                  >
                    Open page
                  </button>
                )}
              </p>
              <p className="jp-pr-paper-quiet">
                {saidTime(version.built)}
                {version.current && ", the one that readers see"}
              </p>
              <p className="jp-pr-paper-quiet">{saidTally(version.claims)}</p>
            </div>
          </li>
        ))}
      </ul>
      {versions.length > shown.length && (
        <button
          type="button"
          className="jp-pr-paper-link"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all {versions.length}
        </button>
      )}
      {versions.length > 1 && (
        <button
          type="button"
          className="jp-pr-paper-button"
          disabled={picked.length === 1}
          onClick={() => {
            const [one, other] = picked;
            if (one === undefined || other === undefined) actions.compare();
            else actions.compare(Math.min(one, other), Math.max(one, other));
          }}
        >
          {picked.length === 2
            ? `Compare ${Math.min(...picked)} with ${Math.max(...picked)}`
            : picked.length === 1
              ? "Choose one more to compare"
              : "Compare the last two"}
        </button>
      )}
    </Section>
  );
}
