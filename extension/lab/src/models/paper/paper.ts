/** The papers that are open: which paper a notebook is, and all that the server says of it, as it changes. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { Token } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "../../api/client.ts";
import type { Papers, PaperMessage, PaperState, PaperSummary } from "../../api/payloads/papers.ts";
import type { Project } from "../../api/payloads/project.ts";
import { insist } from "../insist.ts";
import { PaperBuild } from "./builds.ts";
import { LiveOutline } from "./outline.ts";
import type { PaperOptions } from "./options.ts";
import { Rebuilding } from "./rebuilding.ts";
import { serverPath } from "../places.ts";
import type { IPressrun } from "../pressrun.ts";

/** What is known of whether a notebook is a paper. */
export type Finding = "looking" | "paper" | "none" | "failed";

/** A notebook that is open, and the paper that it is, if it is one. */
export class OpenPaper implements IDisposable {
  isDisposed = false;
  readonly panel: NotebookPanel;
  readonly outline: LiveOutline;
  private readonly _pressrun: IPressrun;
  private readonly _changed = new Signal<this, void>(this);
  private _subscription: IDisposable | null = null;
  private _finding: Finding = "looking";
  private _project = "";
  private _name = "";
  private _state: PaperState | null = null;
  private _build: PaperBuild | null = null;
  private _problem: RequestError | null = null;
  private _connected = true;
  private _path = "";
  private _turn = 0;

  constructor(pressrun: IPressrun, panel: NotebookPanel) {
    this._pressrun = pressrun;
    this.panel = panel;
    this.outline = new LiveOutline(pressrun, this);
    panel.context.pathChanged.connect(this._onPath);
    panel.disposed.connect(() => {
      this.dispose();
    });
    void this.find();
  }

  get finding(): Finding {
    return this._finding;
  }

  /** The project's folder, as requests name it. */
  get project(): string {
    return this._project;
  }

  /** The paper's name; "" while it is not known, and for a notebook that is no paper. */
  get name(): string {
    return this._name;
  }

  /** What the server last said; null before it said anything. */
  get state(): PaperState | null {
    return this._state;
  }

  /** The paper's build; null for a notebook that is no paper. */
  get build(): PaperBuild | null {
    return this._build;
  }

  /** Why nothing is known, or nothing new. */
  get problem(): RequestError | null {
    return this._problem;
  }

  /** Whether the server tells what changes; if not, what is shown may be behind. */
  get connected(): boolean {
    return this._connected;
  }

