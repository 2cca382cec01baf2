/** One row of the runs table. It is drawn again only when something that it shows changed. */

import { memo } from "react";
import type { JSX } from "react";
import type { VirtualItem } from "@tanstack/react-virtual";
import type { Row } from "../../api/payloads/runs.ts";
import type { ShownColumn } from "../../models/runs/columns.ts";
import type { RunsModel } from "../../models/runs/runs.ts";
import { RunCell, StatusText } from "./cells.tsx";
import type { Annotating } from "./cells.tsx";

export interface RowProps {
  model: RunsModel;
  /** undefined: on its way. */
  row: Row | undefined;
  index: number;
  top: number;
  width: number;
  nameWidth: number;
  columns: readonly ShownColumn[];
  seen: readonly VirtualItem[];
  selected: boolean;
  /** The run that differences are from. */
  baseline: Row | null;
  differences: boolean;
  /** The column with the focus; null if it is in another row. */
  active: number | null;
  editing: number | null;
  annotating: Annotating;
}

export const RunRow = memo(function RunRow(props: RowProps): JSX.Element {
  const { model, row, index, top, width, nameWidth, columns, seen, selected, baseline, differences } = props;
  const isBaseline = row !== undefined && row.key === baseline?.key;
  const statusShown = columns.some(({ field }) => field === "status");
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-busy={row ? undefined : true}
      className="jp-pr-runs-row"
      data-odd={index % 2 === 1 || undefined}
      data-key={row?.key}
      data-index={index}
      style={{ top, width }}
    >
      <div
        role="rowheader"
        aria-colindex={1}
        className="jp-pr-runs-name"
        style={{ width: nameWidth }}
        data-place={`${index},-1`}
        tabIndex={props.active === -1 ? 0 : -1}
      >
        {row ? (
          <>
            <span className="jp-pr-check" aria-hidden="true" data-check="" />
            <span className="jp-pr-text" title={row.note ? `${row.name}\n${row.note}` : row.name}>
              {row.name || row.id}
            </span>
            {isBaseline && <span className="jp-pr-badge">baseline</span>}
            {!statusShown && row.status !== "finished" && <StatusText status={row.status} />}
          </>
        ) : (
          <span className="jp-pr-coming" />
        )}
      </div>
      {seen.map(({ index: at, start, size }) => {
        const column = columns[at];
        if (!column) return null;
        return (
          <RunCell
            key={column.field}
            index={index}
            at={at}
            left={start}
            width={size}
            row={row}
            column={column}
            cell={row && model.pages.cell(index, column.field)}
            base={differences && !isBaseline ? model.baselineCell(column.field) : undefined}
            active={props.active === at}
            editing={props.editing === at}
            annotating={props.annotating}
          />
        );
      })}
    </div>
  );
});
