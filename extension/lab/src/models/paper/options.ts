/** What the author set for papers: JupyterLab's settings, or their defaults where there are none. */

import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import type { Format } from "./builds.ts";

export interface PaperSettings {
  /** Milliseconds after the last edit before the preview is made again. */
  readonly previewDelay: number;
  /** Whether the preview scrolls to what the author goes to in the notebook. */
  readonly previewFollows: boolean;
  /** What a build publishes; as `paper.toml` says if empty. */
  readonly formats: readonly Format[];
  /** Whether a paper is built when it is saved or what it depends on changes; the preview then shows what was built. */
  readonly buildOnSave: boolean;
  /** Whether the cells of a paper that was just written from a template are run. */
  readonly runNewPaper: boolean;
}

const DEFAULTS: PaperSettings = {
  previewDelay: 500,
  previewFollows: true,
  formats: [],
  buildOnSave: false,
  runNewPaper: true,
};

export class PaperOptions {
  private _settings = DEFAULTS;
  private readonly _changed = new Signal<this, void>(this);

  get settings(): PaperSettings {
    return this._settings;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Take what JupyterLab holds; what is not there has its default. */
  take(settings: Partial<PaperSettings>): void {
    this._settings = { ...DEFAULTS, ...settings };
    this._changed.emit();
  }
}
