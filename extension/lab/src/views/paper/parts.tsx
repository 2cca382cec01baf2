/** What the sections of the sidebar are made of: a section that folds, and a list that the arrow keys walk. */

import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { FocusEvent, JSX, KeyboardEvent, ReactNode } from "react";
import { useEffect, useId, useRef, useState } from "react";
import type { RequestError } from "../../api/client.ts";
import type { Fault } from "../../api/payloads/papers.ts";
import { Sign } from "./signs.tsx";

/** What the author asks for in the sidebar; the plugin does it by commands. */
export interface PaperActions {
  readonly build: (request?: ReadonlyPartialJSONObject) => void;
  readonly buildMenu: (anchor: HTMLElement) => void;
  readonly cancel: () => void;
  readonly preview: () => void;
  readonly goTo: (cell: string) => void;
  readonly compare: (old?: number, next?: number) => void;
  readonly openVersion: (number: number) => void;
  readonly showRuns: () => void;
  readonly newPaper: () => void;
  readonly open: (path: string) => void;
  readonly copy: (text: string) => void;
  /** Go back to the notebook, where the author's cursor was. */
  readonly leave: () => void;
}

/** Which sections the author folded or unfolded; kept by the sidebar while JupyterLab runs. */
export type Folds = Map<string, boolean>;

interface SectionProps {
  readonly title: string;
  readonly folds: Folds;
  readonly open?: boolean;
  /** Beside the title: a number, a word. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, folds, open = true, aside, children }: SectionProps): JSX.Element {
  const [isOpen, setOpen] = useState(folds.get(title) ?? open);
  const id = useId();
  const toggle = (): void => {
    folds.set(title, !isOpen);
    setOpen(!isOpen);
  };
  return (
    <section className="jp-pr-paper-section" aria-labelledby={`${id}-title`}>
      <h3 className="jp-pr-paper-section-title" id={`${id}-title`}>
        <button type="button" aria-expanded={isOpen} aria-controls={id} onClick={toggle}>
          <Sign name={isOpen ? "down" : "right"} />
          <span>{title}</span>
          {aside !== undefined && <span className="jp-pr-paper-aside">{aside}</span>}
        </button>
      </h3>
      <div id={id} className="jp-pr-paper-section-body" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </section>
  );
}

interface WalkedProps {
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
}

/** A list whose buttons are one stop of the Tab key; the arrow keys walk them. */
export function Walked({ label, className, children }: WalkedProps): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const stop = useRef<HTMLElement | null>(null);
  // Buttons come and go with what is shown; exactly one of them is to be the stop.
  useEffect(() => {
    const buttons = list.current ? buttonsOf(list.current) : [];
    if (!stop.current || !buttons.includes(stop.current)) stop.current = buttons[0] ?? null;
    for (const button of buttons) button.tabIndex = button === stop.current ? 0 : -1;
  });
  const keep = ({ currentTarget, target }: FocusEvent<HTMLElement>): void => {
    const buttons = buttonsOf(currentTarget);
    if (!buttons.includes(target)) return;
    stop.current = target;
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
  };
  return (
    <ul className={className} aria-label={label} onKeyDown={walk} onFocus={keep} ref={list}>
      {children}
    </ul>
  );
}

function buttonsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-walk]")];
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const buttons = buttonsOf(event.currentTarget);
  const at = buttons.indexOf(event.target as HTMLElement);
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: buttons.length - 1,
  };
  const next = targets[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  buttons[Math.max(0, Math.min(next, buttons.length - 1))]?.focus();
}

interface TroubleProps {
  readonly title: string;
  readonly fault: Fault | RequestError;
  readonly children?: ReactNode;
}

/** What is wrong, where, and what to do about it. */
export function Trouble({ title, fault, children }: TroubleProps): JSX.Element {
  return (
    <div className="jp-pr-paper-trouble" role="group" aria-label={title}>
      <p className="jp-pr-paper-trouble-title">
        <Sign name="cross" tone="bad" /> {title}
      </p>
      <p className="jp-pr-paper-trouble-what">{fault.what}</p>
      {fault.where && <p className="jp-pr-paper-quiet">{fault.where}</p>}
      {fault.hint && <p className="jp-pr-paper-hint">{fault.hint}</p>}
      {children}
    </div>
  );
}

/** A plain line that says what is going on where there is nothing else to show. */
export function Quiet({ children }: { readonly children: ReactNode }): JSX.Element {
  return <p className="jp-pr-paper-quiet">{children}</p>;
}
