/** What a hand or keyboard does on a plot: point, drag a box, wheel with Ctrl, arrow keys. The page scrolls as ever. */

import { h } from "./elements.ts";

export interface Span {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Gestures {
  /** The pointer is over a place, in pixels from the plot's corner. */
  point(left: number, top: number): void;
  leave(): void;
  /** A box was dragged; `tall` when it means a range of y, too. */
  box(span: Span, tall: boolean): void;
  /** Zoom about a place by a factor; under 1 comes closer. */
  zoom(left: number, factor: number): void;
  /** Show everything again. */
  reset(): void;
  /** A key was pressed; true when it meant something here. */
  key(event: KeyboardEvent): boolean;
}

/** A drag shorter than this is a click; a box lower than this means the whole height. */
const SHORT = 6;
const TALL = 28;

/** Listen to a plot. The listeners end with the element. */
export function listen(plot: HTMLElement, gestures: Gestures): void {
  const rubber = h("div", { class: "prp-rubber", hidden: true });
  plot.append(rubber);
  let start: { left: number; top: number; pointer: number } | null = null;

  const place = (event: MouseEvent): { left: number; top: number } => {
    const corner = plot.getBoundingClientRect();
    return { left: event.clientX - corner.left, top: event.clientY - corner.top };
  };
  const spanTo = (end: { left: number; top: number }): Span & { tall: boolean } => {
    const from = start ?? { ...end, pointer: 0 };
    const tall = Math.abs(end.top - from.top) >= TALL;
    return {
      left: Math.min(from.left, end.left),
      right: Math.max(from.left, end.left),
      top: tall ? Math.min(from.top, end.top) : 0,
      bottom: tall ? Math.max(from.top, end.top) : plot.clientHeight,
      tall,
    };
  };
  const stop = (): void => {
    start = null;
    rubber.hidden = true;
  };

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = place(event);
    if (event.pointerType === "touch") {
      // A touch leaves no pointer behind: the cursor stays until the reader taps elsewhere.
      plot.focus({ preventScroll: true });
      gestures.point(at.left, at.top);
      return;
    }
    start = { ...at, pointer: event.pointerId };
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointermove", (event) => {
    const at = place(event);
    gestures.point(at.left, at.top);
    if (start === null) return;
    const span = spanTo(at);
    rubber.hidden = span.right - span.left < SHORT;
    rubber.style.left = `${span.left}px`;
    rubber.style.top = `${span.top}px`;
    rubber.style.width = `${span.right - span.left}px`;
    rubber.style.height = `${span.bottom - span.top}px`;
  });
  plot.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const { tall, ...span } = spanTo(place(event));
    stop();
    if (span.right - span.left >= SHORT) gestures.box(span, tall);
  });
  plot.addEventListener("pointercancel", stop);
  plot.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") gestures.leave();
  });
  plot.addEventListener("blur", () => {
    gestures.leave();
  });
  plot.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      gestures.zoom(place(event).left, Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.004))));
    },
    { passive: false },
  );
  plot.addEventListener("dblclick", () => {
    gestures.reset();
  });
  plot.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (gestures.key(event)) event.preventDefault();
  });
}

/** What a key means on a plot: a place to go to, a factor to zoom by, or (neither) to close what is open. */
export interface Keyed {
  goTo?: number;
  zoom?: number;
}

/** Take a key for what it means, the cursor at one of some places in order or nowhere; null where it means nothing. */
export function keyed(key: string, places: Float64Array, at: number | undefined, step: number): Keyed | null {
  const last = places.length - 1;
  const here = at === undefined ? -1 : places.indexOf(at);
  const go = (to: number): Keyed => {
    const goTo = places[Math.max(0, Math.min(last, to))];
    return goTo === undefined ? {} : { goTo };
  };
  switch (key) {
    case "ArrowRight":
      return go(here < 0 ? 0 : here + step);
    case "ArrowLeft":
      return go(here < 0 ? last : here - step);
    case "Home":
      return go(0);
    case "End":
      return go(last);
    case "+":
    case "=":
      return { zoom: 0.7 };
    case "-":
      return { zoom: 1 / 0.7 };
    case "Escape":
      return {};
    default:
      return null;
  }
}
