/** Keeps the focus in a view: a control that goes away or is switched off while it has the focus hands it to a neighbour. */

import type { IDisposable } from "@lumino/disposable";
import { DisposableDelegate } from "@lumino/disposable";
import type { Menu, Widget } from "@lumino/widgets";

const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";

function isReachable(element: HTMLElement): boolean {
  return element.tabIndex >= 0 && !element.matches(":disabled") && element.checkVisibility();
}

/** The controls that Tab leads to, in order. */
function controls(node: HTMLElement): HTMLElement[] {
  return [...node.querySelectorAll<HTMLElement>(CONTROLS)].filter((each) => isReachable(each));
}

/** Give the focus back to where in a view a context menu was asked for, when the menu closes. */
export function returnFocus(node: HTMLElement, menu: Menu): IDisposable {
  let from: HTMLElement | null = null;
  const remember = (): void => {
    from = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  };
  const back = (): void => {
    const to = from;
    from = null;
    // The menu still has the focus while it says so; a command that it runs may take it elsewhere after that.
    requestAnimationFrame(() => {
      const { activeElement } = document;
      const nowhere = activeElement === null || activeElement === document.body || menu.node.contains(activeElement);
      if (nowhere && to && node.contains(to)) to.focus();
    });
  };
  node.addEventListener("contextmenu", remember, true);
  menu.aboutToClose.connect(back);
  return new DisposableDelegate(() => {
    node.removeEventListener("contextmenu", remember, true);
    menu.aboutToClose.disconnect(back);
  });
}

/** Pass the focus on when a tab with it is closed, which JupyterLab would let fall. */
export function passFocus(widget: Widget, on: () => void): void {
  widget.disposed.connect(() => {
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) on();
    });
  });
}

/** Watch a view until the result is disposed. */
export function keepFocus(node: HTMLElement): IDisposable {
  let last: HTMLElement | null = null;
  let order: HTMLElement[] = [];
  const remember = (event: FocusEvent): void => {
    last = event.target instanceof HTMLElement ? event.target : null;
    order = controls(node);
  };
  const forget = (event: FocusEvent): void => {
    // What leaves by the author's will is still there and can still be used.
    if (event.target === last && last?.isConnected && !last.matches(":disabled")) last = null;
  };
  const mend = (): void => {
    const lost = last;
    if (!lost || (lost.isConnected && !lost.matches(":disabled"))) return;
    last = null;
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body && activeElement !== lost) return;
    const at = order.indexOf(lost);
    const near = [...order.slice(at + 1), ...order.slice(0, Math.max(at, 0)).reverse()];
    (near.find((each) => each.isConnected && isReachable(each)) ?? controls(node)[0])?.focus();
  };
  const observer = new MutationObserver(mend);
  node.addEventListener("focusin", remember);
  node.addEventListener("focusout", forget);
  observer.observe(node, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return new DisposableDelegate(() => {
    observer.disconnect();
    node.removeEventListener("focusin", remember);
    node.removeEventListener("focusout", forget);
  });
}
