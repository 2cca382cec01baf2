/** What stands in a piece of prose besides words: mathematics, citations, cross-references, and attributes in braces. */

/** One key within a citation, as written: `see @key, p. 3`. */
export interface CitedKey {
  readonly key: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Written with a minus: the author's name, or the word "Figure", is left out. */
  readonly suppressed: boolean;
}

export type Piece =
  | { readonly kind: "text" | "math"; readonly text: string }
  /** `{#eq-loss}`, `{#sec-method}` and the like: `label` is "" where the braces hold none. */
  | { readonly kind: "attributes"; readonly text: string; readonly label: string }
  | {
      readonly kind: "cite";
      readonly text: string;
      readonly keys: readonly CitedKey[];
      /** Written in brackets, rather than as part of the sentence. */
      readonly bracketed: boolean;
    };

const PREFIXES = ["fig", "tbl", "lst", "clm", "eq", "sec"] as const;
export type Kind = (typeof PREFIXES)[number];

/** The kind of a cross-reference's label; null for a bibliography's key. */
export function kindOf(key: string): Kind | null {
  const [, prefix] = /^([A-Za-z]+)-./.exec(key) ?? [];
  return PREFIXES.find((known) => known === prefix?.toLowerCase()) ?? null;
}

const MATH = String.raw`\$\$[^]*?\$\$|\$(?=[^\s$])(?:\\.|[^$\\])*?[^\s\\]\$(?!\d)|\$[^\s$\\]\$(?!\d)|\\\([^]*?\\\)|\\\[[^]*?\\\]|\\begin\{(?<env>\w+\*?)\}[^]*?\\end\{\k<env>\}`;
const KEY = String.raw`(?:\{(?<braced>[^\s{}]+)\}|(?<bare>[\p{L}\p{N}_](?:[:.#$%&\-+?<>~/]?[\p{L}\p{N}_])*))`;
/** An e-mail address, a decorator or a handle within a word is no citation. */
const AT = String.raw`(?<![\p{L}\p{N}_.\-/@\\+])(?<minus>-?)@`;
const ATTRIBUTES = String.raw`\{(?=[#.][\w-]|[\w-]+=)[^{}\n]*\}`;

const ANY = new RegExp(
  String.raw`(?<math>${MATH})|(?<attributes>${ATTRIBUTES})|(?<bracket>\[[^\[\]@]*@[^\[\]]*\])|(?<reference>${AT}${KEY}(?<locator> \[[^\[\]@]+\])?)`,
  "gu",
);
const ONE = new RegExp(`${AT}${KEY}`, "gu");

/** Cut a text into its pieces; joined again, their texts are the text. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  const plain = (end: number): void => {
    if (end > position) pieces.push({ kind: "text", text: text.slice(position, end) });
  };
  ANY.lastIndex = 0;
  for (let match = ANY.exec(text); match; match = ANY.exec(text)) {
    const piece = pieceOf(match);
    if (!piece) {
      // A bracket that holds no citation may still hold a reference within its words.
      ANY.lastIndex = match.index + 1;
      continue;
    }
    plain(match.index);
    pieces.push(piece);
    position = match.index + match[0].length;
  }
  plain(text.length);
  return pieces;
}

/** Give a heading's text without the attributes that label it. */
export function withoutAttributes(text: string): string {
  const pieces = piecesOf(text);
  if (pieces.every(({ kind }) => kind !== "attributes")) return text;
  return pieces
    .filter(({ kind }) => kind !== "attributes")
    .map((piece) => piece.text)
    .join("")
    .replace(/[ \t]+$/, "");
}

function pieceOf(match: RegExpExecArray): Piece | null {
  const [text] = match;
  const { math, attributes, bracket, braced, bare, minus, locator } = match.groups ?? {};
  if (math !== undefined) return { kind: "math", text };
  if (attributes !== undefined) return { kind: "attributes", text, label: /#([\w:.-]+)/.exec(text)?.[1] ?? "" };
  if (bracket === undefined) {
    const key = braced ?? bare ?? "";
    const suffix = locator ? locator.trim().slice(1, -1) : "";
    return { kind: "cite", text, bracketed: false, keys: [{ key, prefix: "", suffix, suppressed: minus === "-" }] };
  }
  const keys = bracket.slice(1, -1).split(";").map(keyIn);
  return keys.every((key) => key !== null) ? { kind: "cite", text, keys, bracketed: true } : null;
}

/** The key of one part of a bracket; null unless it holds exactly one. */
function keyIn(part: string): CitedKey | null {
  const [first, second] = [...part.matchAll(ONE)];
  if (!first || second) return null;
  const { braced, bare, minus } = first.groups ?? {};
  return {
    key: braced ?? bare ?? "",
    prefix: part.slice(0, first.index).trim(),
    suffix: part.slice(first.index + first[0].length).trim(),
    suppressed: minus === "-",
  };
}
