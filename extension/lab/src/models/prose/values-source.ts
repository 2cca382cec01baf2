/** Where `` `{python} expression` `` stands in a markdown source: the rules are those of the builder. */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const MARK = "{python}";

/** The expression of a code span's text; null when it is ordinary code. */
export function expressionOf(code: string): string | null {
  const rest = code.slice(MARK.length);
  return code.startsWith(MARK) && /^\s+\S/.test(rest) ? rest.trim() : null;
}

/** The inline expressions of a markdown source in order; those within code blocks are text, not values. */
export function findExpressions(source: string): string[] {
  if (!source.includes(MARK)) return [];
  return blocksOf(source).flatMap(expressionsIn);
}

function expressionsIn(block: string): string[] {
  return spansIn(block)
    .map((span) => expressionOf(span.slice(1, -1)))
    .filter((expression) => expression !== null);
}

/**
 * The code spans of a paragraph: each goes from a run of backticks to the next one as long.
 *
 * One pass finds them all: to look for each run's end by itself takes minutes in a paragraph made for that.
 */
function spansIn(block: string): string[] {
  const runs = [...block.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ length, start: index }));
  const later = new Map<number, number>();
  const closing: (number | undefined)[] = [];
  for (const [place, { length }] of [...runs.entries()].reverse()) {
    closing[place] = later.get(length);
    later.set(length, place);
  }
  const spans: string[] = [];
  for (let place = 0; place < runs.length; place++) {
    const [first, last] = [runs[place], runs[closing[place] ?? runs.length]];
    if (!first || !last || block.charAt(first.start - 1) === "\\") continue;
    spans.push(block.slice(first.start, last.start + last.length));
    place = closing[place] ?? place;
  }
  return spans;
}

/** The paragraphs outside fenced code; a code span never crosses a blank line. */
function blocksOf(source: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence = "";
  const end = (): void => {
    if (lines.length > 0) blocks.push(lines.join("\n"));
    lines = [];
  };
  for (const line of source.split("\n")) {
    const mark = FENCE.exec(line)?.[1] ?? "";
    if (fence) {
      const closes = mark.startsWith(fence) && !line.trim().replaceAll(fence.charAt(0), "");
      if (closes) fence = "";
    } else if (mark) {
      end();
      fence = mark;
    } else if (line.trim()) lines.push(line);
    else end();
  }
  end();
  return blocks;
}
