/** The looks that all panels share: the series' colours and dashes, and the theme of the page around. */

import css from "./panels.css";

export interface Ink {
  light: string;
  dark: string;
  dash: readonly number[];
}

/**
 * Series colours after Okabe and Ito (2008), safe for colour-blind readers, in the order of the print face. Each has a
 * dash of its own, so that a grey print keeps the series apart, and a lighter twin of the same hue for dark pages.
 */
const INKS: readonly [Ink, ...Ink[]] = [
  { light: "#0072b2", dark: "#4ba3dc", dash: [] },
  { light: "#d55e00", dark: "#f0884a", dash: [6, 2.5] },
  { light: "#009e73", dark: "#35c49b", dash: [1.5, 2] },
  { light: "#cc79a7", dark: "#e09cc3", dash: [7, 2, 1.5, 2] },
  { light: "#e69f00", dark: "#f2b73d", dash: [10, 3] },
  { light: "#56b4e9", dark: "#86cbf2", dash: [3, 2] },
  { light: "#6b6b6b", dark: "#b3b3b3", dash: [7, 2, 1.5, 2, 1.5, 2] },
];

/** The ink of a series; past the last colour the round starts again with the dashes moved on by one. */
export function ink(index: number): Ink {
  const at = (place: number): Ink => INKS[((place % INKS.length) + INKS.length) % INKS.length] ?? INKS[0];
  const round = Math.floor(index / INKS.length);
  return { ...at(index), dash: at(index + round).dash };
}

export interface Theme {
  fg: string;
  bg: string;
  muted: string;
  grid: string;
  accent: string;
  dark: boolean;
  font: string;
}

const COLOURS = ["fg", "bg", "muted", "grid", "accent"] as const;

/** Give an element's root the panels' style sheet, once. */
export function adoptStyle(el: HTMLElement): void {
  const root = el.getRootNode();
  const home = root instanceof ShadowRoot ? root : document.head;
  if (home.querySelector("style[data-pressrun]")) return;
  const style = document.createElement("style");
  style.dataset.pressrun = "panels";
  style.textContent = css;
  home.append(style);
}

/** Set the theme's colours that Python asks for; anything else in its dict is left alone. */
export function applyTheme(root: HTMLElement, asked: unknown): void {
  if (typeof asked !== "object" || asked === null) return;
  for (const name of COLOURS) {
    const colour: unknown = (asked as Record<string, unknown>)[name];
    if (typeof colour === "string" && CSS.supports("color", colour)) root.style.setProperty(`--pr-${name}`, colour);
  }
}

/** Read the theme as it stands around an element, every colour resolved by the browser. */
export function readTheme(root: HTMLElement): Theme {
  const probe = document.createElement("span");
  root.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--pr-use-${name})`;
    return getComputedStyle(probe).color;
  };
  const [fg, bg, muted, grid, accent] = COLOURS.map(read) as [string, string, string, string, string];
  probe.remove();
  return { fg, bg, muted, grid, accent, dark: isLight(fg), font: getComputedStyle(root).fontFamily };
}

/** Whether a computed colour is light: light ink means a dark page. */
function isLight(colour: string): boolean {
  const parts = (/\(([^)]*)\)/.exec(colour)?.[1] ?? "").match(/[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
  const [r = 0, g = 0, b = 0] = parts;
  const scale = colour.startsWith("rgb") ? 255 : 1;
  // A colour space with lightness in front (oklch, lab) is judged by that alone.
  if (/^(ok)?l/.test(colour)) return r > (r > 1 ? 50 : 0.5);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / scale > 0.5;
}

/** Call back whenever the page's theme may have changed. */
export function watchTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  const options = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-name", "class", "style"] };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, options);
  return () => {
    media.removeEventListener("change", changed);
    observer.disconnect();
  };
}
