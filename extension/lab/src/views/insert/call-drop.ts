/** Dropping a call onto a notebook: from pressrun's own tables, or from any page that names its mime type. */

import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";
import type { Drag } from "@lumino/dragdrop";
import { CALL_MIME } from "../../models/runs/calls.ts";
import { placeAt } from "../../models/insert/code-cells.ts";

/** The line that shows where a drop would put its cell. */
class Line {
  private readonly _node = document.createElement("div");

  constructor() {
    this._node.className = "jp-pr-drop-line";
  }

  show(notebook: Notebook, place: number): void {
    const cell = notebook.widgets[Math.min(place, notebook.widgets.length - 1)];
    if (!cell) return;
    const { top, bottom, left, width } = cell.node.getBoundingClientRect();
    const y = place < notebook.widgets.length ? top : bottom;
    Object.assign(this._node.style, { top: `${y - 2}px`, left: `${left}px`, width: `${width}px` });
    if (!this._node.isConnected) document.body.append(this._node);
  }

  hide(): void {
    this._node.remove();
  }
}

/** Let calls be dropped onto a notebook; `take` gets the text and where its cell is to stand. */
export function acceptCalls(panel: NotebookPanel, take: (text: string, place: number) => void): void {
  const line = new Line();
  const { content } = panel;
  const over = (event: MouseEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    line.show(content, placeAt(content, event.clientY));
  };
  const drop = (event: MouseEvent, text: unknown): void => {
    event.preventDefault();
    event.stopPropagation();
    line.hide();
    if (typeof text === "string") take(text, placeAt(content, event.clientY));
  };
  const leave = (event: MouseEvent): void => {
    if (!(event.relatedTarget instanceof Node && content.node.contains(event.relatedTarget))) line.hide();
  };

  // Lumino's drags are no DOM drags; their events have their own names and types. An editor below must not take them.
  const lumino = (event: Event): void => {
    const drag = event as unknown as Drag.Event;
    if (!drag.mimeData.hasData(CALL_MIME)) return;
    if (drag.type === "lm-dragleave") leave(drag);
    else if (drag.type === "lm-drop") {
      drag.dropAction = "copy";
      drop(drag, drag.mimeData.getData(CALL_MIME));
    } else {
      over(drag);
      drag.dropAction = "copy";
    }
  };
  const native = (event: DragEvent): void => {
    const data = event.dataTransfer;
    if (!data?.types.includes(CALL_MIME)) return;
    if (event.type === "dragleave") leave(event);
    else if (event.type === "drop") drop(event, data.getData(CALL_MIME));
    else {
      over(event);
      data.dropEffect = "copy";
    }
  };
  for (const type of ["lm-dragenter", "lm-dragover", "lm-dragleave", "lm-drop"]) {
    content.node.addEventListener(type, lumino, true);
  }
  for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    content.node.addEventListener(type, native, true);
  }
  panel.disposed.connect(() => {
    line.hide();
  });
}
