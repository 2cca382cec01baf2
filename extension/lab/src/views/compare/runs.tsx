/** Runs side by side in the main area: differences first, curves over each other, code as diffs. */

import { useState } from "react";
import type { JSX } from "react";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { RunComparison } from "../../models/runs/comparison.ts";
import { CodeDiff } from "./code.tsx";
import { ComparisonTable } from "./table.tsx";
import { Curves } from "./curves-chart.tsx";
import { Connection } from "../connection.tsx";
import { keepFocus } from "../focus-keeper.ts";
import { useSignal } from "../use-signal.ts";

/** Metrics offered as buttons; more are found by the filter. */
const OFFERED = 30;

export class ComparisonView extends ReactWidget {
  readonly model: RunComparison;

  constructor(model: RunComparison) {
    super();
    this.model = model;
    this.addClass("jp-pr-compare");
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Comparison of runs");
    const kept = keepFocus(this.node);
    this.disposed.connect(() => {
      kept.dispose();
    });
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    return <Compare model={this.model} />;
  }
}

function Compare({ model }: { model: RunComparison }): JSX.Element {
  useSignal(model.changed);
  const { comparison, failure, titles } = model;
  const warning = failure && (
    <p role="alert" className="jp-pr-runs-failure">
      ⚠ {failure.message}
    </p>
  );
  if (!comparison) return warning ?? <p role="status">Comparing the runs…</p>;
  const told = comparison.code.filter(({ diff, note, same }) => diff || (note && !same));
  return (
    <>
      {warning}
      <Connection events={model.events} />
      <div className="jp-pr-tools" role="toolbar" aria-label="Comparison">
        <input
          type="search"
          className="jp-pr-edit jp-pr-compare-filter"
          aria-label="Filter entries"
          placeholder="Filter entries"
          value={model.filter}
          onChange={(event) => {
            model.find(event.target.value);
          }}
        />
        <label className="jp-pr-compare-same">
          <input
            type="checkbox"
            checked={model.sameShown}
            onChange={(event) => {
              model.showSame(event.target.checked);
            }}
          />
          Show what is the same
        </label>
        <AddRun model={model} />
      </div>
      <ComparisonTable model={model} />
      <Metrics model={model} />
      {told.length > 0 && (
        <section aria-label="Code">
          <h3>Code</h3>
          {told.map((difference, index) => (
            <CodeDiff key={difference.new} difference={difference} title={titles[index + 1] ?? difference.new} />
          ))}
        </section>
      )}
    </>
  );
}

function Metrics({ model }: { model: RunComparison }): JSX.Element | null {
  const version = useSignal(model.series.changed);
  const metrics = model.comparison?.metrics ?? [];
  if (metrics.length === 0) return null;
  const chosen = model.metrics;
  const words = model.filter.toLowerCase();
  const offered = metrics.filter(({ name }) => chosen.includes(name) || name.toLowerCase().includes(words));
  const runs = model.runs.map(({ key, id }, index) => ({ key, title: model.titles[index] ?? id }));
  return (
    <section aria-label="Curves">
      <h3>Curves</h3>
      <div className="jp-pr-compare-metrics" role="group" aria-label="Metrics">
        {offered.slice(0, OFFERED).map(({ name }) => (
          <button
            key={name}
            type="button"
            className="jp-pr-button"
            aria-pressed={chosen.includes(name)}
            onClick={() => {
              model.showMetric(name, !chosen.includes(name));
            }}
          >
            {name}
          </button>
        ))}
        {offered.length > OFFERED && <span>{offered.length - OFFERED} more: filter for them</span>}
      </div>
      <div className="jp-pr-compare-charts">
        {chosen.map((metric) => (
          <Curves
            key={metric}
            metric={metric}
            direction={model.direction(metric) ?? ""}
            runs={runs}
            series={(key) => model.series.get(key, metric)}
            version={version}
          />
        ))}
      </div>
    </section>
  );
}

function AddRun({ model }: { model: RunComparison }): JSX.Element {
  const [text, setText] = useState("");
  const search = (value: string): void => {
    setText(value);
    void model.search(value);
  };
  return (
    <div
      className="jp-pr-compare-add"
      onKeyDown={(event) => {
        if (event.key === "Escape") search("");
      }}
    >
      <input
        type="search"
        className="jp-pr-edit"
        aria-label="Add a run by its name"
        placeholder="Add a run by its name"
        value={text}
        onChange={(event) => {
          search(event.target.value);
        }}
      />
      {model.offers.length > 0 && (
        <ul aria-label="Runs found">
          {model.offers.map(({ key, name, id }) => (
            <li key={key}>
              <button
                type="button"
                className="jp-pr-button"
                title={id}
                onClick={() => {
                  setText("");
                  model.add(key);
                }}
              >
                {name || id}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
