/** The paper in front in JupyterLab's status bar: what an author must know while looking elsewhere. */

import { ReactWidget } from "@jupyterlab/ui-components";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { JSX } from "react";
import type { Events } from "../../api/events.ts";
import type { OpenPaper, OpenPapers } from "../../models/paper/paper.ts";
import { notConnected } from "../connection.tsx";
import { Sign } from "./signs.tsx";
import { counted, STATES, total } from "./words.ts";

export class StatusItem extends ReactWidget {
  private readonly _papers: OpenPapers;
  private readonly _events: Events;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _show: () => void;

  constructor(papers: OpenPapers, events: Events, show: () => void) {
    super();
    this._papers = papers;
    this._events = events;
    this._show = show;
    this.addClass("jp-pr-paper-status");
    papers.changed.connect(this._update);
    events.connectedChanged.connect(this._update);
  }

  /** Whether there is anything to say. */
  get isNeeded(): boolean {
    return Boolean(this._papers.current?.state) || !this._events.connected;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  override dispose(): void {
    this._papers.changed.disconnect(this._update);
    this._events.connectedChanged.disconnect(this._update);
    Signal.clearData(this);
    super.dispose();
  }

  protected override render(): JSX.Element | null {
    const paper = this._papers.current;
    if (!this._events.connected) {
      return (
        <span className="jp-pr-paper-status-button" role="status" title="pressrun asks the server again and again">
          <Sign name="warning" tone="doubt" />
          <span>pressrun is {notConnected(this._events.asOf)}</span>
        </span>
      );
    }
    if (!paper?.state) return null;
    const { sign, tone } = paper.build?.running ? STATES.building : STATES[paper.state.state];
    const claims = saidClaims(paper);
    return (
      <>
        <button type="button" className="jp-pr-paper-status-button" title="Show the paper" onClick={this._show}>
          <Sign name={sign} tone={tone} />
          <span>{saidState(paper)}</span>
          {claims && (
            <span className={claims.isBroken ? "jp-pr-paper-status-broken" : ""}>
              {claims.isBroken && <Sign name="cross" tone="bad" />} {claims.text}
            </span>
          )}
        </button>
        <span className="jp-pr-paper-unseen" aria-live="polite">
          {announced(paper)}
        </span>
      </>
    );
  }

  private readonly _update = (): void => {
    this.update();
    this._changed.emit();
  };
}

function saidState({ state, build }: OpenPaper): string {
  const running = build?.running;
  if (running) return running.total > 0 ? `building ${running.number} of ${running.total}` : "building";
  if (state?.state === "stale") return `stale: ${counted(state.stale.length, "reason")}`;
  return state?.state ?? "";
}

function saidClaims({ state }: OpenPaper): { text: string; isBroken: boolean } | null {
  const tally = state?.tally;
  if (!tally || total(tally) === 0) return null;
  return {
    text: `claims ${tally.holds} of ${total(tally)} hold`,
    isBroken: tally.fails + tally.unsupported > 0,
  };
}

/** What is read out: that something began, ended or broke; never each cell. */
function announced(paper: OpenPaper): string {
  if (paper.build?.running) return "The paper is being built";
  const claims = saidClaims(paper);
  const broken = claims?.isBroken ? `, ${claims.text}` : "";
  return `The paper is ${paper.state?.state ?? "unknown"}${broken}`;
}
