/** Payloads of papers: made from server/schemas/papers.json by `npm run types`. */

/**
 * current and stale are about the published version; failed: the paper cannot be read, or its last build failed.
 */
export type State = "current" | "stale" | "unpublished" | "failed" | "building";
/**
 * @minItems 2
 * @maxItems 2
 */
export type Interval = [number | string | null, number | string | null];
export type Phase = "queued" | "running" | "done" | "failed" | "cancelled";

/**
 * What is wrong, in words for the author.
 */
export interface Fault {
  what: string;
  where: string;
  hint: string;
}
/**
 * How many claims have which verdict, by the runs as they are now.
 */
export interface Tally {
  holds: number;
  fails: number;
  unresolved: number;
  unsupported: number;
}
/**
 * One paper of the project's list.
 */
export interface PaperSummary {
  name: string;
  /**
   * The notebook, relative to the server's root.
   */
  path: string;
  title: string;
  state: State;
  /**
   * The newest published one.
   */
  version: number | null;
  claims: Tally;
  /**
   * How many reasons there are to build it again.
   */
  stale: number;
  /**
   * Why the paper cannot be read or was not built, if its state is failed.
   */
  error: Fault | null;
}
export interface Papers {
  papers: PaperSummary[];
}
export interface NewPaper {
  /**
   * Becomes a folder and an address.
   */
  name: string;
  template: string;
  title?: string;
}
export interface Template {
  name: string;
  title: string;
  description: string;
}
export interface Templates {
  templates: Template[];
}
/**
 * Why a paper is behind.
 */
export interface Stale {
  /**
   * The input: a file, a query, the environment …
   */
  what: string;
  reason: string;
  /**
   * Whether only a build with `update` takes it in: the lock keeps these runs out.
   */
  update: boolean;
}
/**
 * A cell of the published version.
 */
export interface Cell {
  id: string;
  kind: string;
  outcome: string;
  reason: string;
}
/**
 * Why a cell has to run.
 */
export interface Reason {
  /**
   * "new", "source", "upstream", "file", "folder", "variable", "runs", "environment", "nondeterministic", "volatile", "needed", "forgotten", "forced" or "unobserved".
   */
  kind: string;
  /**
   * Which cell, file, variable or query; "" where the kind says all.
   */
  what: string;
  /**
   * For people.
   */
  said: string;
}
/**
 * A cell that has something to execute, and what a build would make of it.
 */
export interface PlannedCell {
  id: string;
  kind: string;
  outcome: "executed" | "current";
  reason: string;
  reasons: Reason[];
}
/**
 * A run as a fact names it.
 */
export interface RunCite {
  id: string;
  name: string;
  source: string;
  digest: string;
  status: string;
}
export interface Excluded {
  reason: string;
  runs: string[];
}
/**
 * How many runs matched, how many are shown, and what became of the others.
 */
export interface Disclosure {
  matched: number;
  shown: number;
  excluded: Excluded[];
  seeds: {
    [k: string]: number;
  };
  balanced: boolean | null;
  notes: string[];
  text?: string;
}
/**
 * One side of a claim or of a difference.
 */
export interface Side {
  label: string;
  n: number;
  mean: number | string | null;
  interval: Interval | null;
  runs: RunCite[];
}
/**
 * A published claim, judged by the runs as they are now.
 */
export interface Claim {
  id: string;
  /**
   * The cell's id.
   */
  cell: string;
  label: string;
  /**
   * The verdict as published; another one than `verdict` means that runs changed.
   */
  published: ("holds" | "fails" | "unresolved" | "unsupported") | null;
  statement: string;
  form: string;
  verdict: "holds" | "fails" | "unresolved" | "unsupported";
  reason: string;
  metric: string;
  sides: Side[];
  estimate: number | string | null;
  interval: Interval | null;
  level: number;
  bound: number | string | null;
  n: number;
  pairing: string;
  method: string;
  statistic: number | string | null;
  df: number | string | null;
  p_value: number | string | null;
  p_corrected: number | string | null;
  correction: string;
  effect: number | string | null;
  effect_name: string;
  runs: RunCite[];
  queries: string[];
  disclosure: Disclosure;
  paired: string;
  nonfinite: string;
  test: string;
  effect_interval: Interval | null;
}
/**
 * A number of the published prose.
 */
