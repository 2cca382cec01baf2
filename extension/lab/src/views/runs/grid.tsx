/** The runs as a table of any length: only the rows and columns in sight are drawn, and fetched. */

import { useEffect, useMemo, useRef, useState } from "react";
import type { JSX, KeyboardEvent, MouseEvent } from "react";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import type { Range } from "@tanstack/react-virtual";
import { OWN } from "../../models/runs/columns.ts";
import type { RunsModel } from "../../models/runs/runs.ts";
import type { Annotating } from "./cells.tsx";
import { RunsHead, sortColumn, STEP } from "./head.tsx";
import { move } from "./keys.ts";
import type { Place } from "./keys.ts";
import { RunRow } from "./row.tsx";
import { useSignal } from "../use-signal.ts";

const ROW = 26;
const HEAD = 28;
/** Below this width of the table a name is cut short and a status is its sign alone, so that numbers have room. */
const NARROW = 440;
const NARROW_NAME = 128;
const SIGN = 30;

interface GridProps {
  model: RunsModel;
  open: (key: string) => void;
  /** A drag of the selected runs may begin. */
  grab: (event: PointerEvent) => void;
  fail: (error: unknown) => void;
}

/** What is in sight, and besides it what has the focus: an element that goes away would lose it. */
function including(active: number, count: number) {
  return (range: Range): number[] => {
    const seen = defaultRangeExtractor(range);
    const known = active >= 0 && active < count && !seen.includes(active);
    return known ? [...seen, active].sort((a, b) => a - b) : seen;
  };
}

