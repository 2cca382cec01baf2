/** What every plugin needs of the server: requests, events, and the project that they are about. */

import { Token } from "@lumino/coreutils";
import type { Client } from "../api/client.ts";
import type { Events } from "../api/events.ts";
import type { CurrentProject } from "./project.ts";

export interface IPressrun {
  readonly client: Client;
  readonly events: Events;
  readonly current: CurrentProject;
}

export const IPressrun = new Token<IPressrun>("@pressrun/lab:IPressrun", "Requests, events and the current project.");
