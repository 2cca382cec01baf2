/** A panel in a notebook's output: drawn from the fact that is saved there, and from newer ones while its runs go on. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type { PanelModule } from "../../../panels/model.ts";
import type { CiteReport } from "../../models/facts/cites.ts";
import { factIn } from "../../models/facts/facts.ts";
import type { Facts, Memory } from "../../models/facts/facts.ts";
import { SAVED } from "../../models/facts/live.ts";
import type { Fact, Standing } from "../../models/facts/live.ts";
import { evidenceOf } from "../../models/facts/evidence.ts";
import { Mark, wordOn, wordOnLive } from "./cited-runs.ts";
import { watchNear } from "./near.ts";
import { PanelModel } from "./panel-model.ts";
import { StaticFace } from "./static-face.ts";
import { leaveByEscape, notebookOf, placeOf } from "./surroundings.ts";

/** Kinds that the server recomputes while their runs go on. */
const LIVE = new Set(["curves", "table"]);

const NOTHING: CiteReport = {
  changed: [],
  running: [],
  gone: [],
  unreadable: [],
  known: 0,
  more: 0,
  came: [],
  fewer: 0,
};

export class RenderedPanel extends Widget implements IRenderMime.IRenderer {
  private readonly _options: IRenderMime.IRendererOptions;
  private readonly _facts: Facts;
  private readonly _load: () => Promise<PanelModule>;
  private readonly _drawing = document.createElement("div");
  private readonly _message = document.createElement("div");
  private readonly _mark = new Mark(false);
  private _data: ReadonlyPartialJSONObject = {};
  private _saved: Fact = {};
  /** What is to be seen: the saved fact, or a newer one. */
  private _shown: Fact = {};
  private _model: PanelModel | null = null;
  private _erase: (() => void) | null = null;
  private _face: StaticFace | null = null;
  private _memory: Memory = new Map();
  private _near = false;
  private _unwatch: (() => void) | null = null;
  private _cites: IDisposable | null = null;
  private _live: IDisposable | null = null;
  private _report = NOTHING;
  private _standing: Standing = SAVED;
  private _given = 0;

  constructor(options: IRenderMime.IRendererOptions, facts: Facts, load: () => Promise<PanelModule>) {
    super();
    this._options = options;
    this._facts = facts;
    this._load = load;
    this.addClass("jp-pr-panel");
    this._drawing.className = "jp-pr-panel-drawing";
    this._message.className = "jp-pr-failure";
    this._message.setAttribute("role", "alert");
    this._message.hidden = true;
    this.node.append(this._message, this._drawing, this._mark.node);
    this._state = "waiting";
    leaveByEscape(this.node);
  }

  /** Show another output in the same place; the chart is kept, and what the reader chose on it. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._given = performance.now();
    this._data = model.data;
    this._saved = factIn(this._data, this._options.mimeType);
    this._shown = this._saved;
    const { kind } = this._saved;
    this.node.dataset.kind = typeof kind === "string" ? kind : "";
    this._forget();
    this._face?.dispose();
    this._face = null;
    if (this._model) this._show(this._saved);
    else this._standIn();
    if (this._near) {
      await this._draw();
      this._ask();
    }
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this._unwatch?.();
    this._forget();
    this._end();
    this._face?.dispose();
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    const place = placeOf(this);
    if (place !== null) this._memory = this._facts.memory(notebookOf(this._options), place);
    this._reserve();
    this._unwatch = watchNear(this.node, (near) => {
      this._near = near;
      if (near) {
        void this._draw();
        this._ask();
      } else {
        this._forget();
        // What is only behind another tab is there at once when that goes.
        const around = this.node.closest(".jp-WindowedPanel-outer") ?? this.node;
        if (around.checkVisibility()) this._erased();
      }
    });
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    this._unwatch?.();
    this._unwatch = null;
    this._near = false;
    this._forget();
    this._erased();
  }

  private set _state(state: "waiting" | "ready" | "failed") {
    this.node.dataset.state = state;
  }

  /** Draw the panel, if it is not there. */
  private async _draw(): Promise<void> {
    if (this._model) return;
    let module: PanelModule;
    try {
      module = await this._load();
    } catch {
      this._fail("The part of JupyterLab's extension that draws panels could not be loaded.", true);
      return;
    }
    // The output may have gone meanwhile, or another call have drawn it.
    if (this.isDisposed || !this._near || this._erase) return;
    this._model = new PanelModel({ fact: this._shown, memory: this._memory, host: "lab", theme: "auto" });
    this._attempt(() => {
      if (!this._model) return;
      this._erase = module.render({ model: this._model, el: this._drawing });
      this._drawn();
    });
  }

