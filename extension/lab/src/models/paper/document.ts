/** What is sent of an open document: all of it but pictures that only weigh. */

import type { PartialJSONObject, PartialJSONValue } from "@lumino/coreutils";

/** Characters above which what a cell shows is not needed to number it. */
const HEAVY = 10_000;

/** A picture of one transparent point. */
const POINT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const STANDINS: Readonly<Record<string, string>> = {
  "image/png": POINT,
  "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
};

/** Give a notebook with heavy pictures as points: numbering asks whether there is a picture, never what it shows. */
export function lightened(notebook: PartialJSONValue): PartialJSONObject {
  const whole = notebook as PartialJSONObject & { cells?: PartialJSONObject[] };
  return { ...whole, cells: (whole.cells ?? []).map(withLightOutputs) };
}

function withLightOutputs(cell: PartialJSONObject): PartialJSONObject {
  if (!Array.isArray(cell.outputs)) return cell;
  return { ...cell, outputs: cell.outputs.map((output) => withLightData(output as PartialJSONObject)) };
}

function withLightData(output: PartialJSONObject): PartialJSONObject {
  if (!output.data) return output;
  const light = Object.entries(output.data as PartialJSONObject).map(([mime, value]) => [
    mime,
    mime in STANDINS && weight(value) > HEAVY ? STANDINS[mime] : value,
  ]);
  return { ...output, data: Object.fromEntries(light) as PartialJSONObject };
}

function weight(value: PartialJSONValue | undefined): number {
  if (typeof value === "string") return value.length;
  return Array.isArray(value) ? value.reduce<number>((sum, line) => sum + weight(line), 0) : 0;
}