  /** Until when what is shown was as things stood. */
  get asOf(): Date {
    return this._pressrun.events.asOf;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The notebook, relative to the server's root. */
  get path(): string {
    return this.panel.context.localPath;
  }

  /** Look again which paper the notebook is. */
  async find(): Promise<void> {
    const path = this.path;
    const turn = ++this._turn;
    this._path = path;
    this._leave();
    this._finding = serverPath(this.panel.context) === null ? "none" : "looking";
    this._changed.emit();
    if (this._finding === "none") return;
    try {
      const wanted = (): boolean => this._path === path && this._turn === turn && !this.isDisposed;
      const [project, name] = await insist(
        () => this._ask(path),
        wanted,
        (error) => {
          this._finding = "failed";
          this._problem = error;
          this._changed.emit();
        },
      );
      if (!wanted()) return;
      this._problem = null;
      if (name === undefined) this._finding = "none";
      else this._enter(project, name);
    } catch (error) {
      if (this._path !== path || this._turn !== turn || this.isDisposed) return;
      this._finding = "failed";
      this._problem = error instanceof RequestError ? error : new RequestError(String(error));
    }
    this._changed.emit();
  }

  /** Ask for the state as it is now; by itself the server tells within some seconds. */
  async look(): Promise<void> {
    const { _project: project, _name: name } = this;
    if (!name) return;
    try {
      const path = `papers/${encodeURIComponent(name)}`;
      const state = await this._pressrun.client.ask<PaperState>(path, { query: { project } });
      if (this.isDisposed || this._name !== name || this._project !== project) return;
      this._state = state;
    } catch (error) {
      this._problem = error instanceof RequestError ? error : new RequestError(String(error));
    }
    if (!this.isDisposed) this._changed.emit();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._leave();
    this.outline.dispose();
    Signal.clearData(this);
  }

  private async _ask(path: string): Promise<readonly [project: string, name: string | undefined]> {
    const found = await this._pressrun.client.ask<Project>("project", { query: { path } });
    return [found.project, nameOf(path, found) ?? (await this._listed(path, found.project))];
  }

  private async _listed(path: string, project: string): Promise<string | undefined> {
    const { papers } = await this._pressrun.client.ask<Papers>("papers", { query: { project } });
    return papers.find((paper) => paper.path === path)?.name;
  }

  private _enter(project: string, name: string): void {
    this._finding = "paper";
    this._project = project;
    this._name = name;
    this._build = new PaperBuild(this._pressrun, project, name);
    this._build.changed.connect(this._emit);
    this._subscription = this._pressrun.events.subscribe<PaperMessage>(
      "paper",
      { project, paper: name },
      {
        message: ({ state }) => {
          this._state = state;
          this._problem = null;
          this._connected = true;
          this._changed.emit();
        },
        failed: (error) => {
          this._problem = error;
          this._changed.emit();
        },
        connected: (connected) => {
          this._connected = connected;
          this._changed.emit();
        },
      },
    );
  }

  private _leave(): void {
    this._subscription?.dispose();
    this._subscription = null;
    this._build?.dispose();
    this._build = null;
    this._state = null;
    this._problem = null;
    this._connected = true;
    this._project = "";
    this._name = "";
  }

  private readonly _onPath = (): void => {
    if (this.path !== this._path) void this.find();
  };

  private readonly _emit = (): void => {
    this._changed.emit();
  };
}

/** Give the name of a paper that lies where papers do by convention, without asking for all papers. */
function nameOf(path: string, { papers }: Project): string | undefined {
  if (!papers || !path.startsWith(`${papers}/`)) return undefined;
  return /^([^/]+)\/paper\.ipynb$/.exec(path.slice(papers.length + 1))?.[1];
}

/** The open papers, and the one in front. */
export class OpenPapers implements IDisposable {
  isDisposed = false;
  readonly options: PaperOptions;
  private readonly _pressrun: IPressrun;
  private readonly _papers = new Map<NotebookPanel, OpenPaper>();
  private readonly _changed = new Signal<this, void>(this);
  private _current: OpenPaper | null = null;

  constructor(pressrun: IPressrun, options: PaperOptions) {
    this._pressrun = pressrun;
    this.options = options;
  }

  /** The notebook in front; null if there is none. */
  get current(): OpenPaper | null {
    return this._current;
  }

  /** Emitted when another notebook comes to the front, and when anything of the one in front changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Give what is known of an open notebook. */
  of(panel: NotebookPanel): OpenPaper {
    let paper = this._papers.get(panel);
    if (!paper) {
      paper = new OpenPaper(this._pressrun, panel);
      this._papers.set(panel, paper);
      new Rebuilding(paper, this.options);
      panel.disposed.connect(() => {
        this._papers.delete(panel);
      });
    }
    return paper;
  }

  /** Give the open notebook of a paper, if there is one. */
  named(name: string): OpenPaper | undefined {
    return [...this._papers.values()].find((paper) => paper.name === name);
  }

  /** Follow the author to another notebook. */
  follow(panel: NotebookPanel | null): void {
    const next = panel && !panel.isDisposed ? this.of(panel) : null;
    if (next === this._current) return;
    this._current?.changed.disconnect(this._emit);
    this._current?.outline.changed.disconnect(this._emit);
    this._current = next;
    next?.changed.connect(this._emit);
    next?.outline.changed.connect(this._emit);
    this._changed.emit();
  }

  /** Ask for all papers of the project in front. */
  async all(): Promise<readonly PaperSummary[]> {
    const query = { project: this._pressrun.current.project };
    return (await this._pressrun.client.ask<Papers>("papers", { query })).papers;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const paper of this._papers.values()) paper.dispose();
    Signal.clearData(this);
  }

  private readonly _emit = (): void => {
    this._changed.emit();
  };
}

export const IOpenPapers = new Token<OpenPapers>("@pressrun/lab:IOpenPapers", "The open papers and their state.");
