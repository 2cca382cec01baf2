/** An inline value in the prose: its number, and in words what is to be said of it. */

import type { IDisposable } from "@lumino/disposable";
import type { Cites } from "../../models/facts/cites.ts";
import type { Row, Shown } from "../../models/prose/values-result.ts";
import { changeOf } from "../facts/cited-runs.ts";
import { retell, tell } from "./tips.ts";

export class ValueView implements IDisposable {
  isDisposed = false;
  readonly expression: string;
  readonly node = document.createElement("span");
  private _shown: Shown | null = null;
  private _now: (() => Shown) | null = null;
  private _cited = "";
  private _watch: IDisposable | null = null;
  private _change = "";

  constructor(expression: string) {
    this.expression = expression;
    this.node.className = "jp-pr-inline mathjax_ignore";
    this.node.tabIndex = 0;
    tell(this.node, () => this._rows());
  }

  /** Show a value, and what `cites` tells of its runs from now on. */
  show(now: () => Shown, cites: Cites | null): void {
    this._now = now;
    const shown = now();
    if (!this._shown || JSON.stringify(shown) !== JSON.stringify(this._shown)) {
      this._shown = shown;
      this._write();
    }
    retell(this.node);
    const cited = JSON.stringify(shown.evidence);
    if (!cites || (this._watch && cited === this._cited)) return;
    this._watch?.dispose();
    this._cited = cited;
    this._watch = cites.watch(shown.evidence, (report) => {
      const change = changeOf(report);
      if (change === this._change) return;
      this._change = change;
      this._write();
      retell(this.node);
    });
  }

  dispose(): void {
    this.isDisposed = true;
    this._watch?.dispose();
  }

  private _write(): void {
    if (!this._shown) return;
    const { text, state, remark } = this._shown;
    this.node.dataset.state = state;
    this.node.toggleAttribute("data-changed", this._change !== "");
    const remarks = [remark, this._change ? "runs changed" : ""].filter(Boolean).join("; ");
    this.node.replaceChildren(text);
    if (!remarks) return;
    const said = document.createElement("span");
    said.className = "jp-pr-remark";
    said.textContent = ` (${remarks})`;
    this.node.append(said);
  }

  private _rows(): readonly Row[] {
    const rows = this._now?.().rows ?? [];
    return this._change ? [...rows, ["Changed", this._change]] : rows;
  }
}
