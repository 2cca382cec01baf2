/** Curves of some runs over each other, drawn by the panels' own front end, which is loaded when first needed. */

import { useEffect, useRef, useState } from "react";
import type { JSX } from "react";
import type { Model } from "../../../panels/model.ts";
import type { Series } from "../../api/payloads/runs.ts";
import { failureText } from "../../models/failures.ts";

export interface ChartRun {
  key: string;
  title: string;
}

interface CurvesProps {
  metric: string;
  direction: string;
  runs: readonly ChartRun[];
  series: (key: string) => Series | undefined;
}

/** The panel's fact, as its Python side would compute it of one group a run. */
function curvesFact({ metric, direction, runs, series }: CurvesProps): Record<string, unknown> {
  const frame: Record<string, unknown[]> = { group: [], run: [], x: [], value: [], low: [], high: [], n: [], step: [] };
  for (const { key, title } of runs) {
    const found = series(key);
    // A group's mean stands under the run ""; of one run it is the run.
    for (const run of ["", key]) {
      found?.step.forEach((step, at) => {
        const row = { group: title, run, x: step, value: found.value[at], low: null, high: null, n: 1, step };
        for (const [name, value] of Object.entries(row)) frame[name]?.push(value);
      });
    }
  }
  return {
    kind: "curves",
    title: "",
    metrics: [metric],
    frame,
    view: {
      x: { field: "step", label: "step" },
      y: { label: metric, log: false, metric, direction },
      smooth: 0,
      groups: runs.map(({ key, title }, color) => ({ label: title, runs: [key], color })),
      baseline: null,
    },
    runs: [],
    disclosure: { text: "" },
  };
}

/** anywidget's model without a kernel behind it. */
class ChartModel implements Model {
  private readonly _values = new Map<string, unknown>([["theme", "auto"]]);
  private readonly _listeners = new Map<string, Set<() => void>>();

  get(key: string): unknown {
    return this._values.get(key);
  }

  set(key: string, value: unknown): void {
    this._values.set(key, value);
    for (const listener of this._listeners.get(`change:${key}`) ?? []) listener();
  }

  save_changes(): void {
    // What the reader chooses stays in the panel's own memory.
  }

  on(event: string, callback: () => void): void {
    const listeners = this._listeners.get(event) ?? new Set();
    this._listeners.set(event, listeners.add(callback));
  }

  off(event: string, callback: () => void): void {
    this._listeners.get(event)?.delete(callback);
  }
}

/** `version` says when there are new points. */
export function Curves({ version, ...props }: CurvesProps & { version: number }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [model] = useState(() => new ChartModel());
  const [failure, setFailure] = useState("");
  const drawn = JSON.stringify([props.metric, props.direction, props.runs]);
  useEffect(() => {
    model.set("fact", curvesFact(props));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the fact is made of what `drawn` and `version` stand for
  }, [model, drawn, version]);
  useEffect(() => {
    let end: (() => void) | null = null;
    let gone = false;
    import("../../../panels/index.ts").then(
      ({ default: panels }) => {
        if (!gone && host.current) end = panels.render({ model, el: host.current });
      },
      (error: unknown) => {
        setFailure(failureText(error));
      },
    );
    return () => {
      gone = true;
      end?.();
    };
  }, [model]);
  return (
    <div className="jp-pr-chart" role="group" aria-label={`Curves of ${props.metric}`}>
      {failure && <p role="alert">The chart could not be loaded. {failure}</p>}
      <div ref={host} />
    </div>
  );
}