  private _drawn(): void {
    this._state = "ready";
    this._message.hidden = true;
    this._face?.dispose();
    this._face = null;
    this.node.style.minHeight = "";
    const [start, kind] = [this._given, this.node.dataset.kind ?? ""];
    if (start === 0) return;
    this._given = 0;
    // The frame after the next begins when this one is on the screen.
    requestAnimationFrame(() => {
      setTimeout(() => performance.measure(`pressrun:panel:${kind}`, { start, end: performance.now() }));
    });
  }

  /** Show a fact in the drawing that is there. */
  private _show(fact: Fact): void {
    this._shown = fact;
    if (!this._model) return;
    this._attempt(() => {
      this._model?.change("fact", fact);
      this._drawn();
    });
  }

  /** Do what may fail on a fact that nobody vouches for. */
  private _attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      console.error("pressrun:", error);
      this._end();
      this._fail(error instanceof Error ? error.message : String(error), false);
    }
  }

  private _fail(reason: string, again: boolean): void {
    if (this.isDisposed) return;
    this._state = "failed";
    const text = `This panel could not be drawn. ${reason} Its data are still in the notebook.`;
    this._message.replaceChildren(text);
    if (again) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Try again";
      button.addEventListener("click", () => void this._draw());
      this._message.append(" ", button);
    }
    this._message.hidden = false;
    this._standIn();
    this.node.style.minHeight = "";
  }

  /** Show the static face until there is a drawing. */
  private _standIn(): void {
    if (this._face || this.isDisposed) return;
    this._face = new StaticFace(this._data, this._options);
    this._drawing.after(this._face.node);
  }

  /** Take as much room as the drawing will, so that nothing moves when it comes. */
  private _reserve(): void {
    const width = this.node.clientWidth;
    if (this._erase || this.node.dataset.kind !== "curves" || width === 0) return;
    const plot = Math.min(400, Math.max(230, width * 0.52));
    if (!this.node.style.minHeight) this.node.style.minHeight = `${Math.round(plot) + AROUND}px`;
  }

  /** Give back what a drawing holds, and stand in for it as high. */
  private _erased(): void {
    if (!this._erase) return;
    const height = this.node.offsetHeight;
    this._end();
    if (height > 0) this.node.style.minHeight = `${height}px`;
    this._state = "waiting";
    this._standIn();
  }

  private _end(): void {
    this._erase?.();
    this._erase = null;
    this._model = null;
    this._drawing.replaceChildren();
  }

  /** Ask the server about the runs, while the panel is near what the reader sees. */
  private _ask(): void {
    if (this._cites || this.isDisposed) return;
    const notebook = notebookOf(this._options);
    this._cites = this._facts.watch(notebook, evidenceOf(this._saved), (report) => {
      this._report = report;
      const moved = report.running.length > 0 || report.changed.length > 0;
      if (moved && !this._live && LIVE.has(this.node.dataset.kind ?? "")) {
        this._live = this._facts.follow(notebook, this._saved, {
          show: (fact) => {
            this._show(fact);
          },
          stand: (standing) => {
            this._standing = standing;
            this._say();
          },
        });
      }
      this._say();
    });
  }

  /** Ask no more. What is shown beyond the saved output is shown no more either, since nobody follows it. */
  private _forget(): void {
    this._cites?.dispose();
    this._live?.dispose();
    this._cites = this._live = null;
    const ahead = this._standing.at !== null;
    this._report = NOTHING;
    this._standing = SAVED;
    if (ahead && !this.isDisposed) this._show(this._saved);
    this._say();
  }

  private _say(): void {
    const { state } = this._standing;
    this.node.dataset.live = state;
    const followed = wordOnLive(this._standing);
    const cited = wordOn(this._report);
    // A live panel shows its changed runs as they are: there is no need to run the cell for them.
    this._mark.say(state === "saved" && cited?.state !== "running" ? (cited ?? followed) : (followed ?? cited));
  }
}

/** What stands around a plot: toolbar, legend, the axis's name, notes and disclosure, a line each. */
const AROUND = 134;
