/** Which project the author works in: that of the notebook in front, or else of the server's root. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Client, RequestError } from "../api/client.ts";
import type { Query } from "../api/payloads/panels.ts";
import type { Project } from "../api/payloads/project.ts";
import { insist } from "./insist.ts";

const ALL: Query = { sources: [], where: "" };

export class CurrentProject {
  private readonly _client: Client;
  private _found: Project | null = null;
  private _notebook = "";
  private _problem: RequestError | null = null;
  /** Gives the runs that the author looks at: those selected, or else those that the table shows, or else all. */
  looked: () => Promise<Query> = () => Promise.resolve(ALL);
  private readonly _changed = new Signal<this, void>(this);

  constructor(client: Client) {
    this._client = client;
  }

  get project(): string {
    return this._found?.project ?? "";
  }

  get notebook(): string {
    return this._notebook;
  }

  /** All that the server says of it; null until it answered. */
  get found(): Project | null {
    return this._found;
  }

  /** Why the project of the notebook in front is not known; the one before is meant until it is. */
  get problem(): RequestError | null {
    return this._problem;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Ask again what the project's configuration says. */
  again(): Promise<void> {
    return this.follow(this._notebook);
  }

  /** Follow the author to another notebook; "" to none. */
  async follow(notebook: string): Promise<void> {
    this._notebook = notebook;
    const ask = (): Promise<Project> => this._client.ask<Project>("project", { query: { path: notebook } });
    const found = await insist(
      ask,
      () => this._notebook === notebook,
      (error) => {
        this._problem = error;
        this._changed.emit();
      },
    ).catch(() => null);
    // Another notebook came to the front meanwhile.
    if (this._notebook !== notebook || !found) return;
    this._found = found;
    this._problem = null;
    this._changed.emit();
  }
}
