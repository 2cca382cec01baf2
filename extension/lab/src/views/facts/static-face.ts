/** The static face that a fact's bundle brings along: an inert picture, a sanitised table, or plain text. */

import { MimeModel, RenderedHTML } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { IDisposable } from "@lumino/disposable";

const text = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join("") : typeof value === "string" ? value : "";

export class StaticFace implements IDisposable {
  isDisposed = false;
  readonly node = document.createElement("div");
  private _address = "";
  private _html: RenderedHTML | null = null;

  constructor(data: ReadonlyPartialJSONObject, options: IRenderMime.IRendererOptions) {
    this.node.className = "jp-pr-face";
    const [svg, html] = [text(data["image/svg+xml"]), text(data["text/html"])];
    if (svg) this._showPicture(svg, text(data["text/plain"]));
    else if (html) this._showHtml(html, options);
    else this._showText(text(data["text/plain"]));
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    if (this._address) URL.revokeObjectURL(this._address);
    this._html?.dispose();
    this.node.remove();
  }

  /** As a picture an SVG runs no script and asks for nothing, whatever it holds. */
  private _showPicture(svg: string, alt: string): void {
    this._address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    const picture = document.createElement("img");
    picture.src = this._address;
    picture.alt = alt;
    this.node.append(picture);
  }

  private _showHtml(html: string, options: IRenderMime.IRendererOptions): void {
    this._html = new RenderedHTML({ ...options, mimeType: "text/html" });
    this.node.append(this._html.node);
    // Never trusted: it is what JupyterLab's sanitiser leaves of it.
    const model = new MimeModel({ data: { "text/html": html }, trusted: false });
    this._html.renderModel(model).catch((error: unknown) => {
      console.warn("pressrun:", error);
    });
  }

  private _showText(plain: string): void {
    if (!plain) return;
    const shown = document.createElement("pre");
    shown.textContent = plain;
    this.node.append(shown);
  }
}
