/** A published page in a tab of its own, sandboxed as readers' browsers sandbox nothing: it must not reach JupyterLab. */

import { Widget } from "@lumino/widgets";
import { paperIcon } from "../paper/signs.tsx";

export class PageWidget extends Widget {
  constructor(title: string, address: string) {
    super();
    this.addClass("jp-pr-page");
    this.title.label = title;
    this.title.icon = paperIcon;
    this.title.closable = true;
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = title;
    frame.src = address;
    this.node.append(frame);
  }
}
