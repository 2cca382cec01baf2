/** The code panel: an excerpt as a run ran it, its lines numbered, linkable and easy to copy. */

import { button, h } from "./elements.ts";
import { FactError } from "./fact.ts";
import type { CodeView, PanelFact } from "./fact.ts";
import { fallbackOf } from "./model.ts";
import { panel } from "./shell.ts";
import type { Drawn, Stage } from "./shell.ts";
import { count, printable, visible } from "./text.ts";

/** Split highlighted code into lines; an element that spans several, as a docstring does, is opened in each. */
function splitLines(code: Node): DocumentFragment[] {
  const lines = [document.createDocumentFragment()];
  const walk = (node: Node, wrap: (inner: Node) => Node): void => {
    for (const child of node.childNodes) {
      if (child instanceof Text) {
        for (const [i, part] of child.data.split("\n").entries()) {
          if (i > 0) lines.push(document.createDocumentFragment());
          if (part !== "") lines[lines.length - 1]?.append(wrap(document.createTextNode(part)));
        }
      } else if (child instanceof HTMLElement && child.dataset.line !== undefined) {
        // The fallback's own mark of a line: lines are numbered anew here.
        walk(child, wrap);
      } else if (child instanceof HTMLElement) {
        walk(child, (inner) => {
          const shell = child.cloneNode(false) as HTMLElement;
          shell.removeAttribute("id");
          shell.append(inner);
          return wrap(shell);
        });
      }
    }
  };
  walk(code, (inner) => inner);
  if (lines.length > 1 && lines[lines.length - 1]?.childNodes.length === 0) lines.pop();
  return lines;
}

/** The fallback's highlighted lines, when they say the same as the fact; else the fact's own text, plain. */
function linesOf(view: CodeView, fallback: HTMLElement | null): DocumentFragment[] {
  const plain = document.createDocumentFragment();
  plain.append(visible(view.text).replace(/\n+$/, ""));
  const text = splitLines(plain);
  const highlighted = fallback?.querySelector("pre code") ?? fallback?.querySelector("pre") ?? null;
  if (highlighted === null) return text;
  const lines = splitLines(highlighted);
  const same = lines.length === text.length && lines.every((line, i) => line.textContent === text[i]?.textContent);
  return same ? lines : text;
}

async function copy(text: string, code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page from a file, or a browser that refuses: leave the code selected for the reader's own copy.
    getSelection()?.selectAllChildren(code);
    return false;
  }
}

/** As of when the code stands: its commit, and the run that ran it. */
function standing({ commit, dirty, run }: CodeView, { runs, view }: PanelFact): string {
  const cut = typeof view.cut === "number" ? view.cut : 0;
  const parts = [
    commit ? `commit ${commit.slice(0, 10)}${dirty ? " with uncommitted changes" : ""}` : "",
    run ? `as run ${printable(runs[0]?.name ?? run)} ran it` : "",
    cut > 0 ? `${count(cut, "more line")} not shown` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** Draw a code panel. */
export function drawCode({ fact, model, root, toolbar, body, say }: Stage): Drawn {
  const view = fact.view as Partial<CodeView>;
  if (typeof view.text !== "string") throw new FactError("The code panel's fact holds no code.");
  const first = typeof view.first_line === "number" ? view.first_line : 1;
  const full: CodeView = {
    path: view.path ?? "",
    symbol: view.symbol ?? "",
    language: view.language ?? "",
    first_line: first,
    text: view.text,
    commit: view.commit ?? "",
    dirty: view.dirty ?? false,
    run: view.run ?? "",
  };
  const anchor = root.closest("figure[id], [data-label]")?.id ?? "";
  const lines = linesOf(full, fallbackOf(model)).map((line, i) => {
    const number = first + i;
    const id = anchor ? `${anchor}-L${number}` : null;
    const marker = id
      ? h("a", { class: "prp-lineno", href: `#${id}`, "data-line": number, "aria-label": `Line ${number}` })
      : h("span", { class: "prp-lineno", "data-line": number, "aria-hidden": "true" });
    return h("span", { class: "prp-line", id }, marker, h("span", { class: "prp-source" }, line, "\n"));
  });
  const code = h("code", {}, ...lines);
  const where = [full.path, full.symbol].filter(Boolean).map(printable).join("::");
  const label = h("span", { class: "prp-where" }, h("span", { class: "prp-path" }, where), standing(full, fact));
  const copyButton = button(
    { class: "prp-action prp-copy" },
    () => {
      void copy(full.text, code).then((done) => {
        copyButton.textContent = done ? "Copied" : "Selected";
        say(done ? "The code is copied." : "The code is selected: copy it with the keyboard.");
        setTimeout(() => {
          copyButton.textContent = "Copy";
        }, 2000);
      });
    },
    "Copy",
  );
  toolbar.append(label, h("span", { class: "prp-space" }), copyButton);
  const pre = h(
    "pre",
    { class: "prp-code pr-code", tabindex: 0, "aria-label": `Code of ${where || "an excerpt"}` },
    code,
  );
  body.append(pre);
  return { end: () => undefined };
}

export default panel(drawCode);
