/** All panels as one module in anywidget's format: what a fact's kind names draws it, or a chart if it holds one. */

import { drawChart } from "./chart.ts";
import { hasChart } from "./chart-view.ts";
import { drawCode } from "./code.ts";
import { drawCompare } from "./compare.ts";
import { drawCurves } from "./curves.ts";
import { FactError } from "./fact.ts";
import type { PanelModule } from "./model.ts";
import { drawParallel } from "./parallel.ts";
import { failure, panel } from "./shell.ts";
import type { Draw } from "./shell.ts";
import { drawTable } from "./table.ts";

const DRAWS = new Map<string, Draw>([
  ["curves", drawCurves],
  ["table", drawTable],
  ["compare", drawCompare],
  ["code", drawCode],
  ["parallel", drawParallel],
]);

const module: PanelModule = panel((stage) => {
  const draw = DRAWS.get(stage.fact.kind) ?? (hasChart(stage.fact) ? drawChart : undefined);
  if (!draw) throw new FactError(`No panel of the kind ${stage.fact.kind} is known here.`);
  return draw(stage);
});

// A published page is no module system: it finds the panels by this one global name.
Object.assign(globalThis, { pressrun: { render: module.render.bind(module), failure } });

export default module;
