/** What stands where runs would: what is going on, and what the author can do. */

import { useEffect, useState } from "react";
import type { JSX } from "react";
import type { Problem } from "../../api/payloads/runs.ts";
import { NearbySources } from "../../models/runs/nearby.ts";
import type { RunsModel } from "../../models/runs/runs.ts";
import { useSignal } from "../use-signal.ts";
import { plural } from "./text.ts";

export function ProblemList({ problems }: { problems: readonly Problem[] }): JSX.Element {
  return (
    <ul className="jp-pr-problems">
      {problems.map(({ where, reason }, index) => (
        <li key={index}>
          <b>{where}</b> {reason}
        </li>
      ))}
    </ul>
  );
}

/** Why there is nothing to see; null where there is. */
export function RunsEmpty({ model }: { model: RunsModel }): JSX.Element | null {
  const { table, failure } = model;
  if (!table) {
    return failure ? (
      <div className="jp-pr-empty" role="alert">
        <h3>The runs cannot be shown</h3>
        <p>{failure.message}</p>
        <button
          type="button"
          className="jp-pr-button"
          onClick={() => {
            model.refresh();
          }}
        >
          Try again
        </button>
      </div>
    ) : (
      <div className="jp-pr-empty" role="status">
        <p>Looking for runs…</p>
      </div>
    );
  }
  if (table.reading && model.pages.count === 0) {
    const { done, total } = table.reading;
    return (
      <div className="jp-pr-empty" role="status">
        <p>
          Reading runs for the first time: {done.toLocaleString("en")} of {total.toLocaleString("en")}
        </p>
        <progress value={done} max={Math.max(1, total)} aria-label="Runs read" />
      </div>
    );
  }
  if (model.pages.count > 0) return null;
  if (table.total > 0) {
    return (
      <div className="jp-pr-empty">
        <h3>No run fits</h3>
        <p>{plural(table.total, "run")}, none of which the filter finds.</p>
        <button
          type="button"
          className="jp-pr-button"
          onClick={() => {
            model.where.set("");
          }}
        >
          Clear the filter
        </button>
      </div>
    );
  }
  return <NoRuns model={model} />;
}

/** Where runs may be, by a click; else how they are recorded. */
function NoRuns({ model }: { model: RunsModel }): JSX.Element {
  const { project, table } = model;
  const [nearby] = useState(() => new NearbySources(model.pressrun));
  useSignal(nearby.changed);
  useEffect(() => {
    void nearby.look();
  }, [nearby, project]);
  const found = nearby.sources;
  const sources = model.pressrun.current.found?.sources ?? [];
  return (
    <div className="jp-pr-empty">
      <h3>No runs yet</h3>
      {found.length > 0 && (
        <section aria-label="Runs nearby">
          <p>Runs lie near this project:</p>
          <ul className="jp-pr-nearby">
            {found.map((url) => (
              <li key={url}>
                <code>{url}</code>
                {found.length > 1 && (
                  <button
                    type="button"
                    className="jp-pr-button"
                    aria-label={`Use ${url}`}
                    disabled={nearby.busy}
                    onClick={() => {
                      void nearby.use([url]);
                    }}
                  >
                    Use
                  </button>
                )}
              </li>
            ))}
          </ul>
          <button
            type="button"
            className="jp-pr-button"
            disabled={nearby.busy}
            onClick={() => {
              void nearby.use(found);
            }}
          >
            {found.length > 1 ? `Use all ${found.length}` : "Use these runs"}
          </button>
          <p className="jp-pr-hint">
            They are only read. Their names go into <code>pressrun.toml</code>.
          </p>
        </section>
      )}
      {nearby.failure && <p role="alert">{nearby.failure}</p>}
      {table && table.problems.length > 0 && <ProblemList problems={table.problems} />}
      <p>
        {found.length > 0 ? "Or record" : `Looked in ${sources.length > 0 ? sources.join(", ") : "no source"}. Record`}{" "}
        a command as a run, in a terminal:
      </p>
      <pre tabIndex={0}>pressrun run -- python train.py</pre>
      <p>or log from the code:</p>
      <pre tabIndex={0}>
        {
          'import pressrun as pr\n\nwith pr.start_run(config={"lr": 0.1}) as run:\n    run.log({"loss": loss}, step=step)'
        }
      </pre>
      <p>
        Runs that are elsewhere are named in <code>pressrun.toml</code>:
      </p>
      <pre tabIndex={0}>{'sources = ["runs/", "mlflow:mlruns"]'}</pre>
      <button
        type="button"
        className="jp-pr-button"
        disabled={nearby.busy}
        onClick={() => {
          model.refresh();
          void nearby.again();
        }}
      >
        Look again
      </button>
    </div>
  );
}
