/** Numbers of facts as text, as panels write them: non-finite ones are strings there, missing ones null. */

import { toNumber } from "../../../panels/fact.ts";
import { formatEstimate, formatNumber, printable } from "../../../panels/text.ts";

export { printable };

/** A number, or a dash for none. */
export function numberText(value: unknown): string {
  return value === "nan" ? "NaN" : formatNumber(toNumber(value));
}

/** A number with the interval around it where there is one. */
export function estimateText(value: unknown, interval: unknown): string {
  const [low, high] = Array.isArray(interval) ? (interval as unknown[]).map(toNumber) : [];
  return formatEstimate(toNumber(value), low ?? NaN, high ?? NaN);
}

/** A confidence level in percent. */
export function percent(level: unknown): string {
  return `${Number((toNumber(level) * 100).toPrecision(6))}%`;
}

/** A p-value, as the paper prints it. */
export function pText(value: unknown): string {
  const p = toNumber(value);
  if (Number.isNaN(p)) return "";
  return p < 0.0001 ? "p < 0.0001" : `p = ${Number(p.toPrecision(2))}`;
}
