/** What can be inserted, by picture. */

import type { JSX } from "react";
import { LabIcon } from "@jupyterlab/ui-components";
import type { Kind } from "../../api/payloads/panels.ts";

interface GalleryProps {
  kinds: readonly Kind[];
  choose: (kind: string) => void;
}

const FAMILIES: readonly { family: Kind["family"]; title: string }[] = [
  { family: "panel", title: "Panels" },
  { family: "value", title: "Numbers" },
  { family: "claim", title: "Claims" },
];

const icons = new Map<string, LabIcon>();

/** The picture of a kind as an icon, which JupyterLab parses once and for all. */
function pictureOf({ kind, picture }: Kind): LabIcon {
  let icon = icons.get(kind);
  if (!icon) icons.set(kind, (icon = new LabIcon({ name: `pressrun:${kind}`, svgstr: picture })));
  return icon;
}

export function PanelGallery({ kinds, choose }: GalleryProps): JSX.Element {
  return (
    <div className="jp-pr-gallery">
      {FAMILIES.map(({ family, title }) => (
        <section key={family} aria-label={title}>
          <h2>{title}</h2>
          <ul>
            {kinds
              .filter((kind) => kind.family === family)
              .map((kind) => (
                <li key={kind.kind}>
                  <Card kind={kind} choose={choose} />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Card({ kind, choose }: { kind: Kind; choose: GalleryProps["choose"] }): JSX.Element {
  const Picture = pictureOf(kind);
  return (
    <button
      type="button"
      className="jp-pr-card"
      data-kind={kind.kind}
      onClick={() => {
        choose(kind.kind);
      }}
    >
      <Picture.react tag="span" className="jp-pr-picture" aria-hidden="true" />
      <span className="jp-pr-card-title">{kind.title}</span>
      <span className="jp-pr-card-words">{kind.description}</span>
    </button>
  );
}
