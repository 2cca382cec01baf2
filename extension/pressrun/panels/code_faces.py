"""The faces of code: a listing in HTML, LaTeX, a figure and plain text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from pressrun.lettering import escape_html, escape_latex
from pressrun.panels.style import MUTED, SMALL_SIZE, TEXT, freeze_text, look, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

#: Lines that a figure sets.
FIGURE_LINES = 120
#: Inches from line to line.
LEADING = 0.135


def language_of(path: str) -> str:
    """Give Pygments' name for a file's language; "text" where it knows none."""
    # Pygments asks each of its five hundred lexers for the names that it likes.
    if path.endswith(".py"):
        return "python"
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        aliases = get_lexer_for_filename(path).aliases
    except ClassNotFound:
        return "text"
    return str(aliases[0]) if aliases else "text"


def visible(text: str) -> str:
    """Give code as every face can print it: what would hide or reorder it is shown as U+FFFD."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"} else "\ufffd" for char in text
    )


def code_html(view: Mapping[str, Any], caption: str) -> str:
    """Give the listing with Pygments' short classes, as the style sheets of Jupyter and of our pages know them."""
    return (
        f'<figure class="pr-static"><div class="highlight"><pre><code>{highlighted(view)}</code></pre></div>'
        f"<figcaption><small>{escape_html(caption)}</small></figcaption></figure>"
    )


def highlighted(view: Mapping[str, Any]) -> str:
    """Give the code as escaped HTML with a span of class for each token, and nothing around it."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(view["language"], stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    return str(highlight(visible(view["text"]), lexer, HtmlFormatter(nowrap=True)))


def code_latex(view: Mapping[str, Any], caption: str) -> str:
    """Give typewriter lines that need no package; an environment could be ended from within the code."""
    lines = []
    for line in visible(view["text"]).expandtabs(4).split("\n")[:-1]:
        rest = line.lstrip(" ")
        # Escaping trims white space, which is code here.
        lines.append("~" * (len(line) - len(rest)) + escape_latex(rest).replace(" ", "~") or "~")
    body = "\\\\\n".join(lines)
    return (
        "\\begin{flushleft}\\ttfamily\\small\\frenchspacing\n"
        + body
        + "\n\\end{flushleft}\n\\par{\\footnotesize "
        + escape_latex(caption)
        + ".\\par}"
    )


def code_text(view: Mapping[str, Any], caption: str) -> str:
    """Give the numbered lines under their caption."""
    lines = visible(view["text"]).split("\n")[:-1]
    width = len(str(view["last_line"]))
    numbered = [f"{view['first_line'] + index:>{width}}  {line}".rstrip() for index, line in enumerate(lines)]
    return "\n".join([caption, *numbered])


def draw_code(view: Mapping[str, Any], caption: str, *, width: float = 5.5) -> Figure:
    """Draw the numbered lines in a typewriter face, small enough that the longest fits where that is legible."""
    with look():
        lines = [line.expandtabs(4) for line in visible(view["text"]).split("\n")[:-1]]
        hidden, lines = max(0, len(lines) - FIGURE_LINES), lines[:FIGURE_LINES]
        digits = len(str(view["last_line"]))
        # A letter of the typewriter face is 0.602 of its size wide.
        longest = max((len(line) for line in lines), default=0) + digits + 2
        size = min(SMALL_SIZE + 0.5, max(4.5, (width - 0.2) * 72 / (0.602 * max(longest, 1))))
        step = LEADING * size / (SMALL_SIZE + 0.5)
        letters = int((width - 0.2) * 72 / (0.602 * size)) - digits - 2
        height = 0.32 + step * (len(lines) + bool(hidden)) + 0.06
        figure = new_figure(width, height)

        def put(x: float, y: float, text: str, color: str, family: str, points: float) -> None:
            figure.text(
                x / width,
                1 - y / height,
                text,
                fontsize=points,
                color=color,
                family=family,
                va="baseline",
                parse_math=False,
            )

        put(0.08, 0.16, caption, MUTED, "sans-serif", SMALL_SIZE - 0.5)
        y = 0.24
        for index, line in enumerate(lines):
            y += step
            put(0.08, y, f"{view['first_line'] + index:>{digits}}", MUTED, "monospace", size)
            shown = line if len(line) <= letters else line[: letters - 1] + "…"
            put(0.08 + (digits + 2) * 0.602 * size / 72, y, shown, TEXT, "monospace", size)
        if hidden:
            put(0.08, y + step, f"… {hidden} more lines", MUTED, "sans-serif", SMALL_SIZE - 0.5)
        freeze_text(figure)
        return figure
