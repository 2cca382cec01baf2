/** Asks until there is an answer: a server that is away comes back, and a configuration that is broken is repaired. */

import { RequestError } from "../api/client.ts";

/** Milliseconds before asking again: doubled each time, up to the last. */
const FIRST = 2_000;
const LAST = 30_000;
/** What asking again changes nothing about. */
const FINAL = new Set([403, 404]);

/**
 * Give the answer when it comes.
 *
 * `failed` is told of each failure. Rejects with the failure where asking again is of no use, or is not `wanted` any more.
 */
export async function insist<T>(
  ask: () => Promise<T>,
  wanted: () => boolean,
  failed: (error: RequestError) => void = () => undefined,
): Promise<T> {
  for (let wait = FIRST; ; wait = Math.min(2 * wait, LAST)) {
    try {
      return await ask();
    } catch (error) {
      const said = error instanceof RequestError ? error : new RequestError(String(error));
      if (!wanted()) throw said;
      failed(said);
      if (FINAL.has(said.status)) throw said;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (!wanted()) throw said;
    }
  }
}
