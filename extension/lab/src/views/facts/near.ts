/** Whether an element is near what the reader sees: what is drawn only then costs nothing while it is far. */

/** How far outside the notebook's window an output counts as near: about a screen. */
const NEAR = "900px 0px";

/** Call back when an element comes near or leaves, also by a tab hidden or a cell folded; the result ends that. */
export function watchNear(element: HTMLElement, changed: (near: boolean) => void): () => void {
  let last: boolean | null = null;
  // Margins count only for the element that scrolls.
  const root = element.closest(".jp-WindowedPanel-outer, .jp-LinkedOutputView, .jp-MarkdownViewer");
  const observer = new IntersectionObserver(
    (entries) => {
      const near = entries[entries.length - 1]?.isIntersecting ?? false;
      if (near === last) return;
      last = near;
      changed(near);
    },
    { root, rootMargin: NEAR },
  );
  observer.observe(element);
  return () => {
    observer.disconnect();
  };
}
