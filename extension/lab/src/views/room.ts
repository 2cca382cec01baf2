/** Gives a sidebar the room that it needs when it is opened for the first time; later widths are the author's. */

import type { Widget } from "@lumino/widgets";
import { SplitPanel } from "@lumino/widgets";

/** What is left to the documents in a narrow window, as a part of it. */
const MOST = 0.4;

export function giveRoom(sidebar: Widget, width: number): void {
  let child = sidebar;
  for (let { parent } = child; parent; child = parent, { parent } = child) {
    if (!(parent instanceof SplitPanel) || parent.orientation !== "horizontal") continue;
    const at = parent.widgets.indexOf(child);
    const whole = parent.node.clientWidth;
    const more = Math.min(width, whole * MOST) - child.node.clientWidth;
    const widths = parent.widgets.map(({ node, isVisible }) => (isVisible ? node.clientWidth : 0));
    // The documents stand in the widest part.
    const from = widths.indexOf(Math.max(...widths));
    if (more <= 0 || from === at) return;
    parent.setRelativeSizes(widths.map((each, index) => each + (index === at ? more : index === from ? -more : 0)));
    return;
  }
}
