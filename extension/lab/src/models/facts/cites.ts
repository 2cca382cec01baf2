/**
 * Whether the runs that a notebook's facts cite are still as they were cited, and the whole answer of their queries:
 * one subscription a notebook.
 */

import { Token } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";
import { DisposableDelegate } from "@lumino/disposable";
import type { Client } from "../../api/client.ts";
import type { Events } from "../../api/events.ts";
import type { Answer, Cite, CiteState, CitesAsk, Cites as CitesMessage } from "../../api/payloads/events.ts";
import type { Project } from "../../api/payloads/project.ts";
import { insist } from "../insist.ts";

/** A run as facts cite it. */
export interface RunCite extends Cite {
  readonly name: string;
}

export type RunState = CiteState["state"];

/** A query, and the runs that were its whole answer. */
export interface Question {
  readonly sources: readonly [string, ...string[]];
  readonly where: string;
  readonly runs: readonly RunCite[];
}

/** What one fact is made of. */
export interface Evidence {
  readonly runs: readonly RunCite[];
  readonly questions: readonly Question[];
}

/** What is known of the runs of one fact; a run of which nothing is known yet is in no list. */
export interface CiteReport {
  readonly changed: readonly RunCite[];
  readonly running: readonly RunCite[];
  readonly gone: readonly RunCite[];
  readonly unreadable: readonly RunCite[];
  /** How many runs have been heard of. */
  readonly known: number;
  /** Runs that match the fact's queries and are not in it, and names of the first of them. */
  readonly more: number;
  readonly came: readonly string[];
  /** Runs that are in the fact and no longer match its queries. */
  readonly fewer: number;
}

/** One fact's runs in one word: the one that an author has to know of first; "others" match its queries now. */
export function stateOf(report: CiteReport): RunState | "others" | "unknown" {
  const { changed, running, gone, unreadable, known, more, fewer } = report;
  if (changed.length > 0) return "changed";
  if (gone.length > 0) return "gone";
  if (unreadable.length > 0) return "unreadable";
  if (more + fewer > 0) return "others";
  if (running.length > 0) return "running";
  return known > 0 ? "current" : "unknown";
}

const keyOf = ({ source, id, digest }: Cite): string => JSON.stringify([source, id, digest]);
const questionKey = ({ sources, where, runs }: Question): string => JSON.stringify([sources, where, runs.map(keyOf)]);

/** Milliseconds in which further facts may come before the server is asked, and go before it is told. */
const SOON = 60;
const LATER = 3000;

interface Watch {
  readonly cites: ReadonlyMap<string, RunCite>;
  readonly questions: ReadonlyMap<string, Question>;
  readonly see: (report: CiteReport) => void;
}

