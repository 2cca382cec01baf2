/** Two published versions side by side: what changed, from what to what, and because of what. */

import { ReactWidget } from "@jupyterlab/ui-components";
import type { JSX } from "react";
import { useId } from "react";
import type { Change, Version } from "../../api/payloads/papers.ts";
import type { Group, VersionComparison } from "../../models/paper/versions.ts";
import { grouped } from "../../models/paper/versions.ts";
import { Quiet, Trouble } from "../paper/parts.tsx";
import { versionsIcon } from "../paper/signs.tsx";
import { counted, saidTally, saidTime } from "../paper/words.ts";

export class VersionsWidget extends ReactWidget {
  private readonly _comparison: VersionComparison;

  constructor(comparison: VersionComparison) {
    super();
    this._comparison = comparison;
    this.id = `pressrun-versions-${comparison.project}-${comparison.paper}`;
    this.title.label = `Versions of ${comparison.paper}`;
    this.title.icon = versionsIcon;
    this.title.closable = true;
    this.addClass("jp-pr-versions");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", `Versions of ${comparison.paper}`);
    comparison.changed.connect(this._update);
  }

  override dispose(): void {
    this._comparison.changed.disconnect(this._update);
    super.dispose();
  }

  protected override render(): JSX.Element {
    return <Comparison comparison={this._comparison} />;
  }

  private readonly _update = (): void => {
    this.update();
  };
}

function Comparison({ comparison }: { readonly comparison: VersionComparison }): JSX.Element {
  const { versions, old, new: next, found, problem } = comparison;
  return (
    <div className="jp-pr-versions-body">
      <h2>Versions of {comparison.paper}</h2>
      {versions.length === 1 && <Quiet>Only one version is published: there is nothing to compare it with yet.</Quiet>}
      {versions.length === 0 && !problem && <Quiet>Looking for the published versions…</Quiet>}
      {versions.length > 1 && old !== null && next !== null && <Choice comparison={comparison} />}
      {problem && (
        <Trouble title="The versions could not be compared" fault={problem}>
          <button type="button" className="jp-pr-paper-link" onClick={() => void comparison.again()}>
            Try again
          </button>
        </Trouble>
      )}
      {!found && !problem && versions.length > 1 && <Quiet>Comparing…</Quiet>}
      {found && <Found changes={found.changes} />}
    </div>
  );
}

function Choice({ comparison }: { readonly comparison: VersionComparison }): JSX.Element {
  const { versions, old, new: next } = comparison;
  const choose = (one: number | null, other: number | null): void => {
    if (one !== null && other !== null) comparison.choose(one, other);
  };
  return (
    <div className="jp-pr-versions-choice">
      <Versions
        label="From"
        versions={versions}
        value={old}
        choose={(number) => {
          choose(number, next);
        }}
      />
      <Versions
        label="To"
        versions={versions}
        value={next}
        choose={(number) => {
          choose(old, number);
        }}
      />
    </div>
  );
}

interface VersionsProps {
  readonly label: string;
  readonly versions: readonly Version[];
  readonly value: number | null;
  readonly choose: (number: number) => void;
}

function Versions({ label, versions, value, choose }: VersionsProps): JSX.Element {
  const id = useId();
  return (
    <div className="jp-pr-versions-version">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={({ target }) => {
          choose(Number(target.value));
        }}
      >
        {versions.map((version) => (
          <option key={version.number} value={version.number}>
            {[`Version ${version.number}`, saidTime(version.built), saidTally(version.claims)]
              .filter(Boolean)
              .join(" · ")}
          </option>
        ))}
      </select>
    </div>
  );
}

function Found({ changes }: { readonly changes: readonly Change[] }): JSX.Element {
  if (changes.length === 0) return <Quiet>Nothing changed between these versions.</Quiet>;
  const groups = grouped(changes);
  const same = groups.filter((group) => group.changes.length === 0);
  return (
    <>
      <p className="jp-pr-paper-quiet">{counted(changes.length, "difference")}</p>
      {groups
        .filter((group) => group.changes.length > 0)
        .map((group) => (
          <GroupOfChanges key={group.kind} group={group} />
        ))}
      {same.length > 0 && <Quiet>Unchanged: {same.map(({ title }) => title.toLowerCase()).join(", ")}.</Quiet>}
    </>
  );
}

function GroupOfChanges({ group }: { readonly group: Group }): JSX.Element {
  const isText = group.kind === "prose" || group.kind === "code";
  return (
    <section className="jp-pr-versions-group" aria-labelledby={`jp-pr-versions-${group.kind}`}>
      <h3 id={`jp-pr-versions-${group.kind}`}>
        {group.title} <span className="jp-pr-paper-quiet">{group.changes.length}</span>
      </h3>
      <ul>
        {group.changes.map((change, index) => (
          <li key={index}>{isText ? <TextChange change={change} /> : <FactChange change={change} />}</li>
        ))}
      </ul>
    </section>
  );
}

function FactChange({ change }: { readonly change: Change }): JSX.Element {
  const { what, old, new: now, because } = change;
  return (
    <>
      <p className="jp-pr-versions-what">{what}</p>
      <p className="jp-pr-versions-values">
        {old ? <del>{old}</del> : <span className="jp-pr-paper-quiet">not there</span>}
        <span aria-label="became"> → </span>
        {now ? <ins>{now}</ins> : <span className="jp-pr-paper-quiet">gone</span>}
      </p>
      {because.length > 0 && <p className="jp-pr-paper-quiet">because {because.join(", ")}</p>}
    </>
  );
}

/** Lines with + and −, so that no colour is needed to tell them apart. */
function TextChange({ change }: { readonly change: Change }): JSX.Element {
  return (
    <>
      <p className="jp-pr-versions-what">{change.what}</p>
      <pre className="jp-pr-paper-diff" tabIndex={0} aria-label={`Lines of ${change.what}`}>
        {change.lines.map((line, index) => {
          const isNew = line.startsWith("+");
          const Tag = isNew ? "ins" : "del";
          return (
            <Tag key={index}>
              <span className="jp-pr-paper-diff-sign">{isNew ? "+" : "−"}</span>
              {line.slice(1) || " "}
              {"\n"}
            </Tag>
          );
        })}
      </pre>
    </>
  );
}
