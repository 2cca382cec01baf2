/** The tips of inline values: opened by hover, focus or tap, closed by Escape, and always inside the window. */

const GAP = 6;

/** Place a tip above its value, or below where there is no room, and within the window's sides. */
function place(value: HTMLElement, tip: HTMLElement): void {
  tip.removeAttribute("style");
  // On a phone the page's own style already fixes tips to the window.
  if (getComputedStyle(tip).position === "fixed") return;
  Object.assign(tip.style, {
    position: "fixed",
    inset: "auto",
    margin: "0",
    transform: "none",
    boxSizing: "border-box",
    width: "max-content",
    maxWidth: `min(24rem, ${document.documentElement.clientWidth - 2 * GAP}px)`,
    left: "0px",
    top: "0px",
  });
  const [anchor, box] = [value.getBoundingClientRect(), tip.getBoundingClientRect()];
  const farthest = document.documentElement.clientWidth - box.width - GAP;
  const left = Math.max(GAP, Math.min(farthest, anchor.left + anchor.width / 2 - box.width / 2));
  const above = anchor.top - box.height - GAP;
  const top = above >= GAP ? above : anchor.bottom + GAP;
  // Where an ancestor is what fixed elements are placed by, the measured corner tells its offset.
  tip.style.left = `${left - box.left}px`;
  tip.style.top = `${top - box.top}px`;
}

/** Make the tips of all .pr-value reachable. */
export function openTips(): void {
  let open: HTMLElement | null = null;

  const close = (): void => {
    if (open) open.dataset.tip = "closed";
    open = null;
  };
  const show = (value: HTMLElement): void => {
    const tip = value.querySelector<HTMLElement>(":scope > .pr-tip");
    if (!tip) return;
    if (open !== value) close();
    open = value;
    value.dataset.tip = "open";
    place(value, tip);
  };

  for (const value of document.querySelectorAll<HTMLElement>(".pr-value")) {
    const tip = value.querySelector<HTMLElement>(":scope > .pr-tip");
    if (!tip) continue;
    value.tabIndex = 0;
    value.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") show(value);
    });
    value.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch" && open === value) close();
    });
    value.addEventListener("focus", () => {
      show(value);
    });
    value.addEventListener("blur", () => {
      if (open === value) close();
    });
    value.addEventListener("click", (event) => {
      if (!tip.contains(event.target as Node)) show(value);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (open && !open.contains(event.target as Node)) close();
  });
  addEventListener("scroll", close, { passive: true });
  addEventListener("resize", close, { passive: true });
}
