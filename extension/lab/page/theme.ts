/** The theme button: as the system has it, light, dark. Print is always light. */

type Choice = "auto" | "light" | "dark";

const ORDER: readonly Choice[] = ["auto", "light", "dark"];
const NAMES: Readonly<Record<Choice, string>> = { auto: "auto", light: "light", dark: "dark" };
const KEY = "pressrun-theme";

// A page from a file, or in a sandbox, may be refused any storage: then the choice lasts as long as the page.
function remembered(): Choice {
  try {
    return ORDER.find((choice) => choice === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}

function remember(choice: Choice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // See above.
  }
}

function apply(choice: Choice): void {
  if (choice === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = choice;
}

/** Make #pr-theme work; a page without it follows the system. */
export function switchTheme(): void {
  const button = document.getElementById("pr-theme");
  let choice: Choice = button ? remembered() : "auto";
  const show = (): void => {
    apply(choice);
    if (!button) return;
    button.dataset.choice = choice;
    if (button.childElementCount > 0) button.setAttribute("aria-label", `Theme: ${NAMES[choice]}`);
    else button.textContent = `Theme: ${NAMES[choice]}`;
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      choice = ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length] ?? "auto";
      remember(choice);
      show();
    });
    show();
  }
  addEventListener("beforeprint", () => {
    apply("light");
  });
  addEventListener("afterprint", () => {
    apply(choice);
  });
}
