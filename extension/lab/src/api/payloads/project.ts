/** Payloads of project: made from server/schemas/project.json by `npm run types`. */

/**
 * What the project says of one metric.
 */
export interface Metric {
  name: string;
  direction: "max" | "min";
  declared: boolean;
  role: string | null;
  unit: string;
  title: string;
}
/**
 * A project; paths are relative to the server's root.
 */
export interface Project {
  /**
   * The folder; "" is the server's root.
   */
  project: string;
  title: string;
  configured: boolean;
  sources: string[];
  /**
   * The folder that new papers go into.
   */
  papers: string;
  metrics: Metric[];
  version: string;
}
/**
 * Sources that lie below a project's folder and are not the project's own yet.
 */
export interface Nearby {
  sources: string[];
}
/**
 * Sources that become the project's own, each of them one that lies near.
 */
export interface SourcesAsk {
  /**
   * @minItems 1
   * @maxItems 10
   */
  add:
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string];
}
/**
 * What every route answers when it cannot do what was asked.
 */
export interface Failure {
  error: {
    what: string;
    where: string;
    hint: string;
    [k: string]: unknown;
  };
  [k: string]: unknown;
}
