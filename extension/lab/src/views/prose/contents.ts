/** JupyterLab's own table of contents, which shows a heading's source, without the attributes that label headings. */

import type { IDisposable } from "@lumino/disposable";
import { withoutAttributes } from "../../models/prose/text.ts";

const HEADINGS = "[data-document-type='notebook'] .jp-tocItem-content";

export class Contents implements IDisposable {
  isDisposed = false;
  private readonly _root: HTMLElement;
  private readonly _observer: MutationObserver;

  constructor(root: HTMLElement) {
    this._root = root;
    // This runs before the browser paints what React wrote.
    this._observer = new MutationObserver(() => {
      this._clean();
    });
    this._clean();
    this._observer.observe(root, { childList: true, subtree: true, characterData: true });
  }

  dispose(): void {
    this.isDisposed = true;
    this._observer.disconnect();
  }

  private _clean(): void {
    for (const heading of this._root.querySelectorAll<HTMLElement>(HEADINGS)) {
      // React keeps these very text nodes, and writes to them again only when the heading is another one.
      for (const node of heading.childNodes) {
        if (!(node instanceof Text) || !node.data.includes("{")) continue;
        const text = withoutAttributes(node.data);
        if (text !== node.data) node.data = text;
      }
      const title = withoutAttributes(heading.title);
      if (title !== heading.title) heading.title = title;
    }
  }
}
