/**
 * The page beside the notebook: two sandboxed frames, of which one is seen while the other loads the newer page.
 *
 * The page has an origin of its own, so that nothing in it can reach JupyterLab; where it is scrolled to travels by
 * messages.
 */

import { Widget } from "@lumino/widgets";
import type { LivePreview } from "../../models/paper/preview.ts";
import { previewIcon } from "./signs.tsx";

/** Milliseconds for a loaded page to scroll to where the reader was, before it is shown anyway. */
const PATIENCE = 400;

/** Widths that a page is looked at in. */
const WIDTHS = [
  ["desktop", "Desktop"],
  ["phone", "Phone"],
] as const;

interface Place {
  readonly y: number;
  readonly anchor: string;
}

export class PreviewWidget extends Widget {
  readonly preview: LivePreview;
  private readonly _said = document.createElement("span");
  private readonly _bar = document.createElement("div");
  private readonly _trouble = document.createElement("div");
  private readonly _stage = document.createElement("div");
  private readonly _empty = document.createElement("p");
  private readonly _tab = document.createElement("button");
  private readonly _goTo: (cell: string) => void;
  private _shown: HTMLIFrameElement | null = null;
  private _next: HTMLIFrameElement | null = null;
  private _dark = false;
  private _address = "";
  private _place: Place = { y: 0, anchor: "" };
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(preview: LivePreview, goTo: (cell: string) => void) {
    super();
    this.preview = preview;
    this._goTo = goTo;
    this.addClass("jp-pr-page-preview");
    this.title.icon = previewIcon;
    this.title.closable = true;
    this.node.setAttribute("role", "region");
    this._makeBar();
    this._trouble.className = "jp-pr-page-preview-trouble";
    this._trouble.setAttribute("role", "status");
    this._stage.className = "jp-pr-page-preview-stage";
    this._empty.className = "jp-pr-paper-quiet";
    this._stage.append(this._empty);
    this.node.append(this._bar, this._trouble, this._stage);
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
    const again = buttonOf("Render again", () => {
      this.preview.again();
    });
    this._bar.append(this._said, widths, again, this._tab);
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
    this._tab.disabled = !preview.address;
    this._showTrouble();
    this._empty.hidden = this._shown !== null;
    this._empty.textContent = this._emptyText();
  };

  private _state(): string {
    if (this.preview.pending || this._next) return "Rendering…";
    if (this.preview.problem) return this._address ? "The last page that could be made" : "";
    if (!this._address && !this.preview.address) return "";
    return "Up to date with the open notebook";
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
    const { problem, problems } = this.preview;
    const lines: HTMLElement[] = [];
    if (problem) {
      const line = document.createElement("p");
      line.className = "jp-pr-page-preview-error";
      const words = document.createElement("strong");
      words.textContent = this._address ? "Not rendered: " : "Cannot be rendered: ";
      line.append(words, [problem.where, problem.what, problem.hint && `→ ${problem.hint}`].filter(Boolean).join(" "));
      lines.push(line);
    }
    for (const { what, hint, cell } of problem ? [] : problems) {
      const line = document.createElement("p");
      line.append(hint ? `${what} → ${hint} ` : `${what} `);
      if (cell !== null) {
        const link = buttonOf("Go to the cell", () => {
          this._goTo(cell);
        });
        link.className = "jp-pr-paper-link";
        line.append(link);
      }
      lines.push(line);
    }
    this._trouble.replaceChildren(...lines);
    this._trouble.hidden = lines.length === 0;
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

function buttonOf(text: string, act: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jp-pr-paper-button";
  button.textContent = text;
  button.onclick = act;
  return button;
}
