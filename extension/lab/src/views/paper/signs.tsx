/** The small signs of states, verdicts and outcomes, and the icons of papers; each is told apart by its shape alone. */

import { LabIcon } from "@jupyterlab/ui-components";
import type { JSX } from "react";

/** Paths in a box of 16. */
const PATHS = {
  check: "M6.3 12.4 2.4 8.5l1.5-1.5 2.4 2.4 5.8-5.8 1.5 1.5z",
  cross: "m4 2.6 4 4 4-4L13.4 4l-4 4 4 4-1.4 1.4-4-4-4 4L2.6 12l4-4-4-4z",
  question:
    "M8 2C5.8 2 4.2 3.5 4.2 5.6h2c0-1 .7-1.7 1.8-1.7s1.7.6 1.7 1.5c0 .7-.4 1.1-1.1 1.6C7.6 7.7 7 8.4 7 9.8V10.5h2v-.5" +
    "c0-.7.3-1 1-1.5.9-.7 1.7-1.5 1.7-3C11.7 3.4 10.2 2 8 2zM7 12h2v2H7z",
  missing:
    "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 2c1 0 1.9.3 2.6.8L4.3 10.6A4.5 4.5 0 0 1 8 3.5zm0 9" +
    "c-1 0-1.9-.3-2.6-.8l6.3-6.3A4.5 4.5 0 0 1 8 12.5z",
  clock:
    "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM7.2 5v3.6l2.7 1.6" +
    ".7-1.2-1.9-1.2V5z",
  ring: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zm0 2a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
  working: "M8 1.5v2A4.5 4.5 0 1 1 3.5 8h-2A6.5 6.5 0 1 0 8 1.5z",
  dot: "M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  dash: "M3 7h10v2H3z",
  same: "M3 4.5h10v2H3zm0 5h10v2H3z",
  warning: "M8 1.5 15.5 14.5H.5zM7.1 6v4.2h1.8V6zm0 5.4V13h1.8v-1.6z",
  down: "M3.5 5.5h9L8 10.5z",
  right: "M5.5 3.5v9l5-4.5z",
} as const;

export type SignName = keyof typeof PATHS;

interface SignProps {
  readonly name: SignName;
  readonly tone?: string;
}

/** A sign; what it says stands beside it in words, or in the label of what holds it. */
export function Sign({ name, tone = "plain" }: SignProps): JSX.Element {
  return (
    <svg
      className={`jp-pr-paper-sign jp-pr-paper-tone-${tone}${name === "working" ? " jp-pr-paper-turning" : ""}`}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} fillRule="evenodd" />
    </svg>
  );
}

/** An icon that takes the colour of JupyterLab's own. */
function iconOf(name: string, path: string): LabIcon {
  const svgstr =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">' +
    `<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="${path}"/></svg>`;
  return new LabIcon({ name: `pressrun:${name}`, svgstr });
}

/** A page of text with a check mark: the sidebar, launcher and tabs of papers. */
export const paperIcon = iconOf(
  "paper",
  "M5 2h9l5 5v4.5l-2 2V8h-4V4H7v16h4.5l2 2H5zM9 10h6v1.8H9zm0 3.6h5v1.8H9zm6.5 7.9-3.3-3.3 1.4-1.4 1.9 1.9 4.4-4.4 1.4 1.4z",
);

/** Two pages: the comparison of versions. */
export const versionsIcon = iconOf(
  "versions",
  "M3 4h8v16H3zm2 2v12h4V6zm8-2h8v16h-8zm2 2v12h4V6zm.8 2.5h2.4V10h-2.4zm0 3.5h2.4v1.5h-2.4z",
);

/** An eye: the preview. */
export const previewIcon = iconOf(
  "preview",
  "M12 5C7 5 2.7 8.1 1 12.5 2.7 16.9 7 20 12 20s9.3-3.1 11-7.5C21.3 8.1 17 5 12 5zm0 12.5a5 5 0 1 1 0-10 5 5 0 0 1 0 10z" +
    "m0-8a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
);
