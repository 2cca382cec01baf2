/** Dragging panels out of the runs table into a notebook. */

import { MimeData } from "@lumino/coreutils";
import { Drag } from "@lumino/dragdrop";

/** Pixels that the pointer moves before it is a drag and no click. */
const FAR = 6;

/**
 * Watch the pointer after it went down: when it moves, a drag begins that carries the text.
 *
 * What is dragged is asked for at once, because a drop target wants to know it as soon as the drag begins.
 */
export function grab(
  event: PointerEvent,
  mime: string,
  words: string,
  carried: () => Promise<string>,
  source: unknown,
): void {
  let at: { x: number; y: number } | null = null;
  let text: string | null = null;
  const controller = new AbortController();
  const { signal } = controller;
  const begin = (): void => {
    if (text === null || at === null || signal.aborted) return;
    controller.abort();
    const mimeData = new MimeData();
    mimeData.setData(mime, text);
    const dragImage = document.createElement("div");
    dragImage.className = "jp-pr-drag";
    dragImage.textContent = words;
    const drag = new Drag({ mimeData, dragImage, proposedAction: "copy", supportedActions: "copy", source });
    void drag.start(at.x, at.y).then(() => {
      drag.dispose();
    });
  };
  const options = { signal, capture: true };
  document.addEventListener(
    "pointermove",
    (move) => {
      if (Math.hypot(move.clientX - event.clientX, move.clientY - event.clientY) < FAR && at === null) return;
      at = { x: move.clientX, y: move.clientY };
      begin();
    },
    options,
  );
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(
      end,
      () => {
        controller.abort();
      },
      options,
    );
  }
  carried().then(
    (found) => {
      text = found;
      begin();
    },
    () => {
      controller.abort();
    },
  );
}
