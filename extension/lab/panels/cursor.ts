/** The cursor that all curves panels of a page share: where a reader points in one, the others point too. */

export interface Cursor {
  /** Panels follow each other only over the same quantity. */
  field: string;
  x: number;
  /** The group pointed at, by label, "" for none. */
  group: string;
}

const EVENT = "pressrun:cursor";

interface Detail {
  from: object;
  cursor: Cursor | null;
}

/** Tell the page's other panels where the cursor is; null when it left. It crosses bundles, so it is a DOM event. */
export function shareCursor(from: object, cursor: Cursor | null): void {
  document.dispatchEvent(new CustomEvent<Detail>(EVENT, { detail: { from, cursor } }));
}

/** Follow other panels' cursors. */
export function followCursor(self: object, follow: (cursor: Cursor | null) => void): () => void {
  const listener = (event: Event): void => {
    const { from, cursor } = (event as CustomEvent<Detail>).detail;
    if (from !== self) follow(cursor);
  };
  document.addEventListener(EVENT, listener);
  return () => {
    document.removeEventListener(EVENT, listener);
  };
}
