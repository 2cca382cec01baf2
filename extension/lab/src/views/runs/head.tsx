/** The head of the runs table: sorting by click or Enter, resizing by drag or keys. */

import type { JSX, PointerEvent } from "react";
import type { VirtualItem } from "@tanstack/react-virtual";
import { OWN } from "../../models/runs/columns.ts";
import type { ShownColumn } from "../../models/runs/columns.ts";
import type { RunsModel } from "../../models/runs/runs.ts";

/** Pixels that a key widens a column by. */
export const STEP = 16;

interface HeadProps {
  model: RunsModel;
  columns: readonly ShownColumn[];
  nameWidth: number;
  seen: readonly VirtualItem[];
  active: number | null;
  reach: (column: number) => void;
}

/** Numbers are looked at from the greatest, texts from A. */
export function sortColumn(model: RunsModel, column: ShownColumn | null, add: boolean): void {
  if (!column) model.sortBy("name", add, false);
  else if (sortable(column)) {
    model.sortBy(column.field, add, column.type === "number" ? column.direction !== "min" : column.type === "time");
  }
}

function sortable({ field }: ShownColumn): boolean {
  return !field.startsWith("@");
}

export function RunsHead({ model, columns, nameWidth, seen, active, reach }: HeadProps): JSX.Element {
  return (
    <div role="row" aria-rowindex={1} className="jp-pr-runs-head">
      <HeadCell model={model} column={null} index={-1} style={{ width: nameWidth }} active={active} reach={reach} />
      {seen.map(({ index, start, size }) => {
        const column = columns[index];
        return (
          column && (
            <HeadCell
              key={column.field}
              model={model}
              column={column}
              index={index}
              style={{ left: start, width: size }}
              active={active}
              reach={reach}
            />
          )
        );
      })}
    </div>
  );
}

interface HeadCellProps {
  model: RunsModel;
  /** null: the name. */
  column: ShownColumn | null;
  index: number;
  style: { left?: number; width: number };
  active: number | null;
  reach: (column: number) => void;
}

function HeadCell({ model, column, index, style, active, reach }: HeadCellProps): JSX.Element {
  const field = column?.field ?? "name";
  const title = column?.title ?? "name";
  const rank = model.sort.findIndex((each) => each.field === field);
  const sort = model.sort[rank];
  const direction = sort ? (sort.descending ? "descending" : "ascending") : "none";
  const explained = [field.replace(/^@/, ""), column?.direction && `better: ${column.direction}`]
    .filter(Boolean)
    .join(", ");
  return (
    <div
      role="columnheader"
      aria-colindex={index + 2}
      aria-sort={column && !sortable(column) ? undefined : direction}
      className={`jp-pr-runs-th ${column ? "jp-pr-runs-cell" : "jp-pr-runs-name"}`}
      style={style}
      data-numeric={column?.type === "number" ? true : undefined}
      data-sign={field === OWN.status || undefined}
      data-place={`-1,${index}`}
      tabIndex={active === index ? 0 : -1}
      title={explained}
      onFocus={() => {
        reach(index);
      }}
      onClick={(event) => {
        sortColumn(model, column, event.shiftKey);
      }}
    >
      <span className="jp-pr-runs-title">{title}</span>
      {sort && (
        <span className="jp-pr-runs-order" aria-hidden="true">
          {sort.descending ? "▼" : "▲"}
          {model.sort.length > 1 && rank + 1}
        </span>
      )}
      <span
        className="jp-pr-runs-edge"
        aria-hidden="true"
        onPointerDown={(event) => {
          resize(model, field, style.width, event);
        }}
        onClick={(event) => {
          event.stopPropagation();
        }}
      />
    </div>
  );
}

function resize(model: RunsModel, field: string, width: number, event: PointerEvent<HTMLElement>): void {
  event.preventDefault();
  event.stopPropagation();
  const edge = event.currentTarget;
  const from = event.clientX;
  edge.setPointerCapture(event.pointerId);
  edge.onpointermove = (move) => {
    model.columns.resize(field, width + move.clientX - from);
  };
  edge.onpointerup = () => {
    edge.onpointermove = edge.onpointerup = null;
  };
}
