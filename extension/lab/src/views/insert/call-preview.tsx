/** What a call shows: the panel itself, drawn as in a notebook; a value's number; a claim's verdict. */

import { useEffect, useRef, useState } from "react";
import type { JSX } from "react";
import type { Preview } from "../../api/payloads/panels.ts";
import type { Cleanup, Model } from "../../../panels/model.ts";

/** A panel's model that nobody else listens to: the fact changes, the reader's choices stay. */
class PreviewModel implements Model {
  private readonly _state = new Map<string, unknown>([["memory", new Map()]]);
  private readonly _listeners = new Map<string, Set<() => void>>();

  get(key: string): unknown {
    return this._state.get(key);
  }

  set(key: string, value: unknown): void {
    if (this._state.get(key) === value) return;
    this._state.set(key, value);
    for (const listener of this._listeners.get(`change:${key}`) ?? []) listener();
  }

  save_changes(): void {
    // Nobody else holds this model.
  }

  on(event: string, callback: () => void): void {
    const listeners = this._listeners.get(event) ?? new Set();
    this._listeners.set(event, listeners.add(callback));
  }

  off(event: string, callback: () => void): void {
    this._listeners.get(event)?.delete(callback);
  }
}

export function CallPreview({ preview }: { preview: Preview }): JSX.Element {
  if (preview.mime.includes("panel")) return <PanelPreview fact={preview.fact} />;
  const fact = preview.fact as Partial<Record<string, unknown>>;
  const disclosure = (fact.disclosure as { text?: string } | undefined)?.text ?? "";
  if (preview.mime.includes("claim")) {
    return (
      <div className="jp-pr-claim-preview" data-verdict={String(fact.verdict)}>
        <p>
          <strong className="jp-pr-call-verdict">{String(fact.verdict)}</strong> {String(fact.statement)}
        </p>
        <p>{String(fact.reason)}</p>
        <p className="jp-pr-call-preview-foot">{disclosure}</p>
      </div>
    );
  }
  return (
    <div className="jp-pr-value-preview">
      <p>
        … reaches <strong>{String(fact.text)}</strong> on …
      </p>
      {typeof fact.reason === "string" && fact.reason && <p>{fact.reason}</p>}
      <p className="jp-pr-call-preview-foot">{disclosure}</p>
    </div>
  );
}

function PanelPreview({ fact }: { fact: unknown }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [model] = useState(() => new PreviewModel());

  useEffect(() => {
    model.set("fact", fact);
  }, [model, fact]);

  useEffect(() => {
    let cleanup: Cleanup | null = null;
    let gone = false;
    const theme = (): void => {
      model.set("theme", document.body.dataset.jpThemeLight === "false" ? "dark" : "light");
    };
    theme();
    const themes = new MutationObserver(theme);
    themes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
    void import("../../../panels/index.ts").then(({ default: panels }) => {
      if (gone || !host.current) return;
      cleanup = panels.render({ model, el: host.current });
    });
    return () => {
      gone = true;
      themes.disconnect();
      cleanup?.();
    };
  }, [model]);

  return <div className="jp-pr-panel-preview" ref={host} />;
}
