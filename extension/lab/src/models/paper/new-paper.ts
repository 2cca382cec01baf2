/** Beginning a paper: the templates, which names are allowed, and writing it. */

import type { NewPaper, Papers, PaperSummary, Template, Templates } from "../../api/payloads/papers.ts";
import type { IPressrun } from "../pressrun.ts";

/** A paper's name becomes a folder of the site and an address. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u;
/** Names that the site itself needs. */
const TAKEN: readonly string[] = ["index.html", "papers.json"];

/** What there is to begin with, and what is there already. */
export interface Beginnings {
  readonly templates: readonly Template[];
  readonly names: readonly string[];
}

export class NewPapers {
  private readonly _pressrun: IPressrun;

  constructor(pressrun: IPressrun) {
    this._pressrun = pressrun;
  }

  async templates(): Promise<readonly Template[]> {
    return (await this._pressrun.client.ask<Templates>("templates", { query: this._query })).templates;
  }

  async beginnings(): Promise<Beginnings> {
    const [templates, { papers }] = await Promise.all([
      this.templates(),
      this._pressrun.client.ask<Papers>("papers", { query: this._query }),
    ]);
    return { templates, names: papers.map(({ name }) => name) };
  }

  async create(paper: NewPaper): Promise<PaperSummary> {
    return this._pressrun.client.ask<PaperSummary>("papers", { method: "POST", query: this._query, body: paper });
  }

  private get _query(): { project: string } {
    return { project: this._pressrun.current.project };
  }
}

/** Say why a text cannot be a new paper's name; "" if it can. */
export function nameProblem(name: string, taken: readonly string[]): string {
  if (name === "") return "Give the paper a name.";
  if (!NAME.test(name)) {
    return "Use letters, digits, dots, dashes and underscores, a letter or digit first: it becomes a folder and an address.";
  }
  if (TAKEN.includes(name)) return "The site needs this name for itself.";
  if (taken.includes(name)) return "The project has a paper of this name.";
  return "";
}

/** Give the title that the server makes of a name. */
export function titleOf(name: string): string {
  const words = name.replaceAll(/[-_]/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
