/** A frame as a CSV file (RFC 4180) that a spreadsheet cannot be tricked into running. */

import { length } from "./fact.ts";
import type { Frame } from "./fact.ts";
import { cellsOf } from "./packed.ts";

/** Text that a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const NON_FINITE = new Set(["nan", "inf", "-inf"]);

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  let text = typeof value === "string" ? value : JSON.stringify(value);
  if (FORMULA.test(text) && !NON_FINITE.has(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Write a frame as CSV, header first, lines ended by CR LF; what is missing stays empty. */
export function toCsv(frame: Frame): string {
  const names = Object.keys(frame);
  const columns = names.map((name) => cellsOf(frame[name]));
  const lines = [names.map(cell).join(",")];
  for (let row = 0; row < length(frame); row++) {
    lines.push(columns.map((cells) => cell(cells[row])).join(","));
  }
  return lines.join("\r\n") + "\r\n";
}

/** A file name out of a panel's title: letters and digits of any script, joined by hyphens. */
export function csvName(title: string, kind: string): string {
  const slug = title
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${slug || kind}.csv`;
}

/** Hand a CSV file to the reader; nothing leaves the page. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
