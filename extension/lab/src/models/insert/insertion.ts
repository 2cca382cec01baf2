/** What an author inserts or edits: first which kind, then its form. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Client } from "../../api/client.ts";
import type { Call, Gallery, Kind } from "../../api/payloads/panels.ts";
import { Draft } from "./draft.ts";
import type { Host } from "./draft.ts";
import { failureText } from "../failures.ts";
import type { IPressrun } from "../pressrun.ts";

let gallery: Promise<readonly Kind[]> | null = null;

/** The kinds of calls; they are the server's own, so they are asked for once. */
export async function galleryOf(client: Client): Promise<readonly Kind[]> {
  gallery ??= client.ask<Gallery>("panels").then(({ panels }) => panels);
  try {
    return await gallery;
  } catch (error) {
    gallery = null;
    throw error;
  }
}

export class Insertion {
  /** Null until the server answered. */
  kinds: readonly Kind[] | null = null;
  draft: Draft | null = null;
  /** Why there is no gallery, or why the code could not be written; "" if nothing is wrong. */
  failure = "";
  /** While code is being written. */
  busy = false;
  private readonly _pressrun: IPressrun;
  private readonly _project: string;
  private readonly _start: Partial<Call>;
  private readonly _host: Host;
  private readonly _changed = new Signal<this, void>(this);

  constructor(pressrun: IPressrun, project: string, start: Partial<Call>, host: Host) {
    this._pressrun = pressrun;
    this._project = project;
    this._start = start;
    this._host = host;
    void this.load();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isNew(): boolean {
    return this._host.cell === null;
  }

  async load(): Promise<void> {
    this.failure = "";
    try {
      this.kinds = await galleryOf(this._pressrun.client);
      if (this._start.panel) this.choose(this._start.panel);
    } catch (error) {
      this.failure = failureText(error);
    }
    this._changed.emit();
  }

  /** Open the form of a kind, with what was given to begin with. */
  choose(name: string): void {
    const kind = this.kinds?.find((each) => each.kind === name);
    if (!kind) return;
    this.draft?.dispose();
    const fields = new Set(kind.fields.map((field) => field.name));
    const given = Object.entries(this._start.arguments ?? {}).filter(([field]) => fields.has(field));
    this.draft = new Draft(
      this._pressrun,
      this._project,
      kind,
      { ...this._start, arguments: Object.fromEntries(given) },
      this._host,
    );
    this._changed.emit();
  }

  /** Back to the gallery. */
  back(): void {
    this.draft?.dispose();
    this.draft = null;
    this.failure = "";
    this._changed.emit();
  }

  /** Write the code and hand it on; what goes wrong is said in the form. */
  async finish(take: (source: string, draft: Draft) => Promise<void>): Promise<void> {
    const { draft } = this;
    if (!draft?.ready || this.busy) return;
    this.busy = true;
    this.failure = "";
    this._changed.emit();
    try {
      await take(await draft.written(), draft);
    } catch (error) {
      this.failure = failureText(error);
    }
    this.busy = false;
    this._changed.emit();
  }

  dispose(): void {
    this.draft?.dispose();
    Signal.clearData(this);
  }
}
