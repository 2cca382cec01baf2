/** Where the author chooses the columns of the runs table. */

import { useEffect, useRef, useState } from "react";
import type { JSX } from "react";
import type { ColumnChoice, ShownColumn } from "../../models/runs/columns.ts";
import { useSignal } from "../use-signal.ts";

/** Fields listed at once; a project may have thousands. */
const LISTED = 200;

const GROUPS: readonly { kind: ShownColumn["kind"]; title: string }[] = [
  { kind: "summary", title: "Summary" },
  { kind: "config", title: "Config" },
  { kind: "tags", title: "Tags" },
  { kind: "run", title: "Run" },
  { kind: "own", title: "Run" },
];

interface PickerProps {
  columns: ColumnChoice;
  total: number;
  close: () => void;
}

export function ColumnPicker({ columns, total, close }: PickerProps): JSX.Element {
  useSignal(columns.changed);
  const [search, setSearch] = useState("");
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ field, title }: ShownColumn): boolean =>
    words.every((word) => `${field} ${title}`.toLowerCase().includes(word));
  const shown = columns.shown;
  const others = columns.all.filter((column) => fits(column) && !shown.some(({ field }) => field === column.field));
  const listed = others.slice(0, LISTED);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  return (
    <div
      className="jp-pr-picker"
      role="dialog"
      aria-label="Columns"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <div className="jp-pr-picker-top">
        <input
          ref={input}
          type="search"
          className="jp-pr-edit"
          aria-label="Search columns"
          placeholder="Search columns"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
        />
        <button type="button" className="jp-pr-icon" aria-label="Close" onClick={close}>
          ×
        </button>
      </div>
      <div className="jp-pr-picker-list" tabIndex={-1}>
        <div className="jp-pr-picker-head">
          <h3>Shown</h3>
          {columns.chosen && (
            <button
              type="button"
              className="jp-pr-link"
              onClick={() => {
                columns.choose(null);
              }}
            >
              back to the defaults
            </button>
          )}
        </div>
        {shown.filter(fits).map((column) => (
          <Field key={column.field} column={column} columns={columns} total={total} at={shown.indexOf(column)} />
        ))}
        {GROUPS.filter(({ kind }) => kind !== "own").map(({ kind, title }) => {
          const fields = listed.filter((column) => column.kind === kind || (kind === "run" && column.kind === "own"));
          return (
            fields.length > 0 && (
              <div key={kind} role="group" aria-label={title}>
                <h3>{title}</h3>
                {fields.map((column) => (
                  <Field key={column.field} column={column} columns={columns} total={total} at={null} />
                ))}
              </div>
            )
          );
        })}
        {others.length > listed.length && <p>{others.length - listed.length} more: search for them.</p>}
        {others.length === 0 && words.length > 0 && <p>No other column is called that.</p>}
      </div>
    </div>
  );
}

interface FieldProps {
  column: ShownColumn;
  columns: ColumnChoice;
  total: number;
  /** Place among the columns shown; null: not shown. */
  at: number | null;
}

function Field({ column, columns, total, at }: FieldProps): JSX.Element {
  const { field, title, type, runs } = column;
  const covered =
    column.kind === "own" || runs >= total
      ? "all runs"
      : `${runs.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  return (
    <div className="jp-pr-picker-field">
      <label title={field.replace(/^@/, "")}>
        <input
          type="checkbox"
          checked={at !== null}
          onChange={() => {
            columns.toggle(field);
          }}
        />
        <span className="jp-pr-text">{title}</span>
        <span className="jp-pr-picker-of">
          {type}, {covered}
        </span>
      </label>
      {at !== null && (
        <span className="jp-pr-picker-move">
          <Mover name={title} up columns={columns} field={field} disabled={at === 0} />
          <Mover name={title} up={false} columns={columns} field={field} disabled={at === columns.shown.length - 1} />
        </span>
      )}
    </div>
  );
}

interface MoverProps {
  name: string;
  field: string;
  up: boolean;
  columns: ColumnChoice;
  disabled: boolean;
}

function Mover({ name, field, up, columns, disabled }: MoverProps): JSX.Element {
  return (
    <button
      type="button"
      className="jp-pr-icon"
      aria-label={`Move ${name} ${up ? "forward" : "back"}`}
      disabled={disabled}
      onClick={() => {
        columns.move(field, up ? -1 : 1);
      }}
    >
      {up ? "↑" : "↓"}
    </button>
  );
}
