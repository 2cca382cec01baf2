/** The table of contents marks the section that is being read. */

/** A heading counts as reached when it stands in the upper part of the window. */
const READING_LINE = 0.3;

/** Mark the current section's link in nav.pr-toc with aria-current. */
export function highlightContents(): void {
  const links = new Map<Element, HTMLAnchorElement>();
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav.pr-toc a[href^="#"]')) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (heading) links.set(heading, link);
  }
  if (links.size === 0) return;
  let current: HTMLAnchorElement | undefined;
  let waiting = false;
  const mark = (): void => {
    waiting = false;
    const line = innerHeight * READING_LINE;
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
    const all = [...links];
    const reached = atEnd ? all : all.filter(([heading]) => heading.getBoundingClientRect().top <= line);
    const next = reached[reached.length - 1]?.[1];
    if (next === current) return;
    current?.removeAttribute("aria-current");
    next?.setAttribute("aria-current", "true");
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
