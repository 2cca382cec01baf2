/** What a curves panel says in words: its axis names, the notes at its foot, its description for screen readers. */

import type { CurvesView } from "./fact.ts";
import { aligned, levelOf, outlines } from "./series.ts";
import type { GroupLines } from "./series.ts";
import { count, formatNumber, printable } from "./text.ts";

/** What is drawn, and how. */
export interface Shown {
  view: CurvesView;
  groups: readonly GroupLines[];
  xLabel: string;
  smooth: number;
  logarithmic: boolean;
  /** The baseline's label where differences from it are drawn, else null. */
  relativeTo: string | null;
}

/** The y axis's name; it says so when what it measures is smoothed or a difference. */
export function yName({ view, smooth, relativeTo }: Shown): string {
  const label = printable(view.y.label || view.y.metric);
  const difference = relativeTo === null ? "" : `, difference from ${printable(relativeTo)}`;
  return label + difference + (smooth > 0 ? ` (smoothed, ${smooth.toFixed(2)})` : "");
}

/** What a reader must know about the bands, the smoothing, and what could not be drawn; each a sentence. */
export function notes({ view, groups, smooth, logarithmic, relativeTo }: Shown): string[] {
  const sentences: string[] = [];
  const banded = view.band !== "" && groups.some(({ mean }) => mean.low.some(Number.isFinite));
  if (banded && relativeTo !== null) {
    const percent = Number((levelOf(view.band) * 100).toPrecision(6));
    sentences.push(`Bands: ${percent}% Welch interval of the difference of the means.`);
  } else if (banded) {
    sentences.push(`Bands: ${view.band}.`);
  }
  if (smooth > 0) {
    sentences.push("Smoothed by a debiased moving average over each run; means and bands are the smoothed runs\u2019.");
  }
  if (groups.some(({ runs }) => !aligned(runs))) sentences.push("Means are of runs interpolated between their points.");
  const lost = logarithmic ? notAboveZero(groups) : 0;
  if (lost > 0) sentences.push(`${count(lost, "point")} not above 0 cannot be shown on a logarithmic axis.`);
  return sentences;
}

function notAboveZero(groups: readonly GroupLines[]): number {
  const lines = groups.flatMap(outlines);
  return lines.reduce((total, { value }) => total + value.filter((each) => each <= 0).length, 0);
}

/** The whole chart in a few sentences. */
export function description(shown: Shown): string {
  const groups = shown.groups.map(({ label, runs, mean }) => {
    const [first, last] = [mean.value.find(Number.isFinite), mean.value.findLast(Number.isFinite)];
    const span =
      first === undefined || last === undefined
        ? ""
        : `, mean from ${formatNumber(first, 3)} to ${formatNumber(last, 3)}`;
    return `${printable(label)}, ${count(runs.length, "run")}${span}`;
  });
  return (
    `${yName(shown)} over ${printable(shown.xLabel)}. ${count(groups.length, "group")}: ${groups.join("; ")}. ` +
    "Arrow keys move the cursor, plus and minus zoom, Escape shows everything."
  );
}
