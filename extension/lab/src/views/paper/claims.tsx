/** All claims of the open paper, the broken ones first, each with what it rests on. */

import type { JSX } from "react";
import type { ClaimItem } from "../../models/paper/claims.ts";
import type { Folds, PaperActions } from "./parts.tsx";
import { Quiet, Section, Walked } from "./parts.tsx";
import { Sign } from "./signs.tsx";
import { counted, isBroken, NOT_JUDGED, saidEstimate, saidP, VERDICTS } from "./words.ts";

interface ClaimsProps {
  readonly claims: readonly ClaimItem[];
  readonly folds: Folds;
  readonly actions: PaperActions;
}

/** Broken claims named above all else; the list of claims begins with all of them. */
const NAMED = 4;

/** What no author may miss: claims that the runs no longer carry. */
export function BrokenClaims({ claims, actions }: Pick<ClaimsProps, "claims" | "actions">): JSX.Element | null {
  const broken = claims.filter(({ current }) => isBroken(current));
  const [first] = broken;
  if (!first) return null;
  const named = broken.length > NAMED + 1 ? broken.slice(0, NAMED) : broken;
  const title =
    broken.length === 1
      ? `${first.number || "A claim"} ${first.current === "fails" ? "fails" : "is unsupported"}`
      : `${counted(broken.length, "claim")} ${broken.every(({ current }) => current === "fails") ? "fail" : "do not hold"}`;
  return (
    <div className="jp-pr-paper-broken" role="region" aria-label="Broken claims">
      <p className="jp-pr-paper-broken-title">
        <Sign name="cross" tone="bad" /> {title}
      </p>
      <ul>
        {named.map(({ key, statement, cell, published, current }) => (
          <li key={key}>
            <button
              type="button"
              className="jp-pr-paper-link"
              onClick={() => {
                actions.goTo(cell);
              }}
            >
              {statement}
            </button>
            {published !== null && published !== current && (
              <span className="jp-pr-paper-quiet"> (published: {published})</span>
            )}
          </li>
        ))}
      </ul>
      {broken.length > named.length && (
        <p className="jp-pr-paper-quiet">and {broken.length - named.length} more, first among the claims below</p>
      )}
    </div>
  );
}

export function ClaimsSection({ claims, folds, actions }: ClaimsProps): JSX.Element {
  const holding = claims.filter(({ current }) => current === "holds").length;
  const aside = claims.length > 0 ? `${holding} of ${claims.length} hold` : undefined;
  return (
    <Section title="Claims" folds={folds} aside={aside}>
      {claims.length === 0 && <Quiet>No claims yet. State one with pr.claim(…): every build checks it again.</Quiet>}
      <Walked label="Claims" className="jp-pr-paper-claims">
        {claims.map((claim) => (
          <ClaimCard key={claim.key} claim={claim} actions={actions} />
        ))}
      </Walked>
    </Section>
  );
}

function ClaimCard({ claim, actions }: { readonly claim: ClaimItem; readonly actions: PaperActions }): JSX.Element {
  const { numbers, verdict, current } = claim;
  const { word, sign, tone } = verdict === null ? NOT_JUDGED : VERDICTS[verdict];
  const [estimate, interval] = numbers ? saidEstimate(numbers) : ["", ""];
  return (
    <li className={`jp-pr-paper-claim jp-pr-paper-claim-${verdict ?? "unjudged"}`}>
      <button
        type="button"
        data-walk=""
        className="jp-pr-paper-claim-head"
        onClick={() => {
          actions.goTo(claim.cell);
        }}
      >
        <span className="jp-pr-paper-claim-verdict">
          <Sign name={sign} tone={tone} /> <strong>{word}</strong>
          {claim.number && <span className="jp-pr-paper-quiet">{claim.number}</span>}
        </span>
        <span className="jp-pr-paper-claim-statement">{claim.statement}</span>
      </button>
      {verdict === null && current !== null && (
        <p className="jp-pr-paper-changed">
          <Sign name={VERDICTS[current].sign} tone={VERDICTS[current].tone} /> Its cell has not been run here; by the
          runs as they are now the published claim is: {VERDICTS[current].word}.
        </p>
      )}
      {numbers && (
        <dl className="jp-pr-paper-claim-numbers">
          <dt>estimate</dt>
          <dd>
            {estimate} <span className="jp-pr-paper-interval">{interval}</span>
          </dd>
          <dt>N</dt>
          <dd>{numbers.n}</dd>
          <dt>p</dt>
          <dd>
            {saidP(numbers.p_value)}
            {numbers.p_corrected !== null && (
              <span title={numbers.correction}> → {saidP(numbers.p_corrected)} corrected</span>
            )}
          </dd>
        </dl>
      )}
      <p className="jp-pr-paper-claim-reason">{claim.reason}</p>
      {claim.published !== null && claim.published !== current && (
        <p className="jp-pr-paper-changed">
          <Sign name="warning" tone="doubt" /> Published as “{claim.published}”: the runs have changed since.
        </p>
      )}
      {claim.note && <p className="jp-pr-paper-quiet">{claim.note}</p>}
    </li>
  );
}