export interface Value {
  id: string;
  cell: string;
  expression: string;
  number: number | string | null;
  text: string;
  metric: string;
  aggregation: string;
  n: number;
  interval: Interval | null;
  level: number;
  method: string;
  unit: string;
  state: string;
  reason: string;
  runs: RunCite[];
  queries: string[];
  disclosure: Disclosure;
  digits: number | null;
  sides: Side[];
}
/**
 * One published version.
 */
export interface Version {
  number: number;
  /**
   * ISO 8601; "" if not known.
   */
  built: string;
  /**
   * Whether readers see this one.
   */
  current: boolean;
  claims: Tally;
  /**
   * Of its content.
   */
  digest: string;
  /**
   * Its page below `site/`; "" if it has none.
   */
  page: string;
  outputs: string[];
}
export interface BuildRequest {
  /**
   * Answer all queries with the runs as they are now.
   */
  update?: boolean;
  /**
   * Fail rather than change the lock.
   */
  frozen?: boolean;
  /**
   * Rebuild even what is current.
   */
  force?: boolean;
  formats?: ("html" | "pdf" | "latex" | "ipynb")[];
  /**
   * `PaperState.inputs` that are to be built: if a build was asked for them already, that one is given, though it has ended.
   */
  inputs?: string;
}
/**
 * A cell that this build is done with.
 */
export interface BuiltCell {
  id: string;
  outcome: string;
  seconds: number | null;
  /**
   * Why it ran; empty for a cell that did not, and where nothing is remembered.
   */
  reasons: Reason[];
}
export interface CurrentCell {
  id: string;
  /**
   * What people call it: its label or its first line.
   */
  name: string;
}
/**
 * One build of a paper.
 */
export interface BuildJob {
  id: string;
  paper: string;
  phase: Phase;
  /**
   * What it does at this moment, in words: "waiting", "reading", "executing", "publishing html" …; "" when it ended.
   */
  step: string;
  /**
   * Whether this server runs it; a build in a terminal is seen, and cannot be followed or cancelled.
   */
  here: boolean;
  /**
   * Of the cell at work, from 1; 0 before the first.
   */
  number: number;
  /**
   * Cells in all; 0 until it is known.
   */
  total: number;
  cell: CurrentCell | null;
  cells: BuiltCell[];
  /**
   * What became of the paper, once it ended.
   */
  outcome: ("published" | "current" | "stale" | "failed") | null;
  /**
   * The version that it published or found current.
   */
  version: number | null;
  /**
   * Whether inputs changed during the build, so that what it published is stale already; the log says which.
   */
  edited: boolean;
  /**
   * What changed since the version before, a line each.
   */
  changes: string[];
  error: Fault | null;
  started: string | null;
  ended: string | null;
  /**
   * The last lines.
   */
  log: string[];
  request: BuildRequest;
}
export interface Job {
  job: BuildJob | null;
}
/**
 * All that is known of a paper without executing it.
 */
export interface PaperState {
  name: string;
  path: string;
  title: string;
  state: State;
  version: number | null;
  /**
   * What is published of it.
   */
  formats: string[];
  /**
   * The published page below `site/`; "" if there is none.
   */
  page: string;
  tally: Tally;
  stale: Stale[];
  /**
   * What a person should know besides.
   */
  notes: string[];
  /**
   * Tells from others all that a build would be made of, runs that the lock keeps out aside; "" if it is not known.
   */
  inputs: string;
  /**
   * The names of the runs that the lock keeps out.
   */
  waiting: string[];
  /**
   * What a build would run; empty where it would have nothing to do.
   */
  plan: PlannedCell[];
  /**
   * What a build would run that takes the waiting runs in; empty where there are none.
   */
  update_plan: PlannedCell[];
  cells: Cell[];
  claims: Claim[];
  values: Value[];
  /**
   * The newest first.
   */
  versions: Version[];
  /**
   * The build at work, or the last one of this server.
   */
  job: BuildJob | null;
  error: Fault | null;
}
export interface NotebookRequest {
  /**
   * The open document as nbformat 4 JSON, outputs as far as there are any.
   */
  notebook: {
    [k: string]: unknown;
  };
}
export interface Section {
  title: string;
  level: number;
  /**
   * "" where sections bear none.
   */
  number: string;
  /**
   * Its id in the page.
   */
  anchor: string;
  /**
   * The cell's id.
   */
  cell: string | null;
}
/**
 * What a cross-reference can name.
 */
