/** The seam to the host: anywidget's model of a widget, JupyterLab's of an output, a read-only one in a published page. */

export interface Model {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

export interface Mount {
  model: Model;
  el: HTMLElement;
}

/** Ends a panel: listeners off, chart disposed. */
export type Cleanup = () => void;

/** A module in anywidget's front-end format. */
export interface PanelModule {
  render(mount: Mount): Cleanup;
}

/** Whether a published page is the host: it prints the disclosure itself and keeps a static fallback. */
export function inPage(model: Model): boolean {
  return model.get("host") === "page";
}

/** The page's static fallback of this panel, whose highlighting is worth keeping. */
export function fallbackOf(model: Model): HTMLElement | null {
  const fallback = model.get("fallback");
  return fallback instanceof HTMLElement ? fallback : null;
}

/** Whether the host shows the reason itself, beside a static face, when a panel cannot be drawn. */
export function takesFailures(model: Model): boolean {
  return inPage(model) || model.get("host") === "lab";
}

/** The reader's choices that a host keeps over the panel's life, by the panel's kind; without a host's, new ones. */
export function memoryOf(model: Model, kind: string, own: Map<string, Map<string, unknown>>): Map<string, unknown> {
  const kept = model.get("memory");
  const memories = kept instanceof Map ? (kept as Map<string, Map<string, unknown>>) : own;
  let memory = memories.get(kind);
  if (!memory) memories.set(kind, (memory = new Map<string, unknown>()));
  return memory;
}

/** Tell Python through a trait; a page has nobody to tell. */
export function tell(model: Model, trait: "selection" | "options", value: Readonly<Record<string, unknown>>): void {
  if (inPage(model)) return;
  model.set(trait, { ...value });
  model.save_changes();
}

/** The options that Python set, as far as they are any. */
export function optionsOf(model: Model): Readonly<Record<string, unknown>> {
  const options = model.get("options");
  return typeof options === "object" && options !== null ? (options as Record<string, unknown>) : {};
}
