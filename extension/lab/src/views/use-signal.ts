/** Draws a React view again when a model says that it changed. */

import { useState, useSyncExternalStore } from "react";
import type { ISignal } from "@lumino/signaling";

interface Store {
  subscribe: (listener: () => void) => () => void;
  count: () => number;
}

function storeOf(signal: ISignal<unknown, unknown>): Store {
  let count = 0;
  return {
    subscribe: (listener) => {
      const slot = (): void => {
        count++;
        listener();
      };
      signal.connect(slot);
      // What was said between drawing and listening.
      count++;
      return () => {
        signal.disconnect(slot);
      };
    },
    count: () => count,
  };
}

/** Follow a signal for as long as the view is there; the result grows with each time it was emitted. */
export function useSignal(signal: ISignal<unknown, unknown>): number {
  const [store] = useState(() => storeOf(signal));
  return useSyncExternalStore(store.subscribe, store.count);
}
