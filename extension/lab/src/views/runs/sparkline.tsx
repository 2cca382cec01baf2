/** A small curve, and the words that say what it shows. */

import type { JSX } from "react";
import type { Series } from "../../api/payloads/runs.ts";
import { numberText } from "./text.ts";

const WIDTH = 160;
const HEIGHT = 36;
const EDGE = 2;

interface SparklineProps {
  series: Series | undefined;
}

export function Sparkline({ series }: SparklineProps): JSX.Element {
  const points = series ? finite(series) : [];
  const last = points.at(-1);
  if (!last) return <span className="jp-pr-missing">{series ? "no finite value" : "…"}</span>;
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [points[0]?.[0] ?? 0, last[0]];
  const x = (step: number): number => EDGE + ((step - from) / (to - from || 1)) * (WIDTH - 2 * EDGE);
  const y = (value: number): number => HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  const path = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const words = `from ${numberText(low)} to ${numberText(high)}, last ${numberText(last[1])} at step ${to}`;
  return (
    <svg className="jp-pr-spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      <title>{words}</title>
      <polyline points={path} />
      <circle cx={x(to)} cy={y(last[1])} r={2} />
    </svg>
  );
}

function finite({ step, value }: Series): (readonly [number, number])[] {
  return step.flatMap((at, index) => {
    const found = value[index];
    return typeof found === "number" ? [[at, found] as const] : [];
  });
}
