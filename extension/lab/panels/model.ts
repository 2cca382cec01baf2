/** The seam to the host: anywidget's model in a notebook, a read-only one in a published page. */

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
