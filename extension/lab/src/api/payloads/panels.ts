/** Payloads of panels: made from server/schemas/panels.json by `npm run types`. */

/**
 * Sources of the code cells above, in order.
 *
 * @maxItems 5000
 */
export type Context = string[];

/**
 * Which runs: as the author would ask `pr.runs` for them.
 */
export interface Query {
  /**
   * URLs and folders; none stands for the project's own.
   *
   * @maxItems 100
   */
  sources: string[];
  where: string;
  /**
   * Only these runs, by the keys of the runs table.
   *
   * @maxItems 1000
   */
  keys?: string[];
  /**
   * Fields of a `.group_by(…)` on the runs.
   */
  group?: string[];
}
/**
 * One call of a panel, value or claim as data.
 */
export interface Call {
  /**
   * The kind, as the gallery names it.
   */
  panel: string;
  runs: Query;
  /**
   * By the names of the form's fields; those at their defaults may be left out.
   */
  arguments: {
    [k: string]: unknown;
  };
  /**
   * The cell's `#| label:`; "" for none.
   */
  label: string;
  /**
   * "" for none.
   */
  caption: string;
  /**
   * The variable that holds the runs; "" where it does not matter.
   */
  variable?: string;
  /**
   * The variable that the result is assigned to, as a value of the prose is.
   */
  name?: string;
}
/**
 * One field of a form, made from one parameter of the function.
 */
export interface Field {
  name: string;
  title: string;
  help: string;
  type:
    | "runs"
    | "run"
    | "some-runs"
    | "part"
    | "metric"
    | "metrics"
    | "summary"
    | "field"
    | "fields"
    | "axis"
    | "group"
    | "statuses"
    | "flag"
    | "number"
    | "whole"
    | "choice"
    | "text"
    | "path";
  /**
   * The parameter's default as JSON; null where there is none.
   */
  default: {
    [k: string]: unknown;
  };
  required: boolean;
  /**
   * What a choice chooses from, or what else an axis may be.
   */
  choices: unknown[];
  /**
   * Rarely needed: shown under "More options".
   */
  more: boolean;
}
export interface Kind {
  kind: string;
  title: string;
  description: string;
  family: "panel" | "value" | "claim";
  /**
   * How labels of its cells begin.
   */
  label: "fig" | "tbl" | "lst" | "clm" | "";
  /**
   * An SVG drawing.
   */
  picture: string;
  fields: Field[];
}
export interface Gallery {
  panels: Kind[];
}
export interface CodeAsk {
  call: Call;
  context?: Context;
  /**
   * The cell to rewrite; all of it that is not the call is kept. None: a new cell is written.
   */
  cell?: string;
}
export interface Code {
  source: string;
}
export interface ParseAsk {
  source: string;
  context?: Context;
}
export interface Parsed {
  call: Call | null;
  /**
   * Why no call could be read; "" if one was.
   */
  reason: string;
}
export interface CallAsk {
  call: Call;
}
/**
 * What the call would show, computed from the runs as they are now.
 */
export interface Preview {
  mime: string;
  fact: {
    [k: string]: unknown;
  };
  /**
   * How the preview differs from the panel; "" if it does not.
   */
  note: string;
}
export interface OffersAsk {
  runs: Query;
}
export interface RunOffer {
  id: string;
  name: string;
  status: string;
}
/**
 * What the fields of a form complete with, of the runs that a query finds.
 */
export interface Offers {
  matched: number;
  /**
   * Metrics that have a history.
   */
  metrics: string[];
  /**
   * Those of them that make lines: logged more than once, by about as many runs as any.
   */
  lines: string[];
  /**
   * Summary entries that are numbers.
   */
  summary: string[];
  /**
   * Addresses, such as config.model.
   */
  fields: string[];
  /**
   * What an author most likely groups the runs by; empty where that cannot be told.
   */
  group: string[];
  /**
   * Code of the project.
   */
  files: string[];
  runs: RunOffer[];
}
