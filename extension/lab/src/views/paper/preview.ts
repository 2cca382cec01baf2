/**
 * The page beside the notebook: two sandboxed frames, of which one is seen while the other loads the newer page.
 *
 * The page has an origin of its own, so that nothing in it can reach JupyterLab; where it is scrolled to travels by
 * messages.
 */

import { Widget } from "@lumino/widgets";
import type { Fault, OutlineProblem, Version } from "../../api/payloads/papers.ts";
import { cellPlaces } from "../../models/cells.ts";
import { failedCell } from "../../models/paper/builds.ts";
import type { LivePreview } from "../../models/paper/preview.ts";
import { previewIcon } from "./signs.tsx";
import { counted, saidJob } from "./words.ts";

/** Milliseconds for a loaded page to scroll to where the reader was, before it is shown anyway. */
const PATIENCE = 400;

/** Names of new runs that are listed. */
const NAMED = 5;

/** Widths that a page is looked at in. */
const WIDTHS = [
  ["desktop", "Desktop"],
  ["phone", "Phone"],
] as const;

interface Place {
  readonly y: number;
  readonly anchor: string;
}

/** What the author asks for in the preview; the plugin does it by commands. */
export interface PreviewActions {
  readonly goTo: (cell: string) => void;
  /** Turn rebuilding on save on or off. */
  readonly rebuild: () => void;
  /** Build with the runs as they are now. */
  readonly update: () => void;
}

export class PreviewWidget extends Widget {
  readonly preview: LivePreview;
  private readonly _said = document.createElement("span");
  private readonly _bar = document.createElement("div");
  private readonly _trouble = document.createElement("ul");
  private readonly _stage = document.createElement("div");
  private readonly _empty = document.createElement("p");
  private readonly _tab = document.createElement("button");
  private readonly _again = buttonOf("Render again", () => {
    this.preview.again();
  });
  private readonly _rebuilds = document.createElement("input");
  private readonly _actions: PreviewActions;
  private _shown: HTMLIFrameElement | null = null;
  private _next: HTMLIFrameElement | null = null;
  private _dark = false;
  private _address = "";
  private _troubleShown = "";
  private _place: Place = { y: 0, anchor: "" };
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(preview: LivePreview, actions: PreviewActions) {
    super();
    this.preview = preview;
    this._actions = actions;
    this.addClass("jp-pr-page-preview");
    this.title.icon = previewIcon;
    this.title.closable = true;
    this.node.setAttribute("role", "region");
    this._makeBar();
    this._trouble.className = "jp-pr-page-preview-trouble";
    const news = document.createElement("div");
    news.className = "jp-pr-page-preview-news";
    news.setAttribute("role", "status");
    news.append(this._trouble);
    this._stage.className = "jp-pr-page-preview-stage";
    this._empty.className = "jp-pr-paper-quiet";
    this._stage.append(this._empty);
    this.node.append(this._bar, news, this._stage);
    preview.changed.connect(this._render);
    preview.paper.changed.connect(this._render);
    window.addEventListener("message", this._listen);
    this._render();
  }

  /** Scroll to what has this id in the page. */
  follow(anchor: string): void {
    if (anchor) this._tell(this._shown, { pressrun: "scroll", anchor });
  }

  /** Take JupyterLab's theme. */
  setDark(dark: boolean): void {
    this._dark = dark;
    this._tell(this._shown, { pressrun: "theme", dark });
    this._tell(this._next, { pressrun: "theme", dark });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    clearTimeout(this._timer);
    window.removeEventListener("message", this._listen);
    this.preview.changed.disconnect(this._render);
    this.preview.paper.changed.disconnect(this._render);
    this.preview.dispose();
    super.dispose();
  }

