/** The dialog that begins a paper: its name, checked as it is typed, its title and its template. */

import type { Dialog } from "@jupyterlab/apputils";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { JSX } from "react";
import { useLayoutEffect, useRef, useState } from "react";
import type { RequestError } from "../../api/client.ts";
import type { NewPaper } from "../../api/payloads/papers.ts";
import type { Beginnings } from "../../models/paper/new-paper.ts";
import { nameProblem, titleOf } from "../../models/paper/new-paper.ts";
import { Trouble } from "./parts.tsx";

export class NewPaperBody extends ReactWidget implements Dialog.IBodyWidget<Required<NewPaper>> {
  private readonly _beginnings: Beginnings;
  private readonly _fault: RequestError | null;
  private _value: Required<NewPaper>;

  /** `value` is what the fields begin with, `fault` why the server refused it. */
  constructor(beginnings: Beginnings, value: Required<NewPaper>, fault: RequestError | null) {
    super();
    this._beginnings = beginnings;
    this._value = value;
    this._fault = fault;
    this.addClass("jp-pr-paper-new");
  }

  getValue(): Required<NewPaper> {
    return this._value;
  }

  protected override render(): JSX.Element {
    return (
      <Fields
        beginnings={this._beginnings}
        value={this._value}
        fault={this._fault}
        change={(value) => {
          this._value = value;
        }}
      />
    );
  }
}

interface FieldsProps {
  readonly beginnings: Beginnings;
  readonly value: Required<NewPaper>;
  readonly fault: RequestError | null;
  readonly change: (value: Required<NewPaper>) => void;
}

function Fields({ beginnings, value: first, fault, change }: FieldsProps): JSX.Element {
  const [value, setValue] = useState(first);
  const [isTouched, setTouched] = useState(first.name !== "");
  const field = useRef<HTMLInputElement>(null);
  const problem = nameProblem(value.name, beginnings.names);
  // Before the next key is heard: Enter may follow the name's last letter at once.
  useLayoutEffect(() => {
    const input = field.current;
    if (!input) return;
    input.setCustomValidity(problem);
    // JupyterLab's dialog looks at the fields' validity when it hears of input.
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, [problem]);
  // The dialog looks for what to focus before React has made it.
  useLayoutEffect(() => {
    field.current?.focus();
  }, []);
  const set = (part: Partial<NewPaper>): void => {
    const next = { ...value, ...part };
    setValue(next);
    change(next);
  };
  return (
    <>
      {fault && <Trouble title="The paper was not written" fault={fault} />}
      <label className="jp-pr-paper-field">
        <span>Name</span>
        <input
          ref={field}
          className="jp-mod-styled"
          value={value.name}
          spellCheck={false}
          autoComplete="off"
          placeholder="first-paper"
          aria-describedby="jp-pr-paper-new-name"
          aria-invalid={isTouched && problem !== ""}
          onChange={({ target }) => {
            setTouched(true);
            set({ name: target.value });
          }}
        />
        <span
          id="jp-pr-paper-new-name"
          className={isTouched && problem ? "jp-pr-paper-field-problem" : "jp-pr-paper-quiet"}
          role="status"
        >
          {isTouched && problem ? problem : "It becomes a folder and an address."}
        </span>
      </label>
      <label className="jp-pr-paper-field">
        <span>Title</span>
        <input
          className="jp-mod-styled"
          value={value.title}
          placeholder={titleOf(value.name) || "Made from the name"}
          onChange={({ target }) => {
            set({ title: target.value });
          }}
        />
      </label>
      <fieldset className="jp-pr-paper-templates">
        <legend>Template</legend>
        {beginnings.templates.map(({ name, title, description }) => (
          <label key={name} className="jp-pr-paper-template">
            <input
              type="radio"
              name="jp-pr-paper-template"
              value={name}
              checked={value.template === name}
              onChange={() => {
                set({ template: name });
              }}
            />
            <span>
              <strong>{title}</strong>
              <span className="jp-pr-paper-quiet">{description}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
