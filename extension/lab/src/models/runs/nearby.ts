/** Sources that lie near a project without runs, so that naming them takes a click instead of a configuration. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Nearby } from "../../api/payloads/project.ts";
import { failureText } from "../failures.ts";
import type { IPressrun } from "../pressrun.ts";

export class NearbySources {
  sources: readonly string[] = [];
  failure = "";
  busy = false;
  private readonly _pressrun: IPressrun;
  private readonly _changed = new Signal<this, void>(this);

  constructor(pressrun: IPressrun) {
    this._pressrun = pressrun;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Look around the current project. */
  async look(): Promise<void> {
    await this._ask("GET");
  }

  /** Look at the configuration again, which may have been written meanwhile, and around. */
  async again(): Promise<void> {
    await this._pressrun.current.again();
    await this.look();
  }

  /** Make sources the project's own. */
  async use(add: readonly string[]): Promise<void> {
    if (await this._ask("POST", { add })) await this._pressrun.current.again();
  }

  private async _ask(method: "GET" | "POST", body?: object): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = "";
    this._changed.emit();
    const { project } = this._pressrun.current;
    let done = false;
    try {
      const answer = await this._pressrun.client.ask<Nearby>("sources", {
        method,
        query: { project },
        ...(body && { body }),
      });
      if (project === this._pressrun.current.project) this.sources = answer.sources;
      done = true;
    } catch (error) {
      this.failure = failureText(error);
    }
    this.busy = false;
    this._changed.emit();
    return done;
  }
}
