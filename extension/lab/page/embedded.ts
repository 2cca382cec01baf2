/** A page in a frame, as JupyterLab shows it: it tells where it is scrolled to, and goes where it is told to. */

/** What the window around it may say; it is taken as data from anybody, and can scroll and colour the page at most. */
interface Said {
  readonly pressrun?: unknown;
  readonly y?: unknown;
  readonly anchor?: unknown;
  readonly dark?: unknown;
}

/** Pixels below the upper edge at which an element counts as the one that is read. */
const READ = 16;

function landmarks(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main :is(h1, h2, h3, h4, h5, h6, figure, .pr-claim)[id]")];
}

/** The place that is read: the nearest landmark above, and the pixels from it; from the top where there is none. */
function placeOf(): { y: number; anchor: string } {
  // Browsers scroll by whole pixels: a landmark that was gone to may stand up to one below the line.
  const above = landmarks().filter((each) => each.getBoundingClientRect().top < READ + 1);
  const last = above[above.length - 1];
  return last ? { y: -last.getBoundingClientRect().top, anchor: last.id } : { y: scrollY, anchor: "" };
}

function goTo(y: number | null, anchor: string): void {
  const landmark = anchor ? document.getElementById(anchor) : null;
  if (landmark) scrollTo({ top: scrollY + landmark.getBoundingClientRect().top + (y ?? -READ), behavior: "instant" });
  else if (!anchor && y !== null) scrollTo({ top: y, behavior: "instant" });
}

/** Talk with the window that the page is embedded in; a page in a window of its own talks with nobody. */
export function followWindow(): void {
  if (parent === window) return;
  let waiting = false;
  const tell = (): void => {
    waiting = false;
    // The page is sandboxed, and so cannot know whose window it is in. Where it is scrolled to is no secret.
    parent.postMessage({ pressrun: "scrolled", ...placeOf() }, "*");
  };
  const tellSoon = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(tell);
  };
  addEventListener("scroll", tellSoon, { passive: true });
  addEventListener("message", ({ source, data }: MessageEvent<Said | null>) => {
    if (source !== parent) return;
    if (data?.pressrun === "scroll") {
      const y = typeof data.y === "number" && Number.isFinite(data.y) ? data.y : null;
      goTo(y, typeof data.anchor === "string" ? data.anchor : "");
      // A frame that is not seen yet draws no frames: what is waited for is told at once.
      tell();
    } else if (data?.pressrun === "theme") {
      document.documentElement.dataset.theme = data.dark === true ? "dark" : "light";
      const button = document.getElementById("pr-theme");
      if (button) button.hidden = true;
    }
  });
}