  private _makeBar(): void {
    this._bar.className = "jp-pr-page-preview-bar";
    this._said.className = "jp-pr-page-preview-said";
    this._said.setAttribute("aria-live", "polite");
    const widths = document.createElement("div");
    widths.setAttribute("role", "group");
    widths.setAttribute("aria-label", "Width of the page");
    widths.className = "jp-pr-paper-widths";
    const buttons = WIDTHS.map(([width, title]) => {
      const button = buttonOf(title, () => {
        this._stage.dataset.width = width;
        buttons.forEach((each) => {
          each.setAttribute("aria-pressed", String(each === button));
        });
      });
      button.setAttribute("aria-pressed", String(width === "desktop"));
      return button;
    });
    widths.append(...buttons);
    this._stage.dataset.width = "desktop";
    this._tab.type = "button";
    this._tab.className = "jp-pr-paper-button";
    this._tab.textContent = "Open in a new tab";
    this._tab.onclick = () => {
      if (this._address) window.open(this._address, "_blank", "noopener");
    };
    this._rebuilds.type = "checkbox";
    // The settings say what it is; a click only asks for it.
    this._rebuilds.onchange = () => {
      this._rebuilds.checked = this.preview.rebuilds;
      this._actions.rebuild();
    };
    const rebuilds = document.createElement("label");
    rebuilds.className = "jp-pr-page-preview-switch";
    rebuilds.title = "Build and publish when the paper is saved, or anything else that it depends on changes";
    rebuilds.append(this._rebuilds, "Rebuild on save");
    this._bar.append(this._said, rebuilds, widths, this._again, this._tab);
  }

  private readonly _render = (): void => {
    if (this.isDisposed) return;
    const { preview } = this;
    if (preview.isDisposed) {
      this._said.textContent = "The notebook is closed: this is the last page of it.";
      return;
    }
    const title = preview.paper.outline.outline?.title ?? preview.paper.state?.title ?? preview.paper.name;
    this.title.label = `Preview: ${title || "paper"}`;
    this.title.caption = `Preview of ${preview.paper.path}`;
    this.node.setAttribute("aria-label", this.title.label);
    if (preview.address && preview.address !== this._address) this._load(preview.address);
    this._said.textContent = this._state();
    this._rebuilds.checked = preview.rebuilds;
    this._again.hidden = preview.built !== null;
    this._tab.disabled = !preview.address;
    this._showTrouble();
    this._empty.hidden = this._shown !== null;
    this._empty.textContent = this._emptyText();
  };

  private _state(): string {
    const { built } = this.preview;
    if (built) return this._stateOf(built);
    if (this.preview.pending || this._next) return "Rendering…";
    if (this.preview.problem) return this._address ? "The last page that could be made" : "";
    if (!this._address && !this.preview.address) return "";
    return "Up to date with the open notebook";
  }

  /** Which version is seen, and what becomes of the next one. */
  private _stateOf(built: Version): string {
    const { build, state, connected } = this.preview.paper;
    const shown = `Version ${built.number}`;
    if (this._next) return `${shown} · Loading…`;
    if (build?.running) return `${shown} · ${saidJob(build.running)}`;
    if (!connected) return `${shown}, as far as is known`;
    const isBehind = state?.stale.some(({ update }) => !update);
    return `${shown}, ${isBehind ? "behind" : "up to date with"} what is saved`;
  }

  private _emptyText(): string {
    switch (this.preview.paper.finding) {
      case "looking":
        return "Looking which paper this notebook is…";
      case "none":
        return "This notebook is no paper, so there is no page to preview.";
      case "failed":
        return "The paper could not be looked up: see the paper sidebar.";
      case "paper":
        return this.preview.problem ? "There is no page yet." : "Rendering the page…";
    }
  }

  private _showTrouble(): void {
    const { problem, problems, built, paper } = this.preview;
    const { state, build } = paper;
    const waiting = state?.waiting ?? [];
    const failed = built && (build?.problem ?? (state?.state === "failed" ? state.error : null));
    const cell = failed && build?.job ? failedCell(build.job) : undefined;
    // What stands there as it was is left alone: it may have the focus, and has been read out.
    const shown = JSON.stringify([waiting, Boolean(build?.running), failed, cell, built ? null : [problem, problems]]);
    if (shown === this._troubleShown) return;
    this._troubleShown = shown;
    const lines: HTMLElement[] = [];
    if (waiting.length > 0) lines.push(this._waiting(waiting));
    if (failed) lines.push(this._failure("Build failed: ", failed, cell));
    else if (!built && problem)
      lines.push(this._failure(this._address ? "Not rendered: " : "Cannot be rendered: ", problem));
    else if (!built) lines.push(...problems.map((each) => this._line(each)));
    this._trouble.replaceChildren(...lines);
    this._trouble.hidden = lines.length === 0;
  }

