/** The looks that all panels share: the series' colours and dashes, and the theme of the page around. */

import css from "./panels.css";

export interface Ink {
  light: string;
  dark: string;
  dash: readonly number[];
}

/**
 * Series colours after Okabe and Ito (2008), safe for colour-blind readers: those of the print face (panels/style.py),
 * in its order. Each has a dash of its own, in line widths, which tells apart what a grey print does not, and a lighter
 * twin of the same hue for dark pages.
 */
const INKS: readonly [Ink, ...Ink[]] = [
  { light: "#0072b2", dark: "#4ba3dc", dash: [] },
  { light: "#d55e00", dark: "#f0884a", dash: [5, 1.8] },
  { light: "#009e73", dark: "#35c49b", dash: [1.2, 1.4] },
  { light: "#cc79a7", dark: "#e09cc3", dash: [6, 1.5, 1.2, 1.5] },
  { light: "#c48800", dark: "#eebb47", dash: [9, 2.4] },
  { light: "#3f9ad6", dark: "#8fd0f5", dash: [2.6, 1.6] },
  { light: "#6b6b6b", dark: "#b5b5b5", dash: [6, 1.5, 1.2, 1.5, 1.2, 1.5] },
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
  if (home.querySelector("style[data-pressrun=panels]")) return;
  const style = document.createElement("style");
  style.dataset.pressrun = "panels";
  style.textContent = css;
  home.append(style);
}

/** Hold a panel to a light or dark theme that Python asks for; "auto" goes with the page. */
export function applyTheme(root: HTMLElement, asked: unknown): void {
  if (asked === "light" || asked === "dark") root.dataset.theme = asked;
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
