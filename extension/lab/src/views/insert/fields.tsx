/** One field of a form for each type of parameter. */

import { useId } from "react";
import type { JSX } from "react";
import type { Field } from "../../api/payloads/panels.ts";
import type { Draft } from "../../models/insert/draft.ts";
import { Chips, Combobox } from "../combobox.tsx";
import type { Names } from "../combobox.tsx";
import { WhereField } from "../runs/where.tsx";

interface FieldProps {
  draft: Draft;
  field: Field;
}

/** A field with its name, its help and what is wrong with it. */
export function FormField({ draft, field }: FieldProps): JSX.Element {
  const id = useId();
  const fault = draft.fault?.where === field.name ? draft.fault : null;
  const names: Names = { id, describedBy: `${id}-help`, ...(fault ? { invalid: true } : {}) };
  // A where-expression's editor says its own mistakes, and a group of boxes has a name of its own.
  const grouped = field.type === "statuses" || field.type === "part";
  const title = (
    <>
      {field.title}
      {field.required && (
        <span className="jp-pr-required" title="Needed">
          {" "}
          *
        </span>
      )}
    </>
  );
  return (
    <div className={`jp-pr-field jp-pr-field-${field.type}`} title={field.help}>
      {grouped ? (
        <span className="jp-pr-field-name" id={`${id}-name`}>
          {title}
        </span>
      ) : (
        <label className="jp-pr-field-name" htmlFor={id}>
          {title}
        </label>
      )}
      <div
        className="jp-pr-field-input"
        {...(field.type === "statuses" ? { role: "group", "aria-labelledby": `${id}-name` } : {})}
      >
        <Input draft={draft} field={field} names={names} />
      </div>
      <span className="jp-pr-hidden" id={`${id}-help`}>
        {field.help}
      </span>
      {fault && (
        <p className="jp-pr-fault" role="alert">
          {fault.what}
          {fault.hint && <span className="jp-pr-fault-hint"> → {fault.hint}</span>}
        </p>
      )}
    </div>
  );
}

function Input({ draft, field, names }: FieldProps & { names: Names }): JSX.Element {
  const value = draft.value(field);
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const several = (Array.isArray(value) ? value : value ? [value] : []) as string[];
  const set = (next: unknown): void => {
    draft.set(field.name, next);
  };
  const offered = optionsOf(draft, field);
  switch (field.type) {
    case "part": {
      const where = draft.parts.get(field.name);
      return where ? <WhereField model={where} label={field.title} /> : <></>;
    }
    case "flag":
      return (
        <input
          type="checkbox"
          id={names.id}
          aria-describedby={names.describedBy}
          checked={value === true}
          onChange={(event) => {
            set(event.target.checked);
          }}
        />
      );
    case "statuses":
      return (
        <>
          {(field.choices as string[]).map((choice) => (
            <label className="jp-pr-box" key={choice}>
              <input
                type="checkbox"
                checked={several.includes(choice)}
                onChange={(event) => {
                  set(event.target.checked ? [...several, choice] : several.filter((each) => each !== choice));
                }}
              />
              {choice}
            </label>
          ))}
        </>
      );
    case "choice":
      return (
        <select
          className="jp-pr-edit"
          id={names.id}
          aria-describedby={names.describedBy}
          value={JSON.stringify(value)}
          onChange={(event) => {
            set(JSON.parse(event.target.value));
          }}
        >
          {field.choices.map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {choice === true ? "always" : choice === false ? "never" : String(choice)}
            </option>
          ))}
        </select>
      );
    case "number":
    case "whole":
      return (
        <input
          className="jp-pr-edit jp-pr-edit-number"
          type="number"
          step={field.type === "whole" ? 1 : "any"}
          id={names.id}
          aria-describedby={names.describedBy}
          aria-invalid={names.invalid}
          placeholder={typeof field.default === "number" ? String(field.default) : ""}
          value={text}
          onChange={(event) => {
            set(event.target.value === "" ? null : event.target.valueAsNumber);
          }}
        />
      );
    case "run":
      return (
        <RunInput value={value} runs={offered} metrics={draft.offers?.summary ?? []} names={names} onChange={set} />
      );
    case "metrics":
    case "fields":
    case "some-runs":
      return (
        <Chips {...names} values={several} options={offered} placeholder={WORDS[field.type] ?? ""} onChange={set} />
      );
    case "text":
    case "runs":
      return (
        <input
          className="jp-pr-edit"
          type="text"
          id={names.id}
          aria-describedby={names.describedBy}
          aria-invalid={names.invalid}
          value={text}
          onChange={(event) => {
            set(event.target.value);
          }}
        />
      );
    default:
      return (
        <Combobox {...names} value={text} options={offered} placeholder={WORDS[field.type] ?? ""} onChange={set} />
      );
  }
}

const WORDS: Readonly<Partial<Record<Field["type"], string>>> = {
  metrics: "metrics and settings",
  fields: "each run alone",
  "some-runs": "all of these runs",
  metric: "a metric",
  summary: "a metric",
  path: "train.py::fit",
  group: "none",
  field: "as they come",
};

function optionsOf(draft: Draft, field: Field): readonly string[] {
  const { offers } = draft;
  if (field.type === "group") return labelsOf(draft);
  if (!offers) return field.type === "axis" ? (field.choices as string[]) : [];
  switch (field.type) {
    case "metric":
      return offers.metrics;
    case "summary":
      return offers.summary;
    case "fields":
      return offers.fields;
    case "metrics":
    case "field":
      return [...offers.summary, ...offers.fields];
    case "axis":
      return [...(field.choices as string[]), ...offers.fields.filter((each) => each.startsWith("config"))];
    case "path":
      return offers.files;
    case "run":
    case "some-runs": {
      const names = offers.runs.map(({ name }) => name);
      return offers.runs.map(({ id, name }) => (names.indexOf(name) === names.lastIndexOf(name) ? name : id));
    }
    default:
      return [];
  }
}

/** The lines or rows of the newest preview: what a baseline can be. */
function labelsOf({ preview }: Draft): string[] {
  const view = (preview?.fact.view ?? {}) as {
    groups?: { label: string }[];
    grid?: { rows?: { label: string }[] };
  };
  return (view.groups ?? view.grid?.rows ?? []).map(({ label }) => label);
}

interface RunInputProps {
  value: unknown;
  runs: readonly string[];
  metrics: readonly string[];
  names: Names;
  onChange: (value: unknown) => void;
}

/** One run: none, the best by a metric, or one by its name. */
function RunInput({ value, runs, metrics, names, onChange }: RunInputProps): JSX.Element {
  const best = typeof value === "object" && value !== null ? (value as { best: string }).best : null;
  const way = best !== null ? "best" : typeof value === "string" ? "one" : "";
  return (
    <span className="jp-pr-run-input">
      <select
        className="jp-pr-edit"
        id={names.id}
        aria-describedby={names.describedBy}
        value={way}
        onChange={({ target }) => {
          onChange(
            target.value === "best" ? { best: metrics[0] ?? "" } : target.value === "one" ? (runs[0] ?? "") : null,
          );
        }}
      >
        <option value="">as it is now</option>
        <option value="best">the best run by…</option>
        <option value="one">the run…</option>
      </select>
      {way === "best" && (
        <Combobox
          label="Metric"
          value={best ?? ""}
          options={metrics}
          onChange={(metric) => {
            onChange({ best: metric });
          }}
        />
      )}
      {way === "one" && <Combobox label="Run" value={String(value)} options={runs} onChange={onChange} />}
    </span>
  );
}
