/** One run: what went in, what came out, where it came from, what it left. */

import { useState } from "react";
import type { JSX, ReactNode } from "react";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { Details } from "../../api/payloads/runs.ts";
import type { RunDetails } from "../../models/runs/details.ts";
import { flatten } from "../../models/runs/flat.ts";
import { ProblemList } from "./empty.tsx";
import { StatusText, tagText } from "./cells.tsx";
import { durationText, jsonText, numberText, plural, sizeText, timeText } from "./text.ts";
import { Sparkline } from "./sparkline.tsx";
import { Connection } from "../connection.tsx";
import { keepFocus } from "../focus-keeper.ts";
import { useSignal } from "../use-signal.ts";

/** Curves shown at once. */
const DRAWN = 24;

interface DetailsActions {
  copy: (text: string) => void;
}

export class RunDetailsView extends ReactWidget {
  readonly model: RunDetails;
  private readonly _actions: DetailsActions;

  constructor(model: RunDetails, actions: DetailsActions) {
    super();
    this.model = model;
    this._actions = actions;
    this.addClass("jp-pr-details");
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Run");
    const kept = keepFocus(this.node);
    this.disposed.connect(() => {
      kept.dispose();
    });
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    return <Run model={this.model} actions={this._actions} />;
  }
}

function Run({ model, actions }: { model: RunDetails; actions: DetailsActions }): JSX.Element {
  useSignal(model.changed);
  const { details, failure, gone } = model;
  if (!details) {
    return failure ? (
      <p role="alert" className="jp-pr-details-failure">
        {failure.message}
      </p>
    ) : (
      <p role="status">Reading the run…</p>
    );
  }
  const { name, id, source, status, started, ended, note, tags } = details;
  const took = started !== null && ended !== null ? durationText(ended - started) : "";
  return (
    <>
      <div className="jp-pr-details-head">
        <h2 title={name}>{name || id}</h2>
        <StatusText status={status} />
        {started !== null && <span>{timeText(started)}</span>}
        {took && <span>{took}</span>}
        <span>{source}</span>
        <span className="jp-pr-details-id">
          <code>{id}</code>
          <button
            type="button"
            className="jp-pr-button"
            onClick={() => {
              actions.copy(id);
            }}
          >
            Copy id
          </button>
        </span>
      </div>
      <Connection events={model.events} />
      {gone && <p role="alert">Its source has this run no more; this is what it last said.</p>}
      {failure && <p role="alert">{failure.message}</p>}
      {Object.keys(tags).length > 0 && (
        <p className="jp-pr-tags">
          {Object.entries(tags).map(([tag, value]) => (
            <span className="jp-pr-tag" key={tag}>
              {tagText(tag, value)}
            </span>
          ))}
        </p>
      )}
      {note && <p className="jp-pr-details-note">{note}</p>}
      {details.problems.length > 0 && (
        <Part title="Set aside while reading">
          <ProblemList problems={details.problems} />
        </Part>
      )}
      <Metrics model={model} details={details} />
      <div className="jp-pr-details-pair">
        <Part title="Config">
          <Entries of={details.config} none="The run recorded no config." />
        </Part>
        <Part title="Summary">
          <Entries of={details.summary} none="The run recorded no summary." />
        </Part>
      </div>
      <Part title="Provenance">
        <Entries of={provenance(details)} none="The source does not say where the run came from." />
        <Long title="Uncommitted changes" text={text(details.provenance.git_diff)} />
        <Packages of={details.provenance.packages} />
      </Part>
      {details.artifacts.length > 0 && (
        <Part title="Artifacts">
          <table className="jp-pr-entries">
            <tbody>
              {details.artifacts.map(({ path, size, digest }) => (
                <tr key={path}>
                  <th scope="row">{path}</th>
                  <td title={digest}>{sizeText(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }): JSX.Element {
  return (
    <section className="jp-pr-details-part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Metrics({ model, details }: { model: RunDetails; details: Details }): JSX.Element | null {
  useSignal(model.series.changed);
  const { metrics } = details;
  if (metrics.length === 0) return null;
  return (
    <Part title="Metrics">
      <ul className="jp-pr-curves">
        {metrics.slice(0, DRAWN).map(({ name, points }) => {
          const series = model.series.get(model.key, name);
          const last = series?.value.at(-1);
          return (
            <li key={name}>
              <b title={name}>{name}</b>
              <Sparkline series={series} />
              <span className="jp-pr-number">
                {last === undefined ? "" : typeof last === "number" ? numberText(last) : jsonText(last)}
              </span>
              <small>{plural(Math.max(points, series?.step.length ?? 0), "point")}</small>
            </li>
          );
        })}
      </ul>
      {metrics.length > DRAWN && <p>{plural(metrics.length - DRAWN, "metric")} more.</p>}
    </Part>
  );
}

function Entries({ of, none }: { of: Readonly<Record<string, unknown>>; none: string }): JSX.Element {
  const entries = flatten(of);
  if (entries.length === 0) return <p className="jp-pr-missing">{none}</p>;
  return (
    <table className="jp-pr-entries">
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td data-numeric={typeof value === "number" || undefined} title={String(value)}>
              {jsonText(value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What is short of a run's provenance, without what the source does not know. */
function provenance(details: Details): Record<string, unknown> {
  const { packages, git_diff, extra, command, ...rest } = details.provenance;
  const long = [packages, git_diff];
  const line = Array.isArray(command) ? command.join(" ") : command;
  const all: Record<string, unknown> = {
    command: line,
    seed: details.seed,
    ...rest,
    ...(isRecord(extra) ? extra : {}),
  };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => !long.includes(value) && value !== "" && value !== null && value !== undefined)
      .filter(([, value]) => !Array.isArray(value) || value.length > 0)
      .map(([key, value]) => [key.replaceAll("_", " "), value]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function Long({ title, text: whole }: { title: string; text: string }): JSX.Element | null {
  if (!whole) return null;
  return (
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0}>{whole}</pre>
    </details>
  );
}

function Packages({ of }: { of: unknown }): JSX.Element | null {
  const [open, setOpen] = useState(false);
  if (!isRecord(of) || Object.keys(of).length === 0) return null;
  return (
    <details
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>{plural(Object.keys(of).length, "package")}</summary>
      {open && <Entries of={of} none="" />}
    </details>
  );
}
