/** The controls of a curves panel: its options in the toolbar, and the legend that shows and hides groups. */

import { button, choice, h, toggle } from "./elements.ts";
import type { Zoom } from "./curves-scale.ts";
import { swatch } from "./readout.ts";
import type { GroupLines } from "./series.ts";
import { printable } from "./text.ts";

/** What the reader has chosen. */
export interface Choices {
  /** The field on the x axis. */
  field: string;
  smooth: number;
  log: boolean;
  runs: boolean;
  /** The label of the group that others are compared with. */
  baseline: string | null;
  /** Whether differences from the baseline are drawn. */
  relative: boolean;
  hidden: Set<string>;
  zoom: Zoom | null;
}

/** What controls change, and whom they tell. */
export interface Controlled {
  choices: Choices;
  groups: readonly GroupLines[];
  fields: readonly string[];
  changed: () => void;
  /** A drag of the slider asks often; it may be answered a frame later. */
  changing: () => void;
}

/** The options that this panel's data allow. */
export function options({ choices, groups, fields, changed, changing }: Controlled): HTMLElement[] {
  const controls: HTMLElement[] = [];
  const most = Math.max(0, ...groups.map(({ runs }) => runs.length));
  if (most > 1) {
    const show = (on: boolean): void => {
      choices.runs = on;
      changed();
    };
    controls.push(toggle("runs", choices.runs, show, "Show single runs"));
  }
  const scale = (on: boolean): void => {
    choices.log = on;
    choices.zoom = null;
    changed();
  };
  const log = toggle("log y", choices.log, scale, "Logarithmic y axis");
  controls.push(log);
  if (most > 0 && choices.baseline !== null && groups.length > 1) {
    const compare = (label: string): void => {
      choices.relative = label !== "";
      if (choices.relative) choices.baseline = label;
      choices.zoom = null;
      log.disabled = choices.relative;
      changed();
    };
    const named = groups.map(({ label }) => [label, printable(label)] as const);
    const chosen = choices.relative ? choices.baseline : "";
    controls.push(choice("difference from", [["", "\u2014"], ...named], chosen, compare));
    log.disabled = choices.relative;
  }
  if (fields.length > 1) {
    const over = (field: string): void => {
      choices.field = field;
      choices.zoom = null;
      changed();
    };
    const named = fields.map((field) => [field, printable(field)] as const);
    controls.push(choice("over", named, choices.field, over));
  }
  // A run of one point, its final value, has nothing to smooth.
  const lines = groups.some(({ runs }) => runs.some(({ x }) => x.length > 1));
  if (lines) controls.push(slider(choices, changing));
  return controls;
}

function slider(choices: Choices, changing: () => void): HTMLElement {
  const amount = h("output", { class: "prp-amount" });
  const range = h("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: choices.smooth });
  const write = (): void => {
    amount.textContent = choices.smooth > 0 ? choices.smooth.toFixed(2) : "off";
  };
  range.addEventListener("input", () => {
    choices.smooth = Number(range.value);
    write();
    changing();
  });
  write();
  const title = "Exponential moving average over each run; means and bands are computed anew";
  return h("label", { class: "prp-slider", title }, h("span", {}, "smooth"), range, amount);
}

/** The legend: one button a group, pressed while the group is shown. */
export function legend(controlled: Controlled, pointed: (label: string) => void): HTMLElement {
  const { choices, groups, changed } = controlled;
  const keys = groups.map(({ label, color, runs, mean }) => {
    const show = (): void => {
      if (!choices.hidden.delete(label)) choices.hidden.add(label);
      changed();
    };
    const n = runs.length || mean.n.reduce((most, each) => Math.max(most, each), 0);
    const name = printable(label) || "\u2014";
    const key = button(
      { class: "prp-key", title: name },
      show,
      swatch(color),
      h("bdi", { class: "prp-name" }, name),
      h("span", { class: "prp-n" }, `n\u00a0=\u00a0${n}`),
      h("span", { class: "prp-n prp-base" }, "baseline"),
    );
    key.addEventListener("pointerenter", () => {
      pointed(label);
    });
    key.addEventListener("pointerleave", () => {
      pointed("");
    });
    return key;
  });
  return h("div", { class: "prp-legend", role: "group", "aria-label": "Groups" }, ...keys);
}

/** Bring a legend up to date: which groups are shown, and their colours in this theme. */
export function refreshLegend(
  legend: HTMLElement,
  { choices, groups }: Controlled,
  colour: (index: number) => string,
): void {
  for (const [i, key] of [...legend.children].entries()) {
    const group = groups[i];
    if (!group) continue;
    key.setAttribute("aria-pressed", String(!choices.hidden.has(group.label)));
    key.querySelector(".prp-base")?.toggleAttribute("hidden", group.label !== choices.baseline);
    key.querySelector<SVGElement>(".prp-swatch")?.style.setProperty("color", colour(group.color));
  }
}
