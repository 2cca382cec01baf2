/** What runs hold, as people read it: numbers in sensible digits, times, durations, statuses with a sign. */

import type { Cell, Column as ColumnInfo, Status } from "../../api/payloads/runs.ts";

export interface CellText {
  text: string;
  /** All of it, for a tooltip; "" where the text is all. */
  whole: string;
  numeric: boolean;
}

export const STATUS_SIGNS: Readonly<Record<Status, string>> = {
  running: "▶",
  finished: "✓",
  failed: "✕",
  killed: "■",
  deleted: "–",
  unknown: "?",
};

/** Digits that tell runs apart without filling the column; the tooltip has the rest. */
const DIGITS = 4;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const PARSED: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** A cell as a number: those that JSON has no word for are texts. null where it is none. */
export function cellNumber(cell: Cell | undefined, type: ColumnInfo["type"]): number | null {
  if (typeof cell === "number") return cell;
  return typeof cell === "string" && type !== "text" ? (PARSED[cell] ?? null) : null;
}

export function numberText(value: number, digits = DIGITS): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const plain = String(value);
  let text: string;
  if (Number.isInteger(value) && size < 1e7) text = plain;
  else if (size >= 1e7 || (size < 1e-4 && size > 0)) text = value.toExponential(digits - 2);
  else if (size >= 1_000) text = value.toFixed(1);
  else text = value.toPrecision(digits);
  const short = plain.length <= text.length ? plain : text;
  return short.replace(/^-/, "−").replace("e+", "e").replace("e-", "e−");
}

/** A difference with its sign. */
export function differenceText(value: number): string {
  if (value === 0) return "±0";
  const text = numberText(value, DIGITS - 1);
  return value > 0 ? `+${text}` : text;
}

export function cellText(cell: Cell, field: string, type: ColumnInfo["type"]): CellText {
  if (cell === null) return { text: "", whole: "not recorded", numeric: false };
  if (typeof cell === "boolean") return { text: String(cell), whole: "", numeric: false };
  const value = cellNumber(cell, type);
  if (value === null) return { text: String(cell), whole: String(cell), numeric: false };
  if (field === "started" || field === "ended")
    return { text: timeText(value), whole: fullTime(value), numeric: false };
  if (field === "duration") return { text: durationText(value), whole: `${value} s`, numeric: true };
  const text = numberText(value);
  return { text, whole: text === String(value) ? "" : String(value), numeric: true };
}

/** Any JSON value on one line. */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return numberText(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The author's own time, to the minute. */
export function timeText(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function fullTime(seconds: number): string {
  const at = new Date(seconds * 1_000);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

export function durationText(seconds: number): string {
  if (seconds < MINUTE) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${Math.floor(seconds % MINUTE)} s`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ${Math.floor((seconds % HOUR) / MINUTE)} min`;
  return `${Math.floor(seconds / DAY)} d ${Math.floor((seconds % DAY) / HOUR)} h`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toPrecision(3)} ${["", "kB", "MB", "GB", "TB"][power] ?? ""}`;
}

/** A title for a tab, which a run's name of any length goes into. */
export function cut(title: string, most = 60): string {
  const points = Array.from(title);
  return points.length > most ? `${points.slice(0, most - 1).join("")}…` : title;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
