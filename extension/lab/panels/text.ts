/** How numbers and other people's names are written. */

/** A name on one line: control characters become U+FFFD, direction marks go, as the Python faces print it. */
export function printable(text: unknown): string {
  return String(text)
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/\s/gu, " ")
    .replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd")
    .trim();
}

/** Code as it can be shown: what would hide or reorder it becomes U+FFFD, as on the static faces. */
export function visible(code: string): string {
  return code.replace(/[^\P{C}\n\t]/gu, (char) => (/[\p{Cn}\p{Co}]/u.test(char) ? char : "\ufffd"));
}

/** With a true minus sign, and none before a zero: that a number rounds to zero from below says nothing. */
const minus = (text: string): string => text.replace(/^-(?=[0.]*$)/, "").replaceAll("-", "\u2212");

/** A number to so many significant digits, with a true minus sign; what is missing is a dash. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "\u2014";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return minus(value.toExponential(digits - 1));
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(value.toFixed(Math.min(decimals, 12)));
}

/** How many decimals an estimate deserves: two significant digits of its interval's half width. */
function decimalsFor(low: number, high: number): number | null {
  const half = (high - low) / 2;
  if (!Number.isFinite(half) || half <= 0) return null;
  return Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(half))));
}

/** An estimate and the ends of its interval as text, to the digits that the interval supports. */
export interface EstimateText {
  value: string;
  /** Null where there is no interval. */
  ends: readonly [low: string, high: string] | null;
}

/** Write an estimate and its interval; `signed` gives positive ones a plus. */
export function writeEstimate(value: number, low: number, high: number, signed = false): EstimateText {
  const decimals = decimalsFor(low, high);
  const sized = (Math.abs(value) >= 1e-4 || value === 0) && Math.abs(value) < 1e6;
  const write = (number: number): string => {
    const text = decimals !== null && sized ? minus(number.toFixed(decimals)) : formatNumber(number);
    return signed && number > 0 ? `+${text}` : text;
  };
  return { value: write(value), ends: decimals === null ? null : [write(low), write(high)] };
}

/** A difference with its sign, and its interval's half width; null where there is no interval. */
export function writeMeasured(value: number, low: number, high: number): { value: string; half: string | null } {
  const decimals = decimalsFor(low, high);
  const half = decimals === null ? null : ((high - low) / 2).toFixed(decimals);
  return { value: writeEstimate(value, low, high, true).value, half };
}

/** An estimate and its interval on one line: "0.981 [0.974, 0.988]". */
export function formatEstimate(value: number, low: number, high: number, signed = false): string {
  const { value: text, ends } = writeEstimate(value, low, high, signed);
  return ends ? `${text} [${ends[0]}, ${ends[1]}]` : text;
}

/** "1 run", "3 runs". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
