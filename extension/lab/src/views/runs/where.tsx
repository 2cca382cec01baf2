/** Where a where-expression is written: with suggestions, its mistakes shown in place, and how many runs it finds. */

import { useId, useRef, useState } from "react";
import type { JSX, KeyboardEvent } from "react";
import type { Where } from "../../models/runs/where.ts";
import { fromPoints } from "../../models/runs/where.ts";
import { plural } from "./text.ts";
import { useSignal } from "../use-signal.ts";

interface WhereFieldProps {
  model: Where;
  label?: string;
  /** What is counted: "runs". */
  placeholder?: string;
}

interface Item {
  text: string;
  kind: string;
  detail: string;
  take: () => void;
}

const KIND_SIGNS: Readonly<Record<string, string>> = {
  field: "▤",
  value: "“”",
  operator: "≷",
  function: "ƒ",
  used: "↺",
};

export function WhereField({ model, label = "Filter runs", placeholder }: WhereFieldProps): JSX.Element {
  useSignal(model.changed);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<"" | "suggestions" | "history">("");
  const [active, setActive] = useState(-1);

  const close = (): void => {
    setOpen("");
    setActive(-1);
  };
  const suggest = (position: number, unasked = false): void => {
    void model.complete(position, unasked);
    setOpen("suggestions");
    setActive(-1);
  };
  /** Write into the field as keys do, so that the author can undo it. */
  const write = (text: string, from: number, to: number): void => {
    const field = input.current;
    if (!field) return;
    field.focus();
    field.setSelectionRange(from, to);
    // The one way to change a field's text that its own undo knows of.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    document.execCommand(text ? "insertText" : "delete", false, text);
  };
  const clear = (): void => {
    write("", 0, model.text.length);
    close();
  };

  const items: Item[] =
    open === "history"
      ? model.history.map((text) => ({
          text,
          kind: "used",
          detail: "",
          take: () => {
            write(text, 0, model.text.length);
            close();
          },
        }))
      : open === "suggestions"
        ? model.suggestions.map((suggestion) => ({
            ...suggestion,
            take: () => {
              const { text, from, to } = model.with(suggestion);
              write(text, from, to);
            },
          }))
        : [];
  const shown = items.length > 0;

  const keyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const position = event.currentTarget.selectionStart ?? 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!shown) suggest(position);
      else {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setActive((active + step + items.length + (active < 0 && step < 0 ? 1 : 0)) % items.length);
      }
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      suggest(position);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const item = items[active];
      if (item) item.take();
      else {
        close();
        model.commit();
      }
    } else if (event.key === "Tab" && items[active]) {
      event.preventDefault();
      items[active].take();
    } else if (event.key === "Escape") {
      // Suggestions that are still on their way are put away as well: a key's effect must not hang on the server's pace.
      if (open) close();
      else if (model.text) clear();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const { error, failure, found } = model;
  const words = failure || (error ? error.what : "");
  return (
    <div
      className="jp-pr-where"
      onBlur={(event) => {
        if (event.currentTarget.contains(event.relatedTarget)) return;
        close();
        model.commit();
      }}
    >
      <div className="jp-pr-where-box" data-wrong={error ? true : undefined}>
        <div className="jp-pr-where-text">
          <div className="jp-pr-where-mirror" aria-hidden="true" ref={mirror}>
            <Marked model={model} />
          </div>
          <input
            ref={input}
            className="jp-pr-where-input"
            type="text"
            role="combobox"
            aria-label={label}
            aria-autocomplete="list"
            aria-expanded={shown}
            aria-controls={`${id}-list`}
            aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
            aria-invalid={error ? true : undefined}
            aria-describedby={`${id}-words`}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder={placeholder ?? "config.model == 'svm'"}
            value={model.text}
            onChange={(event) => {
              model.set(event.target.value);
              suggest(event.target.selectionStart ?? event.target.value.length, true);
            }}
            onScroll={(event) => {
              if (mirror.current) mirror.current.scrollLeft = event.currentTarget.scrollLeft;
            }}
            onKeyDown={keyDown}
          />
        </div>
        {model.text && (
          <button
            type="button"
            className="jp-pr-icon"
            aria-label="Clear the filter"
            title="Clear the filter"
            onClick={clear}
          >
            ×
          </button>
        )}
        {model.history.length > 0 && (
          <button
            type="button"
            className="jp-pr-icon"
            aria-label="Recent filters"
            title="Recent filters"
            aria-expanded={open === "history"}
            onClick={() => {
              input.current?.focus();
              setActive(-1);
              setOpen(open === "history" ? "" : "history");
            }}
          >
            ↺
          </button>
        )}
      </div>
      <ul
        className="jp-pr-where-list"
        role="listbox"
        id={`${id}-list`}
        aria-label={open === "history" ? "Recent filters" : "Suggestions"}
        hidden={!shown}
      >
        {items.map((item, index) => (
          <li
            key={`${item.kind} ${item.text}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            ref={index === active ? scrollIntoView : null}
            // Taking a suggestion must not take the focus off the field.
            onMouseDown={(event) => {
              event.preventDefault();
              item.take();
            }}
          >
            <span className="jp-pr-where-kind" aria-hidden="true">
              {KIND_SIGNS[item.kind]}
            </span>
            <span className="jp-pr-where-item">{item.text}</span>
            <span className="jp-pr-where-detail">{item.detail}</span>
          </li>
        ))}
      </ul>
      <div className="jp-pr-where-foot" data-wrong={words ? true : undefined}>
        <span id={`${id}-words`} role="status">
          {words ? (
            <>
              <span aria-hidden="true">⚠ </span>
              {words}
              {error?.hint && <span className="jp-pr-where-hint"> → {error.hint}</span>}
            </>
          ) : (
            found && countText(found.matched, found.total)
          )}
        </span>
        {words && found && <span className="jp-pr-where-before">still {countText(found.matched, found.total)}</span>}
      </div>
    </div>
  );
}

function countText(matched: number, total: number): string {
  return matched === total ? plural(total, "run") : `${matched.toLocaleString("en")} of ${plural(total, "run")}`;
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** The text once more, invisible but for the line under what is wrong. */
function Marked({ model }: { model: Where }): JSX.Element {
  const { text, error } = model;
  if (!error) return <>{text}</>;
  const from = Math.min(fromPoints(text, error.position), text.length);
  const to = Math.max(from, fromPoints(text, error.position + error.length));
  return (
    <>
      {text.slice(0, from)}
      <mark>{text.slice(from, to) || " "}</mark>
      {text.slice(to)}
    </>
  );
}
