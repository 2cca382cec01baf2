/** The form of one call: its fields, what it shows as they are filled in, and the code that it becomes. */

import { useState } from "react";
import type { JSX } from "react";
import type { Draft } from "../../models/insert/draft.ts";
import { CallPreview } from "./call-preview.tsx";
import { Chips } from "../combobox.tsx";
import { FormField } from "./fields.tsx";
import { useSignal } from "../use-signal.ts";
import { WhereField } from "../runs/where.tsx";

interface CallFormProps {
  draft: Draft;
  busy: boolean;
  failure: string;
  finish: () => void;
  cancel: () => void;
  /** Back to the gallery; null where there is none. */
  back: (() => void) | null;
}

/** Types of fields that the section of the runs stands for. */
const RUNS = ["runs"];

export function CallForm({ draft, busy, failure, finish, cancel, back }: CallFormProps): JSX.Element {
  useSignal(draft.changed);
  const { kind } = draft;
  const fields = kind.fields.filter(({ type }) => !RUNS.includes(type));
  const statement = fields.filter(({ name }) => name === "statement");
  const plain = fields.filter(({ name, more }) => !more && name !== "statement");
  const more = fields.filter((field) => field.more);
  const aboutRuns = kind.fields.some(({ type }) => ["runs", "part", "some-runs", "run"].includes(type));
  return (
    <form
      className="jp-pr-form"
      aria-label={kind.title}
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          finish();
        } else if (event.key === "Escape" && !event.defaultPrevented) cancel();
      }}
    >
      <div className="jp-pr-form-head">
        {back && (
          <button type="button" className="jp-pr-button" onClick={back}>
            <span aria-hidden="true">‹ </span>All
          </button>
        )}
        <h2>{kind.title}</h2>
        <p>{kind.description}</p>
      </div>
      <div className="jp-pr-form-body">
        <div className="jp-pr-form-fields">
          {statement.map((field) => (
            <FormField key={field.name} draft={draft} field={field} />
          ))}
          {aboutRuns && <RunsFields draft={draft} />}
          {plain.map((field) => (
            <FormField key={field.name} draft={draft} field={field} />
          ))}
          <Naming draft={draft} />
          {more.length > 0 && (
            <details className="jp-pr-more">
              <summary>More options</summary>
              {more.map((field) => (
                <FormField key={field.name} draft={draft} field={field} />
              ))}
            </details>
          )}
        </div>
        <PreviewPane draft={draft} />
      </div>
      <div className="jp-pr-form-foot">
        {failure && (
          <p className="jp-pr-fault" role="alert">
            {failure}
          </p>
        )}
        <button type="button" className="jp-pr-button" onClick={cancel}>
          Cancel
        </button>
        <button type="submit" className="jp-pr-button jp-pr-primary" disabled={!draft.ready || busy}>
          {draft.isNew ? "Insert" : "Change Cell"}
        </button>
      </div>
    </form>
  );
}

function RunsFields({ draft }: { draft: Draft }): JSX.Element {
  const [open, setOpen] = useState(draft.sources.length > 0);
  return (
    <div className="jp-pr-field jp-pr-field-runs">
      <span className="jp-pr-field-name">Runs</span>
      <div className="jp-pr-field-input">
        <WhereField model={draft.where} label="Runs" placeholder="all runs, or config.model == 'svm'" />
        {draft.picked > 0 && (
          <p className="jp-pr-picked">
            only {draft.picked} picked {draft.picked === 1 ? "run" : "runs"} of these{" "}
            <button
              type="button"
              className="jp-pr-link"
              onClick={() => {
                draft.unpick();
              }}
            >
              take all
            </button>
          </p>
        )}
        {draft.group && <p className="jp-pr-picked">grouped by {draft.group.join(", ") || "configuration"}</p>}
        {open ? (
          <Chips
            label="Sources"
            values={draft.sources}
            options={draft.known}
            placeholder={`the project's: ${draft.known.join(", ")}`}
            onChange={(sources) => {
              draft.setSources(sources);
            }}
          />
        ) : (
          <button
            type="button"
            className="jp-pr-link"
            onClick={() => {
              setOpen(true);
            }}
          >
            other sources…
          </button>
        )}
      </div>
    </div>
  );
}

/** Label and caption of a cell, or the name of a value. */
function Naming({ draft }: { draft: Draft }): JSX.Element {
  const { kind } = draft;
  const entry = (
    name: string,
    title: string,
    value: string,
    set: (value: string) => void,
    help: string,
  ): JSX.Element => (
    <div className="jp-pr-field" title={help}>
      <label className="jp-pr-field-name" htmlFor={`jp-pr-${name}`}>
        {title}
      </label>
      <div className="jp-pr-field-input">
        <input
          className={`jp-pr-edit${name === "caption" ? "" : " jp-pr-edit-code"}`}
          type="text"
          id={`jp-pr-${name}`}
          value={value}
          onChange={(event) => {
            set(event.target.value);
          }}
        />
      </div>
    </div>
  );
  return (
    <>
      {kind.family === "value" &&
        entry("name", "Name", draft.name, draft.setName.bind(draft), "What the prose calls it: `{python} name`")}
      {kind.label &&
        kind.family === "panel" &&
        entry("caption", "Caption", draft.caption, draft.setCaption.bind(draft), "What stands under it in the paper")}
      {kind.label &&
        entry("label", "Label", draft.label, draft.setLabel.bind(draft), "What the prose refers to: @label")}
    </>
  );
}

/** The newest good preview, what is wrong since, and the code. */
function PreviewPane({ draft }: { draft: Draft }): JSX.Element {
  const { preview, fault, missing, kind } = draft;
  const elsewhere = fault && !kind.fields.some(({ name }) => name === fault.where) ? fault : null;
  const stale = fault !== null || missing !== null || draft.unclear;
  const words = missing ? `Fill in “${missing.title}” to see it` : preview ? "" : fault ? "" : "Computing…";
  return (
    <section className="jp-pr-call-preview" aria-label="Preview" aria-busy={draft.busy}>
      <div className="jp-pr-call-preview-state" role="status">
        {elsewhere && (
          <p className="jp-pr-fault">
            {elsewhere.where && elsewhere.where !== "where" ? `${elsewhere.where}: ` : ""}
            {elsewhere.what}
            {elsewhere.hint && <span className="jp-pr-fault-hint"> → {elsewhere.hint}</span>}
          </p>
        )}
        {preview && stale && <p>Below is the last good preview.</p>}
        {words && <p>{words}</p>}
        {preview?.note && <p>{preview.note}</p>}
      </div>
      {preview && (
        <div className="jp-pr-call-preview-face" data-stale={stale || undefined}>
          <CallPreview preview={preview} />
        </div>
      )}
      {draft.code && (
        <details className="jp-pr-code" open>
          <summary>Code</summary>
          <pre tabIndex={0} aria-label="The code that will be in the cell">
            {draft.code}
          </pre>
        </details>
      )}
    </section>
  );
}
