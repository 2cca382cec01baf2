/** A published page's behaviour. The page is whole without it: everything here adds to what the static page says. */

import { copyCitation } from "./citation.ts";
import { highlightContents } from "./contents.ts";
import { followWindow } from "./embedded.ts";
import { hydratePanels } from "./hydrate.ts";
import css from "./page.css";
import { switchTheme } from "./theme.ts";
import { openTips } from "./tips.ts";

/** Start one part; what fails in it is told to the console, and the others go on. */
function start(part: () => void): void {
  try {
    part();
  } catch (error) {
    console.error("pressrun:", error);
  }
}

function startAll(): void {
  const style = document.createElement("style");
  style.dataset.pressrun = "page";
  style.textContent = css;
  document.head.append(style);
  for (const part of [switchTheme, openTips, highlightContents, copyCitation, hydratePanels, followWindow]) start(part);
}

// Panels come as a module script, and modules have run when the document is ready.
if (document.readyState === "complete") startAll();
else document.addEventListener("DOMContentLoaded", startAll, { once: true });
