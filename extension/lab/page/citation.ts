/** A button that copies the paper's citation. */

/** Give every pre[data-copy] of #pr-cite a copy button. */
export function copyCitation(): void {
  for (const text of document.querySelectorAll<HTMLElement>("#pr-cite pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pr-copy-citation";
    button.textContent = "Copy citation";
    button.addEventListener("click", () => {
      void copy(text).then((done) => {
        button.textContent = done ? "Copied" : "Selected";
        setTimeout(() => {
          button.textContent = "Copy citation";
        }, 2000);
      });
    });
    text.before(button);
  }
}

async function copy(text: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return true;
  } catch {
    // A page from a file, or a browser that refuses: leave it selected for the reader's own copy.
    getSelection()?.selectAllChildren(text);
    return false;
  }
}
