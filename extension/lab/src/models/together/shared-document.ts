/** What the document that several browsers hold in common tells beyond JupyterLab's own models: maps of our own. */

import type { NotebookPanel } from "@jupyterlab/notebook";

interface SharedMap {
  observe(observer: (event: { readonly keysChanged: ReadonlySet<string> }) => void): void;
  unobserve(observer: (event: { readonly keysChanged: ReadonlySet<string> }) => void): void;
  entries(): IterableIterator<[string, string]>;
  has(key: string): boolean;
  set(key: string, value: string): void;
  delete(key: string): void;
}

interface SharedDocument {
  readonly clientID: number;
  getMap(name: string): SharedMap;
}

/** The document behind an open notebook; null where nobody else can be in it. */
export function documentOf(panel: NotebookPanel): SharedDocument | null {
  const { model } = panel.context;
  if (!model.collaborative) return null;
  return (model.sharedModel as unknown as { readonly ydoc?: SharedDocument }).ydoc ?? null;
}
