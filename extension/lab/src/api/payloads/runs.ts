/** Payloads of runs: made from server/schemas/runs.json by `npm run types`. */

export type Status = "running" | "finished" | "failed" | "killed" | "deleted" | "unknown";
/**
 * What a run has at an address: a JSON scalar, "nan", "inf" or "-inf" for a number that is not finite, JSON text for a list or mapping, null where it has nothing.
 */
export type Cell = string | number | boolean | null;

export interface Tags {
  [k: string]: string;
}
/**
 * One order; the next in the list decides between equals. What is missing, and NaN before it, stands last either way.
 */
export interface Sort {
  /**
   * An address such as config.C, test/acc, tags.study, name.
   */
  field: string;
  descending: boolean;
}
/**
 * What is wrong with a where-expression, and where in it.
 */
export interface Fault {
  what: string;
  hint: string;
  /**
   * Of the first character at fault.
   */
  position: number;
  length: number;
}
/**
 * What was set aside or is doubtful.
 */
export interface Problem {
  where: string;
  reason: string;
}
/**
 * How far the first reading of the sources is.
 */
export interface Reading {
  done: number;
  total: number;
}
/**
 * A window of the runs that a where-expression finds.
 */
export interface TableAsk {
  /**
   * Source URLs; by default the project's.
   */
  sources?: string[];
  where: string;
  sort: Sort[];
  /**
   * Addresses: what `cells` of a row hold, in this order.
   */
  columns: string[];
  offset: number;
  limit: number;
  /**
   * A run's key: the window is moved so that this run stands in it.
   */
  locate?: string;
}
/**
 * One run of the table.
 */
export interface Row {
  /**
   * Names the run in all requests.
   */
  key: string;
  id: string;
  name: string;
  source: string;
  status: Status;
  /**
   * Seconds since 1970-01-01 UTC.
   */
  started: number | null;
  ended: number | null;
  tags: Tags;
  note: string;
  /**
   * Points of its longest history.
   */
  points: number;
  digest: string;
  cells: Cell[];
}
/**
 * A window of the runs.
 */
export interface Table {
  /**
   * Changes whenever a run did.
   */
  revision: string;
  /**
   * Runs of the sources.
   */
  total: number;
  /**
   * Runs that the where-expression finds.
   */
  matched: number;
  /**
   * Runs of the sources that run now.
   */
  running: number;
  offset: number;
  /**
   * Position of the run to locate among those matched; null if it is not among them.
   */
  located: number | null;
  rows: Row[];
  problems: Problem[];
  error: Fault | null;
  /**
   * Not null while the sources are read for the first time: ask again when the topic "runs" sends a revision.
   */
  reading: Reading | null;
}
/**
 * A field that some run has.
 */
export interface Column {
  /**
   * The address, as where-expressions, columns and orders take it.
   */
  field: string;
  /**
   * What people call it: the key alone.
   */
  name: string;
  kind: "run" | "config" | "summary" | "tags";
  type: "number" | "text" | "flag" | "time" | "mixed";
  /**
   * Runs that have it.
   */
  runs: number;
  /**
   * The most frequent values, where they repeat.
   */
  values?: Cell[];
}
/**
 * All fields, those of the run itself first, then by kind in the order in which runs have them.
 */
export interface Columns {
  revision: string;
  columns: Column[];
}
/**
 * What could stand at a place of a where-expression.
 */
export interface CompleteAsk {
  sources?: string[];
  where: string;
  /**
   * Of the cursor, in characters.
   */
  position: number;
}
/**
 * Text that could replace what stands between `from` and `to`.
 */
export interface Suggestion {
  text: string;
  kind: "field" | "value" | "operator" | "function";
  detail: string;
}
/**
 * Suggestions, the likeliest first.
 */
export interface Completion {
  from: number;
  to: number;
  items: Suggestion[];
  /**
   * What is wrong with the expression as it stands.
   */
  error: Fault | null;
}
/**
 * A metric with a history.
 */
export interface Metric {
  name: string;
  points: number;
}
/**
 * A file that a run left.
 */
export interface Artifact {
  path: string;
  size: number;
  digest: string;
}
/**
 * All that a run says, besides its histories.
 */
export interface Details {
  key: string;
  id: string;
  name: string;
  source: string;
  status: Status;
  started: number | null;
  ended: number | null;
  digest: string;
  config: {
    [k: string]: unknown;
  };
  summary: {
    [k: string]: unknown;
  };
  tags: Tags;
  own_tags: Tags1;
  note: string;
  seed: number | string | null;
  provenance: {
    [k: string]: unknown;
  };
  artifacts: Artifact[];
  metrics: Metric[];
  problems: Problem[];
}
/**
 * As the run itself was tagged, without the project's annotations.
 */
export interface Tags1 {
  [k: string]: string;
}
/**
 * Metrics of some runs over steps.
 */
export interface HistoryAsk {
  keys: string[];
  metrics: string[];
  /**
   * Most points a series; more are thinned, each stretch's lowest and highest kept.
   */
  points?: number;
}
/**
 * One metric of one run. Numbers that are not finite are texts.
 */
export interface Series {
  key: string;
  metric: string;
  step: number[];
  /**
   * Seconds since 1970-01-01 UTC; null where not known.
   */
  time: (number | null)[];
  value: (number | string | null)[];
}
/**
 * One series for each run that has the metric.
 */
export interface Histories {
  series: Series[];
}
/**
 * Runs to hold against the first.
 */
export interface CompareAsk {
  /**
   * @minItems 2
   */
  keys: [string, string, ...string[]];
}
/**
 * One of the runs compared.
 */
export interface Compared {
  key: string;
  id: string;
  name: string;
  source: string;
  status: Status;
  digest: string;
}
/**
 * One entry that differs, a value a run.
 */
export interface Difference {
  key: string;
  values: unknown[];
  /**
   * Whether the run has the entry: a stored null is something.
   */
  has: boolean[];
}
/**
 * One kind of entries.
 */
export interface Section {
  title: "run" | "config" | "summary" | "tags" | "data" | "environment" | "code";
  differing: Difference[];
  same: number;
  note: string;
}
/**
 * How the code of a run differs from the first run's.
 */
export interface CodeDifference {
  old: string;
  new: string;
  old_commit: string;
  new_commit: string;
  same: boolean | null;
  note: string;
  diff: string;
}
/**
 * A metric with a history, and the points that each run has of it.
 */
export interface SharedMetric {
  name: string;
  points: number[];
}
/**
 * What differs between runs, differences first.
 */
export interface Comparison {
  runs: Compared[];
  sections: Section[];
  code: CodeDifference[];
  metrics: SharedMetric[];
}
/**
 * Tags to set (null takes one away) and a note, for some runs.
 */
export interface AnnotateAsk {
  /**
   * @minItems 1
   */
  keys: [string, ...string[]];
  tags?: {
    [k: string]: string | null;
  };
  note?: string | null;
  /**
   * What the cells of the rows answered are to hold.
   */
  columns?: string[];
}
/**
 * The runs as they are now.
 */
export interface Annotated {
  revision: string;
  rows: Row[];
}
/**
 * Some runs of a table.
 */
export interface SelectAsk {
  /**
   * @minItems 1
   */
  keys: [string, ...string[]];
  /**
   * Of the table.
   */
  where: string;
  sources?: string[];
}
/**
 * The query that an author would have written for them.
 */
export interface Selection {
  /**
   * Empty: the project's own.
   */
  sources: string[];
  where: string;
  /**
   * Whether the query finds these runs and no others now.
   */
  exact: boolean;
  matched: number;
}
