/** The cells of one run: status, numbers and their difference from the baseline, tags as chips, a note. */

import { memo, useState } from "react";
import type { JSX, KeyboardEvent, ReactNode } from "react";
import type { Cell, Row, Status } from "../../api/payloads/runs.ts";
import { OWN } from "../../models/runs/columns.ts";
import type { ShownColumn } from "../../models/runs/columns.ts";
import { cellNumber, cellText, differenceText, STATUS_SIGNS } from "./text.ts";

export function StatusText({ status }: { status: Status }): JSX.Element {
  return (
    <span className="jp-pr-status" data-status={status} title={status}>
      <span className="jp-pr-status-sign" aria-hidden="true">
        {STATUS_SIGNS[status]}
      </span>
      {status}
    </span>
  );
}

/** What changes a run's tags and note. */
export interface Annotating {
  tag: (key: string, name: string, value: string | null) => void;
  note: (key: string, note: string) => void;
  done: () => void;
}

interface CellProps {
  /** Of the run, and of the column. */
  index: number;
  at: number;
  left: number;
  width: number;
  row: Row | undefined;
  column: ShownColumn;
  /** undefined: on its way. */
  cell: Cell | undefined;
  /** The baseline's; undefined where differences are not asked for, or this is the baseline. */
  base: Cell | undefined;
  active: boolean;
  editing: boolean;
  annotating: Annotating;
}

/** A cell. A value is text in the cell's own element: hundreds of them are drawn for each stroke of the wheel. */
export const RunCell = memo(function RunCell(props: CellProps): JSX.Element {
  const { index, at, left, width, row, column, cell, base, active, editing } = props;
  const parts = row !== undefined && (PARTED.has(column.field) || cell === undefined || editing);
  const face = row && !parts && cell !== undefined ? faceOf(row, column, cell, base) : NOTHING;
  return (
    <div
      role="gridcell"
      aria-colindex={at + 2}
      className={`jp-pr-runs-cell ${face.className}`}
      style={{ left, width }}
      title={face.title || undefined}
      data-numeric={column.type === "number" || undefined}
      data-verdict={face.verdict || undefined}
      data-parts={parts || undefined}
      data-editing={editing || undefined}
      data-place={`${index},${at}`}
      tabIndex={active ? 0 : -1}
    >
      {parts ? <CellParts {...props} row={row} /> : face.content}
    </div>
  );
});

/** Columns whose cells are made of elements. */
const PARTED: ReadonlySet<string> = new Set([OWN.status, OWN.tags]);

function CellParts({ row, column, editing, annotating }: CellProps & { row: Row }): JSX.Element {
  if (column.field === OWN.status) return <StatusText status={row.status} />;
  if (column.field === OWN.tags)
    return <TagChips row={row} width={column.width} editing={editing} annotating={annotating} />;
  if (column.field === OWN.note && editing) return <NoteInput row={row} annotating={annotating} />;
  return <span className="jp-pr-coming" />;
}

/** What a value looks like. */
interface Face {
  content: ReactNode;
  className: string;
  title: string;
  verdict: string;
}

const NOTHING: Face = { content: null, className: "", title: "", verdict: "" };

function faceOf(row: Row, column: ShownColumn, cell: Cell, base: Cell | undefined): Face {
  if (column.field === OWN.note) return { ...NOTHING, content: row.note, title: row.note };
  const { text, whole, numeric } = cellText(cell, column.field, column.type);
  const [own, other] = [cellNumber(cell, column.type), cellNumber(base, column.type)];
  const by = own !== null && other !== null ? own - other : NaN;
  // What went into a run is no better or worse than another; and a number that is none has no distance.
  if (column.kind === "summary" && Number.isFinite(by)) {
    const better = column.direction && by !== 0 ? by > 0 === (column.direction === "max") : null;
    const verdict = better === null ? "" : better ? "better" : "worse";
    return {
      className: "jp-pr-number",
      title: `${String(own)}, ${verdict || "by"} ${by}`,
      verdict,
      content: (
        <>
          {differenceText(by)}
          {verdict && <span className="jp-pr-hidden"> {verdict}</span>}
        </>
      ),
    };
  }
  if (cell === null) return { ...NOTHING, content: "–", className: "jp-pr-missing", title: "not recorded" };
  return { ...NOTHING, content: text, className: numeric ? "jp-pr-number" : "", title: whole };
}

