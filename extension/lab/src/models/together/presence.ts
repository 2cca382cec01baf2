/** Who else is in an open notebook, as far as it matters here: through which sessions its cells are run. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import { documentOf } from "./shared-document.ts";

/** Of the document, but not of the notebook's file: browser → its kernel and its session with it. */
const SESSIONS = "pressrun_sessions";

/** Tell the others through which session this browser runs cells. What is told of kernels that are gone goes. */
export function announce(panel: NotebookPanel): void {
  const document = documentOf(panel);
  const kernel = panel.sessionContext.session?.kernel;
  if (!document || !kernel) return;
  const sessions = document.getMap(SESSIONS);
  for (const [client, told] of sessions.entries()) if (!told.startsWith(`${kernel.id}/`)) sessions.delete(client);
  sessions.set(String(document.clientID), `${kernel.id}/${kernel.clientId}`);
}

/** Whether a session is that of another browser, which may be gone by now. */
export function isOthers(panel: NotebookPanel, session: string): boolean {
  return sessionsOf(panel).some(([client, other]) => other === session && client !== documentOf(panel)?.clientID);
}

function sessionsOf(panel: NotebookPanel): (readonly [number, string])[] {
  const kernel = panel.sessionContext.session?.kernel?.id;
  return [...(documentOf(panel)?.getMap(SESSIONS).entries() ?? [])].flatMap(([client, told]) => {
    const [id, session = ""] = told.split("/");
    return id === kernel ? [[Number(client), session] as const] : [];
  });
}