  /** Runs that the lock keeps out, and the click that takes them in. */
  private _waiting(names: readonly string[]): HTMLElement {
    const runs = counted(names.length, "new run");
    const line = document.createElement("li");
    line.append(`${runs}: ${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? " …" : ""} `);
    const take = linkOf(`Take ${runs} in`, () => {
      this._actions.update();
    });
    take.disabled = Boolean(this.preview.paper.build?.running);
    line.append(take);
    return line;
  }

  private _failure(title: string, { where, what, hint }: Fault, cell?: string): HTMLElement {
    const line = document.createElement("li");
    line.className = "jp-pr-page-preview-error";
    const words = document.createElement("strong");
    words.textContent = title;
    // The paper's sidebar has the rest, lines of code and of a traceback.
    const [first] = what.split("\n");
    line.append(words, [where && `${where}:`, first, hint && `→ ${hint}`].filter(Boolean).join(" "), " ");
    if (cell !== undefined && cellPlaces(this.preview.paper.panel).has(cell)) line.append(this._link(cell));
    return line;
  }

  private _line({ what, hint, cell }: OutlineProblem): HTMLElement {
    const line = document.createElement("li");
    line.append(hint ? `${what} → ${hint} ` : `${what} `);
    if (cell !== null) line.append(this._link(cell));
    return line;
  }

  private _link(cell: string): HTMLElement {
    return linkOf("Go to the cell", () => {
      this._actions.goTo(cell);
    });
  }

  /** Load a page unseen; it is shown when it has scrolled to where the reader is. */
  private _load(address: string): void {
    this._address = address;
    this._next?.remove();
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = "The page as it would be published";
    frame.className = "jp-pr-page-preview-frame";
    frame.dataset.shown = "false";
    frame.onload = () => {
      if (frame !== this._next) return;
      this._tell(frame, { pressrun: "theme", dark: this._dark });
      this._tell(frame, { pressrun: "scroll", ...this._place });
      clearTimeout(this._timer);
      this._timer = setTimeout(() => {
        this._swap(frame);
      }, PATIENCE);
    };
    this._next = frame;
    frame.src = address;
    this._stage.append(frame);
  }

  private _swap(frame: HTMLIFrameElement): void {
    if (frame !== this._next) return;
    clearTimeout(this._timer);
    const old = this._shown;
    frame.dataset.shown = "true";
    this._shown = frame;
    this._next = null;
    old?.remove();
    this._render();
  }

  private readonly _listen = ({ source, data }: MessageEvent<unknown>): void => {
    const said = data as { pressrun?: unknown; y?: unknown; anchor?: unknown } | null;
    if (said?.pressrun !== "scrolled") return;
    // The frame is a foreign origin: what it says is checked, and only ever a place in itself.
    if (source === this._shown?.contentWindow) {
      const y = typeof said.y === "number" && Number.isFinite(said.y) ? said.y : 0;
      this._place = { y, anchor: typeof said.anchor === "string" ? said.anchor : "" };
    } else if (source === this._next?.contentWindow) this._swap(this._next);
  };

  private _tell(frame: HTMLIFrameElement | null, message: Readonly<Record<string, unknown>>): void {
    // A sandboxed page has no origin to name.
    frame?.contentWindow?.postMessage(message, "*");
  }
}

function linkOf(text: string, act: () => void): HTMLButtonElement {
  const link = buttonOf(text, act);
  link.className = "jp-pr-paper-link";
  return link;
}

function buttonOf(text: string, act: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jp-pr-paper-button";
  button.textContent = text;
  button.onclick = act;
  return button;
}
