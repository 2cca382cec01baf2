/** The curves panel: groups' means with their bands and single runs, to zoom, smooth, compare and read off. */

import { CurvesChart } from "./curves-chart.ts";
import { followCursor, shareCursor } from "./cursor.ts";
import { legend, options, refreshLegend } from "./curves-controls.ts";
import type { Choices, Controlled } from "./curves-controls.ts";
import { scaleOf } from "./curves-scale.ts";
import type { Scale, Zoom } from "./curves-scale.ts";
import { description, notes, yName } from "./curves-words.ts";
import type { Shown } from "./curves-words.ts";
import { button, h } from "./elements.ts";
import type { CurvesView, PanelFact } from "./fact.ts";
import { keyed, listen } from "./gestures.ts";
import { optionsOf, tell } from "./model.ts";
import type { Cleanup } from "./model.ts";
import { Readout, inWords, nearest, readingsAt } from "./readout.ts";
import type { Reading } from "./readout.ts";
import {
  curvesView,
  differenceFrom,
  levelOf,
  outlines,
  placesOf,
  pointsOf,
  readGroups,
  smoothGroup,
  xFields,
} from "./series.ts";
import type { GroupLines } from "./series.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { ink, readTheme, watchTheme } from "./style.ts";
import type { Theme } from "./style.ts";
import { printable } from "./text.ts";
import { linearAxis } from "./ticks.ts";
import type { Range } from "./ticks.ts";

/** Where the cursor stands: a place on the x axis, and the group pointed at, "" for none. */
interface Place {
  x: number;
  pointed: string;
}

/** A curve is pointed at from so many pixels away. */
const POINTING = 24;
/** A group's point counts as at the cursor within this share of the axis. */
const REACH = 0.02;
/** Zooming ends at this share of the whole. */
const CLOSEST = 1e-4;