/** Watches the runs that the facts of one notebook cite. */
export class Cites implements IDisposable {
  isDisposed = false;
  private readonly _events: Events;
  private readonly _project: string;
  private readonly _watches = new Set<Watch>();
  private readonly _states = new Map<string, RunState>();
  private readonly _answers = new Map<string, Answer>();
  private _asked = new Set<string>();
  private _subscription: IDisposable | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: Events, project: string) {
    this._events = events;
    this._project = project;
  }

  /**
   * Watch a fact's runs until the result is disposed. What is known already is told at once, and what changes when it
   * does. Runs that exist only in a notebook's memory are not anywhere to be watched, and count as known by nobody.
   */
  watch({ runs, questions }: Evidence, see: (report: CiteReport) => void): IDisposable {
    const cites = runs.filter(({ source }) => !source.startsWith("memory"));
    const watch: Watch = {
      cites: new Map(cites.map((cite) => [keyOf(cite), cite])),
      questions: new Map(questions.map((question) => [questionKey(question), question])),
      see,
    };
    this._watches.add(watch);
    see(this._report(watch));
    if ([...watch.cites.keys(), ...watch.questions.keys()].some((key) => !this._asked.has(key))) this._ask(SOON);
    return new DisposableDelegate(() => {
      this._watches.delete(watch);
      this._ask(LATER);
    });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    clearTimeout(this._timer);
    this._subscription?.dispose();
    this._watches.clear();
  }

  private _report({ cites, questions }: Watch): CiteReport {
    const all = [...cites];
    const by = (state: RunState): RunCite[] =>
      all.flatMap(([key, cite]) => (this._states.get(key) === state ? [cite] : []));
    const known = all.filter(([key]) => this._states.has(key)).length;
    const answers = [...questions.keys()].flatMap((key) => this._answers.get(key) ?? []);
    return {
      changed: by("changed"),
      running: by("running"),
      gone: by("gone"),
      unreadable: by("unreadable"),
      known,
      more: answers.reduce((sum, { more }) => sum + more, 0),
      fewer: answers.reduce((sum, { fewer }) => sum + fewer, 0),
      came: answers.flatMap(({ came }) => came),
    };
  }

  private _ask(wait: number): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      this._subscribe();
    }, wait);
  }

  private _subscribe(): void {
    if (this.isDisposed) return;
    const wanted = new Map<string, Cite>();
    const questions = new Map<string, Question>();
    for (const watch of this._watches) {
      for (const [key, { source, id, digest }] of watch.cites) wanted.set(key, { source, id, digest });
      for (const [key, question] of watch.questions) questions.set(key, question);
    }
    const keys = [...wanted.keys(), ...questions.keys()];
    if (keys.length === this._asked.size && keys.every((key) => this._asked.has(key))) return;
    const before = this._subscription;
    this._asked = new Set(keys);
    this._subscription = null;
    if (keys.length > 0) this._subscription = this._listen(wanted, questions);
    before?.dispose();
  }

  private _listen(cites: ReadonlyMap<string, Cite>, questions: ReadonlyMap<string, Question>): IDisposable {
    const place = new Map([...cites.keys()].map((key, index) => [key, index]));
    const asked = [...questions.keys()];
    const ask: Pick<CitesAsk, "project" | "cites" | "questions"> = {
      project: this._project,
      cites: [...cites.values()],
      questions: [...questions.values()].map(({ sources, where, runs }) => ({
        sources: [...sources],
        where,
        cites: runs.flatMap((run) => place.get(keyOf(run)) ?? []),
      })),
    };
    return this._events.subscribe<CitesMessage>("cites", ask, {
      message: ({ states, answers }) => {
        this._hear(
          states,
          answers.flatMap((answer) => {
            const key = asked[answer.question];
            return key === undefined ? [] : [[key, answer] as const];
          }),
        );
      },
      failed: (error) => {
        console.warn("pressrun:", error.message);
      },
    });
  }

  private _hear(states: readonly CiteState[], answers: readonly (readonly [string, Answer])[]): void {
    const heard = new Set<string>();
    for (const state of states) {
      const key = keyOf(state);
      if (this._states.get(key) === state.state) continue;
      this._states.set(key, state.state);
      heard.add(key);
    }
    for (const [key, answer] of answers) {
      this._answers.set(key, answer);
      heard.add(key);
    }
    for (const watch of [...this._watches]) {
      if ([...watch.cites.keys(), ...watch.questions.keys()].some((key) => heard.has(key))) {
        watch.see(this._report(watch));
      }
    }
  }
}

/** The runs that notebooks cite, by notebook. */
export interface ICites {
  /** What watches the runs of a notebook, by its path: one and the same for all who show its facts. */
  of(notebook: string): Promise<Cites>;
  /** The project that a notebook belongs to, relative to the server's root. */
  project(notebook: string): Promise<string>;
}

export const ICites = new Token<ICites>("@pressrun/lab:ICites", "Whether runs are still as a notebook cites them.");

/** Makes one watcher a notebook, when it is first asked for. */
export class NotebookCites implements ICites {
  private readonly _client: Client;
  private readonly _events: Events;
  private readonly _local: (path: string) => string | null;
  private readonly _projects = new Map<string, Promise<string>>();
  private readonly _found = new Map<string, Promise<Cites>>();

  /** `local` gives a path as the server knows it; null for what is none of its files. */
  constructor(client: Client, events: Events, local: (path: string) => string | null) {
    this._client = client;
    this._events = events;
    this._local = local;
  }

  of(notebook: string): Promise<Cites> {
    let found = this._found.get(notebook);
    if (!found) {
      found = this.project(notebook).then((project) => new Cites(this._events, project));
      this._found.set(notebook, found);
    }
    return found;
  }

  project(notebook: string): Promise<string> {
    let found = this._projects.get(notebook);
    if (!found) {
      const path = this._local(notebook);
      // Of whose project the runs are is not known, and to guess could call a good number stale.
      if (path === null) return Promise.reject(new Error(`${notebook} is no file of this server`));
      const ask = (): Promise<Project> => this._client.ask<Project>("project", { query: { path } });
      found = insist(ask, () => true).then(({ project }) => project);
      this._projects.set(notebook, found);
      // A notebook that is not there may be the next time.
      found.catch(() => {
        this._projects.delete(notebook);
        this._found.delete(notebook);
      });
    }
    return found;
  }
}