interface EditProps {
  row: Row;
  annotating: Annotating;
}

/** Keys of a field inside the table are the field's, not the table's. */
function fieldKeys(event: KeyboardEvent<HTMLInputElement>, save: () => void, done: () => void): void {
  event.stopPropagation();
  if (event.key === "Enter") {
    save();
    done();
  } else if (event.key === "Escape") done();
}

function focus(element: HTMLInputElement | null): void {
  if (!element || element === document.activeElement) return;
  element.focus();
  // A cell that is edited is wider than its column, which may be the last in sight.
  element.closest("[role=gridcell]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function NoteInput({ row, annotating }: EditProps): JSX.Element {
  const [text, setText] = useState(row.note);
  const save = (): void => {
    if (text !== row.note) annotating.note(row.key, text);
  };
  return (
    <input
      ref={focus}
      className="jp-pr-edit"
      aria-label={`Note on ${row.name}`}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={() => {
        save();
        annotating.done();
      }}
      onKeyDown={(event) => {
        fieldKeys(event, save, annotating.done);
      }}
    />
  );
}

/** "name=value", or a bare name. */
export function parseTag(text: string): [name: string, value: string] | null {
  const [name = "", ...value] = text.split("=");
  return name.trim() ? [name.trim(), value.join("=").trim()] : null;
}

export function tagText(name: string, value: string): string {
  return value ? `${name}=${value}` : name;
}

/** Pixels of a chip besides its text, of a letter in it, of the widest chip, and of the chip that counts the rest. */
const CHIP = { edges: 18, letter: 6.5, most: 160, rest: 40 };

/** How many tags have room in a column; never none. */
function fitting(tags: readonly (readonly [string, string])[], width: number): number {
  let left = width - CHIP.rest;
  const over = tags.findIndex(([name, value]) => {
    left -= Math.min(CHIP.most, tagText(name, value).length * CHIP.letter + CHIP.edges);
    return left < 0;
  });
  return over < 0 ? tags.length : Math.max(1, over);
}

interface TagsProps extends EditProps {
  width: number;
  editing: boolean;
}

function TagChips({ row, width, editing, annotating }: TagsProps): JSX.Element {
  const tags = Object.entries(row.tags);
  const shown = editing ? tags : tags.slice(0, fitting(tags, width));
  const rest = tags.slice(shown.length).map((tag) => tagText(...tag));
  return (
    <span className="jp-pr-tags">
      {shown.map(([name, value]) => (
        <span className="jp-pr-tag" key={name} title={tagText(name, value)}>
          <span className="jp-pr-tag-text">{tagText(name, value)}</span>
          {editing && (
            <button
              type="button"
              aria-label={`Remove the tag ${name}`}
              // The field beside it keeps the focus, so that the chips stay to be edited.
              onMouseDown={(event) => {
                event.preventDefault();
              }}
              onClick={() => {
                annotating.tag(row.key, name, null);
              }}
            >
              ×
            </button>
          )}
        </span>
      ))}
      {rest.length > 0 && (
        <span className="jp-pr-tag jp-pr-tag-rest" title={rest.join("\n")}>
          +{rest.length}
        </span>
      )}
      {editing && <TagInput row={row} annotating={annotating} />}
    </span>
  );
}

function TagInput({ row, annotating }: EditProps): JSX.Element {
  const [text, setText] = useState("");
  const save = (): void => {
    const tag = parseTag(text);
    if (tag) annotating.tag(row.key, ...tag);
    setText("");
  };
  return (
    <input
      ref={focus}
      className="jp-pr-edit"
      aria-label={`New tag of ${row.name}`}
      placeholder="name=value"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={() => {
        save();
        annotating.done();
      }}
      onKeyDown={(event) => {
        fieldKeys(event, save, annotating.done);
      }}
    />
  );
}
