/** What the sidebar says where the notebook in front is no paper: what a paper is, and the project's papers. */

import type { JSX } from "react";
import { useEffect, useState } from "react";
import { RequestError } from "../../api/client.ts";
import type { PaperSummary } from "../../api/payloads/papers.ts";
import type { OpenPaper, OpenPapers } from "../../models/paper/paper.ts";
import type { PaperActions } from "./parts.tsx";
import { Quiet, Trouble } from "./parts.tsx";
import { Sign } from "./signs.tsx";
import { saidTally, STATES } from "./words.ts";

interface NoPaperProps {
  readonly paper: OpenPaper | null;
  readonly papers: OpenPapers;
  readonly actions: PaperActions;
}

export function NoPaper({ paper, papers, actions }: NoPaperProps): JSX.Element {
  if (paper?.finding === "looking") return <Quiet>Looking which paper this notebook is…</Quiet>;
  return (
    <div className="jp-pr-paper-none">
      {paper?.finding === "failed" && paper.problem && (
        <Trouble title="The paper could not be looked up" fault={paper.problem}>
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              void paper.find();
            }}
          >
            Try again
          </button>
        </Trouble>
      )}
      {paper?.finding === "none" && (
        <>
          <h2>Not a paper</h2>
          <Quiet>
            This notebook is in no paper of the project. A paper is a notebook in a folder of its own below the
            project&apos;s papers: papers/NAME/paper.ipynb.
          </Quiet>
          <button
            type="button"
            className="jp-pr-paper-link"
            onClick={() => {
              void paper.find();
            }}
          >
            Look again
          </button>
        </>
      )}
      {!paper && (
        <>
          <h2>No notebook in front</h2>
          <Quiet>Open a paper, or begin one: its outline, claims and builds appear here.</Quiet>
        </>
      )}
      <div className="jp-pr-paper-row">
        <button type="button" className="jp-pr-paper-button jp-pr-paper-primary" onClick={actions.newPaper}>
          New paper
        </button>
      </div>
      <ProjectPapers papers={papers} actions={actions} />
    </div>
  );
}

function ProjectPapers({ papers, actions }: Omit<NoPaperProps, "paper">): JSX.Element {
  const [found, setFound] = useState<readonly PaperSummary[] | RequestError | null>(null);
  useEffect(() => {
    let isOver = false;
    papers.all().then(
      (all) => {
        if (!isOver) setFound(all);
      },
      (error: unknown) => {
        if (!isOver) setFound(error instanceof RequestError ? error : new RequestError(String(error)));
      },
    );
    return () => {
      isOver = true;
    };
  }, [papers]);
  if (found === null) return <Quiet>Looking for the project&apos;s papers…</Quiet>;
  if (found instanceof RequestError) return <Trouble title="The project's papers cannot be listed" fault={found} />;
  if (found.length === 0) return <Quiet>The project has no papers yet.</Quiet>;
  return (
    <section aria-labelledby="jp-pr-paper-papers">
      <h3 id="jp-pr-paper-papers" className="jp-pr-paper-section-title jp-pr-paper-plain-title">
        Papers of the project
      </h3>
      <ul className="jp-pr-paper-papers">
        {found.map((paper) => (
          <PaperLine key={paper.name} paper={paper} open={actions.open} />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  readonly paper: PaperSummary;
  readonly open: PaperActions["open"];
}

function PaperLine({ paper, open }: LineProps): JSX.Element {
  const { word, sign, tone } = STATES[paper.state];
  return (
    <li>
      <button
        type="button"
        className="jp-pr-paper-item"
        onClick={() => {
          open(paper.path);
        }}
      >
        <Sign name={sign} tone={tone} />
        <span className="jp-pr-paper-papers-text">
          <span>{paper.title || paper.name}</span>
          <span className="jp-pr-paper-quiet">{[word, saidTally(paper.claims)].filter(Boolean).join(" · ")}</span>
        </span>
      </button>
    </li>
  );
}
