/** That the server tells nothing now, and until when what is shown was as things stood. */

import type { JSX } from "react";
import type { Events } from "../api/events.ts";
import { useSignal } from "./use-signal.ts";

/** What is said in place of all that would be said of the present. */
export function notConnected(asOf: Date): string {
  const time = asOf.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  return `not connected; shown as of ${time}`;
}

export function Connection({ events }: { events: Events }): JSX.Element {
  useSignal(events.connectedChanged);
  return (
    <span role="status" className="jp-pr-not-connected">
      {events.connected ? "" : notConnected(events.asOf)}
    </span>
  );
}
