/** What the outputs of values and claims have in common: a small view of a fact, with the mark of its runs. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { IDisposable } from "@lumino/disposable";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { factIn } from "../../models/facts/facts.ts";
import type { Facts } from "../../models/facts/facts.ts";
import type { Fact } from "../../models/facts/live.ts";
import { stateOf } from "../../models/facts/cites.ts";
import type { RunState } from "../../models/facts/cites.ts";
import { evidenceOf } from "../../models/facts/evidence.ts";
import { Mark, wordOn } from "./cited-runs.ts";
import { watchNear } from "./near.ts";
import { StaticFace } from "./static-face.ts";
import { leaveByEscape, notebookOf } from "./surroundings.ts";

/** A fact that cannot be shown: its message is what the reader sees in its place. */
export class UnreadableFactError extends Error {
  override name = "UnreadableFactError";
}

export abstract class RenderedFact extends Widget implements IRenderMime.IRenderer {
  protected readonly mark = new Mark(false);
  private readonly _options: IRenderMime.IRendererOptions;
  private readonly _facts: Facts;
  private _fact: Fact = {};
  private _face: StaticFace | null = null;
  private _cites: IDisposable | null = null;
  private _unwatch: (() => void) | null = null;
  private _near = false;

  constructor(options: IRenderMime.IRendererOptions, facts: Facts) {
    super();
    this._options = options;
    this._facts = facts;
    this._runs = "unknown";
    leaveByEscape(this.node);
  }

  /** What a fact is called in a message. */
  protected abstract readonly noun: string;

  /** Build the view of a fact; a fact that does not hold what it should is an error. Gives the state and the nodes. */
  protected abstract build(fact: Fact): { state: string; nodes: readonly Node[] };

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { data } = model;
    this._fact = factIn(data, this._options.mimeType);
    this._face?.dispose();
    this._face = null;
    try {
      const { state, nodes } = this.build(this._fact);
      this.node.dataset.state = state;
      this.node.replaceChildren(...nodes, this.mark.node);
    } catch (error) {
      if (!(error instanceof UnreadableFactError)) throw error;
      this.node.dataset.state = "failed";
      const message = document.createElement("div");
      message.className = "jp-pr-failure";
      message.setAttribute("role", "alert");
      message.textContent = `This ${this.noun} could not be shown. ${error.message} Its data are still in the notebook.`;
      this._face = new StaticFace(data, this._options);
      this.node.replaceChildren(message, this._face.node, this.mark.node);
    }
    this._cites?.dispose();
    this._cites = null;
    if (this._near) this._ask();
    return Promise.resolve();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this._unwatch?.();
    this._cites?.dispose();
    this._face?.dispose();
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._unwatch = watchNear(this.node, (near) => {
      this._near = near;
      if (near) this._ask();
      else this._forget();
    });
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    this._unwatch?.();
    this._unwatch = null;
    this._near = false;
    this._forget();
  }

  private set _runs(state: RunState | "others" | "unknown") {
    this.node.dataset.runs = state;
  }

  private _ask(): void {
    if (this._cites || this.isDisposed) return;
    this._cites = this._facts.watch(notebookOf(this._options), evidenceOf(this._fact), (report) => {
      this._runs = stateOf(report);
      this.mark.say(wordOn(report));
    });
  }

  private _forget(): void {
    this._cites?.dispose();
    this._cites = null;
  }
}

/** An element with text in it. */
export function spoken(
  tag: "span" | "strong" | "p" | "th" | "td" | "div",
  className: string,
  text: string,
): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