export interface Label {
  label: string;
  kind: "fig" | "tbl" | "lst" | "eq" | "sec" | "clm";
  number: string;
  /**
   * What a reference prints: "Figure 2".
   */
  text: string;
  caption: string;
  anchor: string;
  cell: string | null;
}
/**
 * A key that the prose cites.
 */
export interface Citation {
  key: string;
  /**
   * As the published paper prints it in place.
   */
  text: string;
  /**
   * Its entry in the list of references.
   */
  entry: string;
}
/**
 * An entry of the bibliographies.
 */
export interface Entry {
  key: string;
  /**
   * Authors, year and title in a line.
   */
  text: string;
}
/**
 * A claim of the open document, by its last output.
 */
export interface OutlineClaim {
  label: string;
  number: string;
  /**
   * "Claim 1".
   */
  text: string;
  statement: string;
  /**
   * Null for a claim whose cell was not run.
   */
  verdict: "holds" | "fails" | "unresolved" | "unsupported" | null;
  reason: string;
  anchor: string;
  cell: string | null;
}
/**
 * What would stop a build, or is not shown as it is meant.
 */
export interface OutlineProblem {
  what: string;
  hint: string;
  cell: string | null;
}
/**
 * A citation as its author wrote it, brackets included, and as the published paper prints it.
 */
export interface Written {
  written: string;
  text: string;
}
/**
 * What the front matter says of the paper besides its title.
 */
export interface Front {
  subtitle: string;
  authors: {
    name: string;
    affiliations: string[];
    corresponding: boolean;
  }[];
  date: string;
  abstract: string;
  keywords: string[];
  license: string;
}
/**
 * The open document with the numbers of the published one.
 */
export interface Outline {
  title: string;
  sections: Section[];
  labels: Label[];
  /**
   * In the order of the printed list of references.
   */
  citations: Citation[];
  /**
   * Each way in which the prose cites, once.
   */
  written?: Written[];
  front?: Front;
  entries: Entry[];
  claims: OutlineClaim[];
  problems: OutlineProblem[];
  /**
   * In reading order.
   */
  places: Place[];
}
/**
 * One place of the prose that cites.
 */
export interface Place {
  keys: string[];
  /**
   * As the published paper prints it.
   */
  text: string;
  cell: string | null;
}
export interface Preview {
  /**
   * The page, relative to the API's root, for `Client.address`.
   */
  url: string;
  problems: OutlineProblem[];
}
/**
 * One difference between two versions.
 */
export interface Change {
  kind: "claim" | "value" | "panel" | "query" | "input" | "prose" | "code";
  what: string;
  old: string;
  new: string;
  because: string[];
  text: string;
  /**
   * The lines that differ, of prose and code, each with + or - before it.
   */
  lines: string[];
}
export interface Changes {
  old: number;
  new: number;
  changes: Change[];
}
/**
 * Of the topic "paper" {project, paper}: at once, and whenever the state is another one.
 */
export interface PaperMessage {
  id: string;
  type: "paper";
  state: PaperState;
}
/**
 * Of the topic "build" {project, paper}: at once, and with every step.
 */
export interface BuildMessage {
  id: string;
  type: "build";
  job: BuildJob | null;
}
/**
 * Of the topic "build": lines that the build said since the last message.
 */
export interface LogMessage {
  id: string;
  type: "log";
  lines: string[];
}
