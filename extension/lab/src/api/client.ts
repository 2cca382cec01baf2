/** Requests to the server: the one place that fetches. */

import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { Failure } from "./payloads/project.ts";

/** Where all routes begin, relative to the server's base address. */
const API = "pressrun/api";

/** What the server said is wrong, in words for the author. */
export class RequestError extends Error {
  override name = "RequestError";

  readonly what: string;
  readonly where: string;
  readonly hint: string;
  readonly status: number;

  constructor(what: string, where = "", hint = "", status = 0) {
    super([where, what].filter(Boolean).join(": ") + (hint ? ` (${hint})` : ""));
    this.what = what;
    this.where = where;
    this.hint = hint;
    this.status = status;
  }
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Asks the server, with the token, XSRF header and base address that JupyterLab was given. */
export class Client {
  readonly settings: ServerConnection.ISettings;

  constructor(settings: ServerConnection.ISettings) {
    this.settings = settings;
  }

  /** The address of a route; for frames and pictures, which fetch by themselves. */
  address(path: string, query: Ask["query"] = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
    return URLExt.join(this.settings.baseUrl, API, path) + (search ? `?${search}` : "");
  }

  /**
   * Ask a route and give its JSON.
   *
   * Rejects with a RequestError that says what is wrong in the server's words, and with what the signal says if it
   * was aborted.
   */
  async ask<T>(path: string, { method = "GET", query = {}, body, signal }: Ask = {}): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(this.address(path, query), init, this.settings);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new RequestError("the server does not answer", "", "see whether it still runs");
    }
    const answer = (await response.json().catch(() => null)) as unknown;
    if (response.ok) return answer as T;
    const said = (answer as Failure | null)?.error;
    if (said) throw new RequestError(said.what, said.where, said.hint, response.status);
    throw new RequestError(`the server answered ${response.status} ${response.statusText}`, path, "", response.status);
  }
}