export function RunsGrid({ model, open, grab, fail }: GridProps): JSX.Element {
  const changes = useSignal(model.changed);
  useSignal(model.selection.changed);
  const scroller = useRef<HTMLDivElement>(null);
  const [wanted, setActive] = useState<Place>({ row: 0, column: -1 });
  const [editing, setEditing] = useState<Place | null>(null);
  const focusing = useRef(false);
  const { pages, selection, baseline, differences } = model;
  const [narrow, setNarrow] = useState(false);
  const nameWidth = narrow ? Math.min(NARROW_NAME, model.columns.nameWidth) : model.columns.nameWidth;
  const all = model.columns.shown;
  const columns = useMemo(
    () => (narrow ? all.map((column) => (column.field === OWN.status ? { ...column, width: SIGN } : column)) : all),
    [narrow, all],
  );
  const count = pages.count;
  // Runs and columns may be fewer than when the keys went there; a table without a place for the focus is out of reach.
  const row = Math.min(wanted.row, count - 1);
  const column = Math.min(wanted.column, columns.length - 1);
  const active = useMemo<Place>(() => ({ row, column }), [row, column]);

  // New functions would make the virtualizers compute anew what is in sight, and every row be drawn again.
  const rowRange = useMemo(() => including(active.row, count), [active.row, count]);
  const columnRange = useMemo(() => including(active.column, columns.length), [active.column, columns.length]);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it gives is used here alone, and not memoised
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    paddingStart: HEAD,
    scrollPaddingStart: HEAD,
    overscan: 4,
    rangeExtractor: rowRange,
    useFlushSync: false,
  });
  const across = useVirtualizer({
    count: columns.length,
    horizontal: true,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => columns[index]?.width ?? 0,
    paddingStart: nameWidth,
    scrollPaddingStart: nameWidth,
    overscan: 1,
    rangeExtractor: columnRange,
    useFlushSync: false,
  });
  const seenRows = rows.getVirtualItems();
  const seenColumns = across.getVirtualItems();
  const width = across.getTotalSize();

  useEffect(() => {
    across.measure();
  }, [across, columns, nameWidth]);

  useEffect(() => {
    const node = scroller.current;
    if (!node) return;
    const observer = new ResizeObserver(() => {
      setNarrow(node.clientWidth < NARROW);
    });
    observer.observe(node);
    return () => {
      observer.disconnect();
    };
  }, []);

  const [first, last] = [rows.range?.startIndex ?? 0, rows.range?.endIndex ?? 0];
  useEffect(() => {
    pages.see(scroller, first, last);
  }, [pages, first, last, changes]);
  useEffect(
    () => () => {
      pages.leave(scroller);
    },
    [pages],
  );

  useEffect(() => {
    const top = (): void => {
      scroller.current?.scrollTo({ top: 0 });
      // Whoever sorts by keys stays in the head.
      setActive((place) => ({ row: Math.min(place.row, 0), column: place.column }));
    };
    model.queried.connect(top);
    return () => {
      model.queried.disconnect(top);
    };
  }, [model]);

  // The focus follows the keys, once the cell is drawn.
  useEffect(() => {
    if (!focusing.current || editing) return;
    const place = `[data-place="${active.row},${active.column}"]`;
    const cell = scroller.current?.querySelector<HTMLElement>(place);
    if (!cell) return;
    focusing.current = false;
    cell.focus({ preventScroll: true });
  });

  const reach = (place: Place): void => {
    focusing.current = true;
    if (place.row >= 0) rows.scrollToIndex(place.row);
    if (place.column >= 0) across.scrollToIndex(place.column);
    else if (scroller.current) scroller.current.scrollLeft = 0;
    setActive(place);
  };

  const annotating = useMemo<Annotating>(
    () => ({
      tag: (key, name, value) => {
        model.annotate([key], { tags: { [name]: value } }).catch(fail);
      },
      note: (key, note) => {
        model.annotate([key], { note }).catch(fail);
      },
      done: () => {
        focusing.current = scroller.current?.contains(document.activeElement) ?? false;
        setEditing(null);
      },
    }),
    [model, fail],
  );

  const edit = (place: Place): boolean => {
    const field = columns[place.column]?.field;
    if (place.row < 0 || (field !== OWN.tags && field !== OWN.note)) return false;
    setEditing(place);
    return true;
  };

  const headKey = (event: KeyboardEvent): boolean => {
    const column = columns[active.column] ?? null;
    const arrow = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (event.key === "Enter" || event.key === " ") sortColumn(model, column, event.shiftKey);
    else if (arrow && event.shiftKey) {
      model.columns.resize(column?.field ?? "name", (column?.width ?? nameWidth) + arrow * STEP);
    } else if (arrow && event.altKey && column) {
      model.columns.move(column.field, arrow);
      reach({ row: -1, column: Math.max(0, Math.min(columns.length - 1, active.column + arrow)) });
    } else return false;
    return true;
  };

  const rowKey = (event: KeyboardEvent): boolean => {
    const row = pages.row(active.row);
    if (event.key === "Enter" || event.key === "F2") {
      if (row && !edit(active) && event.key === "Enter") open(row.key);
    } else if (event.key === " ") {
      if (event.shiftKey) selection.extend(active.row).catch(fail);
      else if (row) selection.toggle(row.key, active.row);
    } else if (event.key === "b" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (row) model.pin(row.key === baseline?.key ? "" : row.key);
    } else return false;
    return true;
  };

  const keyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") selection.all(count).catch(fail);
    else if (event.key === "Escape") {
      if (selection.size === 0) return;
      selection.clear();
    } else if (!(active.row < 0 ? headKey(event) : rowKey(event))) {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 2);
      const next = event.altKey ? null : move(active, event, { rows: count, columns: columns.length, page });
      if (!next) return;
      reach(next);
      if (event.shiftKey && next.row !== active.row) selection.extend(Math.max(0, next.row)).catch(fail);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const placeOf = (target: EventTarget): Place | null => {
    const text = (target as HTMLElement).closest<HTMLElement>("[data-place]")?.dataset.place;
    const [row, column] = text?.split(",").map(Number) ?? [];
    return row === undefined || column === undefined ? null : { row, column };
  };

  const click = (event: MouseEvent<HTMLDivElement>): void => {
    const place = placeOf(event.target);
    const row = place && place.row >= 0 ? pages.row(place.row) : undefined;
    if (!place || !row || editing) return;
    setActive(place);
    const checks = (event.target as HTMLElement).dataset.check !== undefined;
    if (event.shiftKey) selection.extend(place.row).catch(fail);
    else if (event.ctrlKey || event.metaKey || checks) selection.toggle(row.key, place.row);
    else selection.only(row.key, place.row);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Runs"
      aria-multiselectable="true"
      aria-rowcount={count + 1}
      aria-colcount={columns.length + 1}
      className="jp-pr-runs-grid"
      data-narrow={narrow || undefined}
      data-outdated={model.outdated || undefined}
      onKeyDown={keyDown}
      onClick={click}
      onFocus={(event) => {
        const place = placeOf(event.target);
        if (place && (place.row !== active.row || place.column !== active.column)) setActive(place);
      }}
      onDoubleClick={(event) => {
        const place = placeOf(event.target);
        const row = place && pages.row(place.row);
        if (row && !edit(place)) open(row.key);
      }}
      onPointerDown={(event) => {
        const key = (event.target as HTMLElement).closest<HTMLElement>("[data-key]")?.dataset.key;
        if (event.button === 0 && key && selection.has(key) && !editing) grab(event.nativeEvent);
      }}
      onContextMenu={(event) => {
        const place = placeOf(event.target);
        const row = place && pages.row(place.row);
        if (row && !selection.has(row.key)) selection.only(row.key, place.row);
      }}
    >
      <div role="rowgroup" className="jp-pr-runs-top" style={{ width, height: HEAD }}>
        <RunsHead
          model={model}
          columns={columns}
          nameWidth={nameWidth}
          seen={seenColumns}
          active={active.row === -1 ? active.column : null}
          reach={(column) => {
            if (active.row !== -1 || active.column !== column) setActive({ row: -1, column });
          }}
        />
      </div>
      <div role="rowgroup" style={{ height: rows.getTotalSize() - HEAD, width }} className="jp-pr-runs-rows">
        {seenRows.map(({ index, start }) => {
          const row = pages.row(index);
          return (
            <RunRow
              key={index}
              model={model}
              row={row}
              index={index}
              top={start - HEAD}
              width={width}
              nameWidth={nameWidth}
              columns={columns}
              seen={seenColumns}
              selected={row !== undefined && selection.has(row.key)}
              baseline={baseline}
              differences={differences}
              active={active.row === index ? active.column : null}
              editing={editing?.row === index ? editing.column : null}
              annotating={annotating}
            />
          );
        })}
      </div>
    </div>
  );
}
