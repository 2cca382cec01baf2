/** Bringing panels to life: each static fallback gets its interactive panel when a reader comes near it. */

import type { Model, Mount } from "../panels/model.ts";

/** What panels.js leaves for pages. */
interface Panels {
  render(mount: Mount): () => void;
  failure(error: unknown): HTMLElement;
}

/** How far outside the window a panel is made ready. */
const NEAR = "800px 0px";

function panels(): Panels {
  const found = (globalThis as { pressrun?: Panels }).pressrun;
  if (!found) throw new Error("The panels' script did not run.");
  return found;
}

/** A model that nobody writes to: a page has no kernel. */
function modelOf(values: Readonly<Record<string, unknown>>): Model {
  const nothing = (): void => undefined;
  return { get: (key) => values[key], set: nothing, save_changes: nothing, on: nothing, off: nothing };
}

function factOf(holder: HTMLElement): unknown {
  const id = holder.dataset.fact ?? "";
  const script = document.getElementById(id);
  if (!(script instanceof HTMLScriptElement) || script.type !== "application/json") {
    throw new Error(`The page holds no data under ${id}.`);
  }
  return JSON.parse(script.text);
}

/** Put what the holder shows into an element that can be hidden, and shown again for print. */
function fallbackOf(holder: HTMLElement): HTMLElement {
  const fallback = document.createElement("div");
  fallback.className = "pr-fallback";
  fallback.append(...holder.childNodes);
  holder.append(fallback);
  return fallback;
}

/** Draw one panel. The fallback is hidden only after that, and stays where it fails, below the reason. */
function hydrate(holder: HTMLElement): void {
  if (holder.dataset.state !== undefined) return;
  holder.dataset.state = "drawing";
  const fallback = fallbackOf(holder);
  const live = document.createElement("div");
  live.className = "pr-live";
  holder.prepend(live);
  try {
    const fact = factOf(holder);
    panels().render({ model: modelOf({ fact, host: "page", fallback }), el: live });
    fallback.hidden = true;
    holder.dataset.state = "live";
  } catch (error) {
    console.error("pressrun:", error);
    holder.dataset.state = "failed";
    const message = (globalThis as { pressrun?: Panels }).pressrun?.failure(error);
    live.replaceChildren(message ?? "");
  }
}

/** The panel that holds the line or figure which the address names, so that it is there to scroll to. */
function hydrateTarget(holders: readonly HTMLElement[]): void {
  const id = decodeURIComponent(location.hash.slice(1));
  const line = /^(.+)-L\d+$/.exec(id);
  if (!line) return;
  const holder = holders.find((each) => each.closest("figure")?.id === line[1]);
  if (!holder) return;
  hydrate(holder);
  const target = document.getElementById(id);
  // `:target` is not looked for again among elements that come later; going there anew makes the browser look.
  if (target) location.replace(location.hash);
}

/** Bring every panel of the page to life, each when it comes near. */
export function hydratePanels(): void {
  const holders = [...document.querySelectorAll<HTMLElement>(".pr-panel[data-fact]")];
  if (holders.length === 0) return;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof HTMLElement)) continue;
        observer.unobserve(target);
        hydrate(target);
      }
    },
    { rootMargin: NEAR },
  );
  for (const holder of holders) observer.observe(holder);
  hydrateTarget(holders);
  addEventListener("hashchange", () => {
    hydrateTarget(holders.filter((holder) => holder.dataset.state === undefined));
  });
}
