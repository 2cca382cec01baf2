/** A text field that completes: any text may be written, and known ones are offered. */

import { useId, useState } from "react";
import type { JSX, KeyboardEvent } from "react";

export interface Names {
  id?: string;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
  label?: string;
}

interface ComboboxProps extends Names {
  value: string;
  options: readonly string[];
  placeholder?: string;
  onChange: (value: string) => void;
  /** Takes what was chosen or confirmed with Enter; without it the value alone counts. */
  onTake?: (value: string) => void;
  /** Backspace in an empty field. */
  onErase?: () => void;
}

/** Options shown at a time. */
const MOST = 60;

/** The options that fit a text, those that begin with it first; all of them where it already is one. */
function fitting(options: readonly string[], text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted || options.includes(text)) return options.slice(0, MOST);
  const rank = (option: string): number => {
    const at = option.toLowerCase().indexOf(wanted);
    return at < 0 ? 3 : at === 0 ? 0 : /[a-z0-9]/i.test(option.charAt(at - 1)) ? 2 : 1;
  };
  return options
    .map((option) => ({ option, rank: rank(option) }))
    .filter((each) => each.rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ option }) => option);
}

export function Combobox({
  value,
  options,
  placeholder,
  onChange,
  onTake,
  onErase,
  id,
  describedBy,
  invalid,
  label,
}: ComboboxProps): JSX.Element {
  const list = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const found = open ? fitting(options, value) : [];
  const shown = found.length > 0;

  const close = (): void => {
    setOpen(false);
    setActive(-1);
  };
  const take = (option: string): void => {
    (onTake ?? onChange)(option);
    close();
  };
  const keyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const option = shown ? found[active] : undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!shown) setOpen(true);
      else {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setActive((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
      }
    } else if (event.key === "Enter" && (option !== undefined || (onTake && value.trim()))) {
      // Enter in a field that is done sends the form.
      event.preventDefault();
      take(option ?? value.trim());
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !value) onErase?.();
  };

  return (
    <span className="jp-pr-combobox">
      <input
        className="jp-pr-edit"
        type="text"
        role="combobox"
        id={id}
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={list}
        aria-activedescendant={shown && active >= 0 ? `${list}-${active}` : undefined}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => {
          setOpen(true);
        }}
        onBlur={close}
        onKeyDown={keyDown}
      />
      <ul className="jp-pr-options" role="listbox" id={list} aria-label={label ?? "Suggestions"} hidden={!shown}>
        {found.map((option, index) => (
          <li
            key={option}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            ref={index === active ? scrollIntoView : null}
            // Taking an option must not take the focus off the field.
            onMouseDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            {option}
          </li>
        ))}
      </ul>
    </span>
  );
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

interface ChipsProps extends Names {
  values: readonly string[];
  options: readonly string[];
  placeholder?: string;
  onChange: (values: string[]) => void;
}

/** Several texts in order: each can be removed, and another is written or chosen after them. */
export function Chips({ values, options, placeholder, onChange, ...names }: ChipsProps): JSX.Element {
  const [text, setText] = useState("");
  const add = (value: string): void => {
    setText("");
    if (value && !values.includes(value)) onChange([...values, value]);
  };
  return (
    <span
      className="jp-pr-chips"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) add(text.trim());
      }}
    >
      {values.map((value, index) => (
        <span className="jp-pr-chip" key={value}>
          <span className="jp-pr-chip-text">{value}</span>
          <button
            type="button"
            className="jp-pr-chip-remove"
            aria-label={`Remove ${value}`}
            onClick={() => {
              onChange(values.filter((_, place) => place !== index));
            }}
          >
            ×
          </button>
        </span>
      ))}
      <Combobox
        {...names}
        value={text}
        options={options.filter((option) => !values.includes(option))}
        {...(values.length === 0 && placeholder ? { placeholder } : {})}
        onChange={setText}
        onTake={add}
        onErase={() => {
          onChange(values.slice(0, -1));
        }}
      />
    </span>
  );
}
