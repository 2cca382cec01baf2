/** The table of contents marks the section that is being read. */

/** A heading counts as reached when it stands in the upper part of the window. */
const READING_LINE = 0.3;

/** Scroll the contents, where they scroll by themselves, so that a link is seen; never the page. */
function keepInView(link: HTMLAnchorElement): void {
  const nav = link.closest("nav");
  if (!nav || nav.scrollHeight <= nav.clientHeight) return;
  const [box, own] = [nav.getBoundingClientRect(), link.getBoundingClientRect()];
  if (own.top < box.top) nav.scrollTop -= box.top - own.top;
  else if (own.bottom > box.bottom) nav.scrollTop += own.bottom - box.bottom;
}

/** Mark the current section's link in nav.pr-toc with aria-current. */
export function highlightContents(): void {
  // A page has its contents twice: beside the text, and folded where there is no room beside it.
  const links = new Map<Element, HTMLAnchorElement[]>();
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav.pr-toc a[href^="#"]')) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    // Claims are listed, too, after all sections; being in one is still being in its section.
    if (heading && !heading.matches(".pr-claim")) links.set(heading, [...(links.get(heading) ?? []), link]);
  }
  if (links.size === 0) return;
  let current: readonly HTMLAnchorElement[] | undefined;
  let waiting = false;
  const mark = (): void => {
    waiting = false;
    const line = innerHeight * READING_LINE;
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
    const all = [...links];
    const reached = atEnd ? all : all.filter(([heading]) => heading.getBoundingClientRect().top <= line);
    const next = reached[reached.length - 1]?.[1];
    if (next === current) return;
    for (const link of current ?? []) link.removeAttribute("aria-current");
    for (const link of next ?? []) {
      link.setAttribute("aria-current", "true");
      keepInView(link);
    }
    current = next;
  };
  const later = (): void => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later, { passive: true });
  mark();
}
