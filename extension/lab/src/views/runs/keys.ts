/** What keys do in the runs table, by the pattern of a grid: the places that arrows, Home, End and pages lead to. */

/** Where the focus is: row −1 is the head, column −1 the name. */
export interface Place {
  row: number;
  column: number;
}

export interface Bounds {
  rows: number;
  columns: number;
  /** Rows in sight. */
  page: number;
}

interface Stroke {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** Where a key leads from a place; null if it leads nowhere. */
export function move({ row, column }: Place, stroke: Stroke, { rows, columns, page }: Bounds): Place | null {
  const far = stroke.ctrlKey || stroke.metaKey;
  const to = (nextRow: number, nextColumn: number): Place => ({
    row: Math.max(-1, Math.min(rows - 1, nextRow)),
    column: Math.max(-1, Math.min(columns - 1, nextColumn)),
  });
  switch (stroke.key) {
    case "ArrowDown":
      return to(far ? rows - 1 : row + 1, column);
    case "ArrowUp":
      return to(far ? 0 : row - 1, column);
    case "ArrowRight":
      return to(row, far ? columns - 1 : column + 1);
    case "ArrowLeft":
      return to(row, far ? -1 : column - 1);
    case "Home":
      return far ? to(0, -1) : to(row, -1);
    case "End":
      return far ? to(rows - 1, columns - 1) : to(row, columns - 1);
    case "PageDown":
      return to(row + page, column);
    case "PageUp":
      return to(Math.max(0, row - page), column);
    default:
      return null;
  }
}
