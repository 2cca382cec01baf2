/** Tips of what stands in the prose: opened by hover and focus, closed by Escape, kept inside the window. */

import type { IDisposable } from "@lumino/disposable";
import type { Row } from "../../models/prose/values-result.ts";

const GAP = 6;
/** Milliseconds in which the pointer may cross from a word to its tip. */
const CROSSING = 150;
const ID = "jp-pr-tip";
const RETOLD = "jp-pr-retold";

/** What each element's tip says, asked for when it opens. */
const told = new WeakMap<Element, () => readonly Row[]>();

/** Let an element tell something when it is pointed at or focused. */
export function tell(element: HTMLElement, rows: () => readonly Row[]): void {
  element.dataset.prTip = "";
  told.set(element, rows);
}

/** Let what an element tells be read again, if it is being told. */
export function retell(element: HTMLElement): void {
  element.dispatchEvent(new Event(RETOLD, { bubbles: true }));
}

/** The one tip of a notebook: listens on its node, so that elements need no listeners of their own. */
export class Tips implements IDisposable {
  isDisposed = false;
  private readonly _tip = document.createElement("div");
  private readonly _ended = new AbortController();
  private _anchor: HTMLElement | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(node: HTMLElement) {
    this._tip.className = "jp-pr-tip";
    this._tip.id = ID;
    this._tip.setAttribute("role", "tooltip");
    const { signal } = this._ended;
    const over = (event: Event): void => {
      const anchor = anchorOf(event.target);
      if (anchor) this._open(anchor);
    };
    const out = (event: Event): void => {
      if (this._anchor && anchorOf(event.target) === this._anchor) this._leave();
    };
    node.addEventListener("pointerover", over, { signal });
    node.addEventListener("focusin", over, { signal });
    node.addEventListener("pointerout", out, { signal });
    node.addEventListener("focusout", out, { signal });
    this._tip.addEventListener("pointerenter", () => {
      clearTimeout(this._timer);
    });
    this._tip.addEventListener("pointerleave", () => {
      this._leave();
    });
    const again = (event: Event): void => {
      if (this._anchor && event.target === this._anchor) this._fill(this._anchor);
    };
    node.addEventListener(RETOLD, again, { signal });
    // Before JupyterLab's own shortcuts see the key.
    const dismissed = (event: KeyboardEvent): void => {
      if (event.key === "Escape") this.close();
    };
    window.addEventListener("keydown", dismissed, { signal, capture: true });
    const close = (): void => {
      this.close();
    };
    const scrolled = (): void => {
      // To focus what is out of sight scrolls there; what the pointer is no longer on closes by itself.
      if (this._anchor?.matches(":focus, :hover")) place(this._anchor, this._tip);
      else this.close();
    };
    node.addEventListener("scroll", scrolled, { signal, capture: true, passive: true });
    window.addEventListener("resize", close, { signal, passive: true });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.close();
    this._ended.abort();
  }

  close(): void {
    clearTimeout(this._timer);
    this._anchor?.removeAttribute("aria-describedby");
    this._anchor = null;
    this._tip.remove();
  }

  private _open(anchor: HTMLElement): void {
    clearTimeout(this._timer);
    if (anchor === this._anchor) return;
    this.close();
    this._fill(anchor);
  }

  private _fill(anchor: HTMLElement): void {
    const rows = told.get(anchor)?.() ?? [];
    if (rows.length === 0) return;
    this._anchor = anchor;
    anchor.setAttribute("aria-describedby", ID);
    this._tip.replaceChildren(...rows.map(rowOf));
    document.body.append(this._tip);
    place(anchor, this._tip);
  }

  private _leave(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      // What has the focus keeps its tip until the focus goes too.
      const here = this._anchor && (this._anchor.matches(":hover, :focus") || this._tip.matches(":hover"));
      if (!here) this.close();
    }, CROSSING);
  }
}

function anchorOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-pr-tip]") : null;
}

function rowOf([term, text]: Row): HTMLElement {
  const row = document.createElement("div");
  row.className = "jp-pr-tip-row";
  const [name, said] = [document.createElement("span"), document.createElement("span")];
  name.className = "jp-pr-tip-term";
  name.textContent = term;
  said.textContent = text;
  row.append(name, " ", said);
  return row;
}

/** Above its anchor, or below where there is no room, and within the window's sides. */
function place(anchor: HTMLElement, tip: HTMLElement): void {
  tip.style.left = tip.style.top = "0";
  // A reference that is broken over two lines has a box as wide as both: its first line is what is pointed at.
  const [at, box] = [anchor.getClientRects()[0] ?? anchor.getBoundingClientRect(), tip.getBoundingClientRect()];
  const left = Math.min(document.documentElement.clientWidth - box.width - GAP, at.left + at.width / 2 - box.width / 2);
  const above = at.top - box.height - GAP;
  tip.style.left = `${Math.max(GAP, left)}px`;
  tip.style.top = `${above >= GAP ? above : at.bottom + GAP}px`;
}
