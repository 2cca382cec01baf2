/** The brush of one axis: a range that a reader drags, or whose ends are moved as two sliders by keyboard. */

import { h } from "./elements.ts";
import type { ParallelAxis } from "./parallel-view.ts";

/** Positions on an axis, from 0 to 1. */
export type Range = readonly [low: number, high: number];

export interface Brush {
  element: HTMLElement;
  readonly range: Range | null;
  /** Put it where its axis is; `step` is the room from one axis to the next. */
  place(step: number): void;
  clear(): void;
}

interface Listener {
  changed(range: Range | null): void;
  /** A drag is over, or a key was pressed: what came of it is said aloud. */
  ended(): void;
}

/** The shortest drag that is one, in pixels. */
const SHORT = 4;
/** What an arrow key moves an end by on an axis of numbers. */
const STEP = 0.02;
/** A run at the very end of a range is within it, whatever was rounded. */
const SLACK = 1e-9;

/** Whether a run is within all ranges; one without a place on a brushed axis is not. */
export function within(axes: readonly ParallelAxis[], ranges: readonly (Range | null)[], row: number): boolean {
  return ranges.every((range, index) => {
    if (!range) return true;
    const position = axes[index]?.positions[row] ?? NaN;
    return position >= range[0] - SLACK && position <= range[1] + SLACK;
  });
}

/** Make the brush of an axis. */
export function brushOf(axis: ParallelAxis, first: Range | null, listener: Listener): Brush {
  let range: Range | null = first;
  const name = h("div", { class: "prp-axis-name", title: axis.label }, h("bdi", {}, axis.label));
  const area = h("div", { class: "prp-axis-brush" });
  const endOf = (which: "low" | "high"): HTMLElement =>
    h("div", { class: `prp-axis-end prp-axis-${which}`, role: "slider", tabindex: 0, "aria-orientation": "vertical" });
  const ends = [endOf("low"), endOf("high")] as const;
  const strip = h("div", { class: "prp-axis-strip" }, area, ...ends);
  const element = h("div", { class: "prp-axis" }, name, strip);

  const show = (): void => {
    const [low, high] = range ?? [0, 1];
    area.hidden = !range;
    area.style.top = `${axis.down(high)}px`;
    area.style.height = `${Math.max(2, axis.down(low) - axis.down(high))}px`;
    element.classList.toggle("prp-brushed", range !== null);
    for (const [index, end] of ends.entries()) {
      const at = index === 0 ? low : high;
      end.style.top = `${axis.down(at)}px`;
      end.setAttribute("aria-label", `${axis.label}, ${index === 0 ? "lower" : "upper"} end of the brush`);
      end.setAttribute("aria-valuemin", "0");
      end.setAttribute("aria-valuemax", "100");
      end.setAttribute("aria-valuenow", String(Math.round(100 * at)));
      end.setAttribute("aria-valuetext", axis.at(at));
    }
  };
  const set = (next: Range | null): void => {
    // All of the axis is as good as no brush, but that runs without a place on it would be lost.
    range = next && next[0] <= 0 && next[1] >= 1 ? null : next;
    show();
    listener.changed(range);
  };
  drag(strip, axis, ends, () => range, set, listener);
  for (const [index, end] of ends.entries()) {
    end.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey || event.ctrlKey) return;
      const [low, high] = range ?? [0, 1];
      if (event.key === "Escape") {
        // With no brush left to take away, Escape is for whatever stands around the panel.
        if (!range) return;
        set(null);
      } else {
        const to = moved(axis, index === 0 ? low : high, event.key);
        if (to === null) return;
        set(index === 0 ? [Math.min(to, high), high] : [low, Math.max(to, low)]);
      }
      event.preventDefault();
      event.stopPropagation();
      listener.ended();
    });
  }
  show();
  return {
    element,
    get range() {
      return range;
    },
    place: (step) => {
      const half = Math.min(step / 2, 60);
      element.style.left = `${axis.left - half}px`;
      element.style.width = `${2 * half}px`;
      show();
    },
    clear: () => {
      if (range) set(null);
    },
  };
}

/** Where a key moves an end to; null where it means nothing. Names are gone through one by one. */
function moved(axis: ParallelAxis, at: number, key: string): number | null {
  const step = axis.isNumeric ? STEP : 1 / Math.max(1, axis.names.length - 1);
  const by: Readonly<Record<string, number>> = {
    ArrowUp: step,
    ArrowRight: step,
    ArrowDown: -step,
    ArrowLeft: -step,
    PageUp: 5 * step,
    PageDown: -5 * step,
    Home: -1,
    End: 1,
  };
  const change = by[key];
  if (change === undefined) return null;
  const to = Math.max(0, Math.min(1, at + change));
  // Steps add up to what a float cannot tell from an end.
  return to < SLACK ? 0 : to > 1 - SLACK ? 1 : to;
}

/** Drag along the axis for a new range, an end to move it; a click takes the brush away. */
function drag(
  strip: HTMLElement,
  axis: ParallelAxis,
  ends: readonly [HTMLElement, HTMLElement],
  range: () => Range | null,
  set: (range: Range | null) => void,
  listener: Listener,
): void {
  let from: { top: number; fixed: number; end: number } | null = null;
  const positionOf = (event: PointerEvent): number => {
    const top = event.clientY - strip.getBoundingClientRect().top;
    return Math.max(0, Math.min(1, 1 - (top - axis.top) / axis.height));
  };
  strip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [low, high] = range() ?? [0, 1];
    const end = ends.indexOf(event.target as HTMLElement);
    from = { top: event.clientY, fixed: [high, low][end] ?? positionOf(event), end };
    strip.setPointerCapture(event.pointerId);
    event.preventDefault();
    ends[end]?.focus({ preventScroll: true });
  });
  strip.addEventListener("pointermove", (event) => {
    if (!from || Math.abs(event.clientY - from.top) < SHORT) return;
    const to = positionOf(event);
    set([Math.min(from.fixed, to), Math.max(from.fixed, to)]);
  });
  strip.addEventListener("pointerup", (event) => {
    if (!from) return;
    const clicked = from.end < 0 && Math.abs(event.clientY - from.top) < SHORT;
    from = null;
    if (clicked && range()) set(null);
    listener.ended();
  });
  strip.addEventListener("pointercancel", () => {
    from = null;
  });
}