class CurvesPanel {
  readonly #stage: Stage;
  #fact: PanelFact;
  #view: CurvesView;
  readonly #choices: Choices;
  readonly #plot = h("div", { class: "prp-plot", tabindex: 0, role: "group", "aria-roledescription": "chart" });
  readonly #canvas = h("div", { class: "prp-canvas" });
  readonly #yName = h("div", { class: "prp-yname" });
  readonly #notes = h("p", { class: "prp-notes" });
  readonly #legend: HTMLElement;
  readonly #reset: HTMLButtonElement;
  readonly #readout: Readout;
  readonly #endings: Cleanup[] = [];
  #theme: Theme;
  #chart: CurvesChart | null = null;
  #field = "";
  #groups: readonly GroupLines[] = [];
  #shown: readonly GroupLines[] = [];
  #places: Float64Array = new Float64Array();
  #scale: Scale = { x: linearAxis([0, 1], 2), y: linearAxis([0, 1], 2), place: (value) => value };
  #place: Place | null = null;
  #inLegend = "";
  #request = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#fact = stage.fact;
    this.#view = curvesView(stage.fact);
    this.#choices = this.#remembered();
    this.#theme = readTheme(stage.root);
    this.#read();
    this.#legend = legend(this.#controlled, (label) => {
      this.#inLegend = label;
      this.#paint();
    });
    this.#plot.append(this.#canvas);
    this.#readout = new Readout(this.#plot);
    const showAll = (): void => {
      this.#zoom(null);
    };
    const title = "Show everything again (Escape)";
    this.#reset = button({ class: "prp-action prp-reset", hidden: true, title }, showAll, "Reset zoom");
    stage.toolbar.append(...options(this.#controlled), h("span", { class: "prp-space" }), this.#reset);
    stage.body.append(this.#legend, this.#yName, this.#plot, this.#notes);
    this.#listen();
    this.#update();
  }

  /** Show another fact in the same elements; false where its groups or fields need other controls. */
  show(fact: PanelFact): boolean {
    const view = curvesView(fact);
    const controls = (from: CurvesView, of: PanelFact): string =>
      JSON.stringify([from.groups, xFields(of, from), from.baseline, from.x, from.y, from.smooth]);
    if (controls(view, fact) !== controls(this.#view, this.#fact)) return false;
    const lines = this.#groups.map(({ runs }) => runs.length > 0);
    this.#fact = fact;
    this.#view = view;
    this.#read();
    // Controls that need points of runs were left out while there were none.
    if (this.#groups.some(({ runs }, i) => runs.length > 0 !== lines[i])) return false;
    this.#update();
    return true;
  }

  end(): void {
    cancelAnimationFrame(this.#request);
    for (const ending of this.#endings) ending();
    this.#chart?.dispose();
  }

  #remembered(): Choices {
    const known = this.#stage.memory.get("choices") as Choices | undefined;
    if (known && xFields(this.#fact, this.#view).includes(known.field)) return known;
    const { x, y, smooth, baseline } = this.#view;
    const common = { runs: true, relative: false, hidden: new Set<string>(), zoom: null };
    const choices: Choices = { field: x.field, smooth, log: y.log, baseline, ...common };
    this.#stage.memory.set("choices", choices);
    return choices;
  }

  /** Take over what Python set in the widget's options. */
  #obey(): void {
    const { smooth, log, baseline } = optionsOf(this.#stage.model);
    if (typeof smooth === "number" && smooth >= 0 && smooth < 1) this.#choices.smooth = smooth;
    if (typeof log === "boolean") this.#choices.log = log;
    if (typeof baseline === "string" && this.#groups.some(({ label }) => label === baseline)) {
      this.#choices.baseline = baseline;
    }
    this.#later();
  }

  get #controlled(): Controlled {
    return {
      choices: this.#choices,
      groups: this.#groups,
      fields: xFields(this.#fact, this.#view),
      changed: () => {
        this.#update();
        this.#tell();
      },
      changing: () => {
        this.#later();
        this.#tell();
      },
    };
  }

  get #xLabel(): string {
    return printable(this.#field === this.#view.x.field ? this.#view.x.label : this.#field);
  }

  #colour(index: number): string {
    return this.#theme.dark ? ink(index).dark : ink(index).light;
  }

  #read(): void {
    this.#field = this.#choices.field;
    this.#groups = readGroups(this.#fact, this.#view, this.#field);
  }

  #tell(): void {
    const { smooth, log, baseline } = this.#choices;
    tell(this.#stage.model, "options", { ...optionsOf(this.#stage.model), smooth, log, baseline });
  }

  /** Work everything out anew before the next frame, once however often it was asked for. */
  #later(): void {
    cancelAnimationFrame(this.#request);
    this.#request = requestAnimationFrame(() => {
      this.#update();
    });
  }

  #update(): void {
    const { hidden, smooth, relative, field } = this.#choices;
    if (field !== this.#field) this.#read();
    const level = levelOf(this.#view.band);
    const own = this.#groups.map((group) => smoothGroup(group, smooth, level));
    const base = relative ? own.find(({ label }) => label === this.#choices.baseline) : undefined;
    this.#shown = own
      .filter(({ label }) => !hidden.has(label))
      .map((group) => (base ? differenceFrom(group, base, level) : group));
    this.#places = placesOf(this.#shown.flatMap(outlines));
    this.#write();
    this.#paint();
  }

  /** Everything around the chart. */
  #write(): void {
    const { smooth, log, relative, zoom } = this.#choices;
    const shown: Shown = {
      view: this.#view,
      groups: this.#shown,
      xLabel: this.#xLabel,
      smooth,
      logarithmic: log && !relative,
      relativeTo: relative ? this.#choices.baseline : null,
    };
    refreshLegend(this.#legend, this.#controlled, (index) => this.#colour(index));
    this.#reset.hidden = zoom === null;
    this.#yName.textContent = yName(shown);
    this.#notes.replaceChildren(...notes(shown).map((text) => h("span", {}, text)));
    this.#notes.hidden = this.#notes.childElementCount === 0;
    this.#plot.setAttribute("aria-label", description(shown));
  }

  #paint(): void {
    const width = Math.floor(this.#plot.clientWidth);
    // A panel that is not laid out yet is drawn when it is: the size observer tells.
    if (width < 40) return;
    const height = Math.round(Math.min(400, Math.max(230, width * 0.52)));
    this.#plot.style.height = `${height}px`;
    this.#chart ??= new CurvesChart(this.#canvas, width, height);
    this.#chart.resize(width, height);
    const { log, relative, runs, zoom } = this.#choices;
    this.#scale = scaleOf({
      groups: this.#shown,
      extent: this.#extent,
      places: this.#places,
      zoom,
      logarithmic: log && !relative,
      withRuns: runs,
      withZero: relative,
      width,
      height,
    });
    const how = {
      xLabel: this.#xLabel,
      withRuns: runs,
      withBands: this.#view.band !== "",
      zeroLine: relative,
      pointed: this.#inLegend,
    };
    this.#chart.draw({ groups: this.#shown, ...this.#scale, ...how }, this.#theme);
    this.#stage.root.dataset.points = String(pointsOf(this.#shown));
    this.#show(this.#place);
  }

  get #extent(): Range {
    const [first, last] = [this.#places[0], this.#places[this.#places.length - 1]];
    return first === undefined || last === undefined ? [0, 1] : [first, last];
  }

  #listen(): void {
    const sizes = new ResizeObserver(() => {
      this.#later();
    });
    sizes.observe(this.#plot);
    this.#endings.push(
      () => {
        sizes.disconnect();
      },
      watchTheme(() => {
        this.#theme = readTheme(this.#stage.root);
        this.#later();
      }),
      followCursor(this, (cursor) => {
        this.#show(cursor?.field === this.#field ? { x: cursor.x, pointed: cursor.group } : null);
      }),
    );
    const obey = (): void => {
      this.#obey();
    };
    this.#stage.model.on("change:options", obey);
    this.#endings.push(() => {
      this.#stage.model.off("change:options", obey);
    });
    listen(this.#plot, {
      point: (left, top) => {
        this.#point(this.#nearest(left, top));
      },
      leave: () => {
        this.#point(null);
      },
      box: (span, tall) => {
        const from = this.#chart?.toAxes(span.left, span.bottom);
        const to = this.#chart?.toAxes(span.right, span.top);
        if (from && to) this.#zoom({ x: [from.x, to.x], y: tall ? [from.y, to.y] : null });
      },
      zoom: (left, factor) => {
        this.#zoomAbout(this.#chart?.toAxes(left, 0).x ?? 0, factor);
      },
      reset: () => {
        this.#zoom(null);
      },
      key: (event) => this.#key(event),
    });
  }

  /** The place nearest to the pointer, and the group whose curve is nearest there. */
  #nearest(left: number, top: number): Place | null {
    const chart = this.#chart;
    const x = chart ? this.#places[nearest(this.#places, chart.toAxes(left, 0).x) ?? -1] : undefined;
    if (!chart || x === undefined) return null;
    const distances = this.#readings(x).map(({ group, point }) => ({
      label: group.label,
      distance: Math.abs(chart.toPixels(point.x, point.value).top - top),
    }));
    const near = distances.filter(({ distance }) => distance < POINTING).sort((a, b) => a.distance - b.distance);
    return { x, pointed: near[0]?.label ?? "" };
  }

  #readings(x: number): Reading[] {
    const [low, high] = this.#scale.x.range;
    return readingsAt(this.#shown, x, (high - low) * REACH);
  }

  /** Move the cursor, here and in the panels that follow. */
  #point(place: Place | null): void {
    if (place === null && this.#place === null) return;
    if (place?.x !== this.#place?.x || place?.pointed !== this.#place?.pointed) {
      tell(this.#stage.model, "selection", place ? { group: place.pointed, run: "", x: place.x } : {});
    }
    shareCursor(this, place && { field: this.#field, x: place.x, group: place.pointed });
    this.#show(place);
  }

  #show(place: Place | null): void {
    const chart = this.#chart;
    const [low, high] = this.#scale.x.range;
    this.#place = place !== null && place.x >= low && place.x <= high ? place : null;
    if (!chart || this.#place === null) {
      this.#readout.hide();
      return;
    }
    const { x, pointed } = this.#place;
    this.#readout.show({
      x,
      xLabel: this.#xLabel,
      groups: this.#shown,
      readings: this.#readings(x),
      pointed,
      signed: this.#choices.relative,
      area: chart.box,
      toPixels: (at, value) => chart.toPixels(at, value),
      toAxes: (left, top) => chart.toAxes(left, top),
      colour: (index) => this.#colour(index),
    });
  }

  #key({ key, shiftKey }: KeyboardEvent): boolean {
    const [low, high] = this.#scale.x.range;
    const places = this.#places.filter((x) => x >= low && x <= high);
    const act = keyed(key, places, this.#place?.x, shiftKey ? 10 : 1);
    if (act === null) return false;
    if (act.goTo !== undefined) this.#goTo(act.goTo);
    else if (act.zoom !== undefined) this.#zoomAbout(this.#place?.x ?? (low + high) / 2, act.zoom);
    else if (this.#place) this.#point(null);
    else if (this.#choices.zoom) this.#zoom(null);
    // With nothing left to close, Escape is for whatever stands around the panel.
    else return false;
    return true;
  }

  #goTo(x: number): void {
    this.#point({ x, pointed: "" });
    this.#stage.say(inWords(this.#xLabel, x, this.#readings(x), this.#choices.relative));
  }

  #zoomAbout(x: number, factor: number): void {
    const [low, high] = this.#scale.x.range;
    this.#zoom({ x: [x - (x - low) * factor, x + (high - x) * factor], y: null });
  }

  #zoom(zoom: Zoom | null): void {
    const [low, high] = this.#extent;
    if (zoom) {
      const x: Range = [Math.max(low, zoom.x[0]), Math.min(high, zoom.x[1])];
      if (x[1] - x[0] <= (high - low) * CLOSEST) return;
      this.#choices.zoom = x[0] === low && x[1] === high && zoom.y === null ? null : { x, y: zoom.y };
    } else {
      this.#choices.zoom = null;
    }
    this.#update();
  }
}

/** Draw a curves panel. */
export function drawCurves(stage: Stage): Drawn {
  const curves = new CurvesPanel(stage);
  return {
    end: () => {
      curves.end();
    },
    update: (fact) => curves.show(fact),
  };
}

export default panel(drawCurves);
