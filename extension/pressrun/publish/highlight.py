"""Source code with its syntax marked: classes for HTML, escaped commands for LaTeX."""

from __future__ import annotations

import contextlib
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_LONGEST = 200_000


def _lexer(language: str, code: str) -> Lexer:
    from pygments.lexers import find_lexer_class_by_name
    from pygments.lexers.special import TextLexer
    from pygments.util import ClassNotFound

    lexer: type[Lexer] = TextLexer
    # A lexer's regular expressions are not made for megabytes; what is that long is data, not code.
    if len(code) < _LONGEST:
        with contextlib.suppress(ClassNotFound):
            lexer = find_lexer_class_by_name(language or "text")
    return lexer()


def to_html(code: str, language: str, first_line: int = 1, *, numbered: bool = False) -> str:
    """Give code as a `pre` that scrolls in its own box; line numbers, where asked for, cannot be selected."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    inner = highlight(code, _lexer(language, code), HtmlFormatter(nowrap=True)).rstrip("\n")
    if numbered:
        lines = inner.split("\n")
        width = len(str(first_line + len(lines)))
        inner = "\n".join(
            f'<span class="pr-line" data-line="{first_line + i:>{width}}">{line}</span>' for i, line in enumerate(lines)
        )
    label = escape(f"{language} code" if language else "code")
    return f'<pre class="pr-code" tabindex="0" aria-label="{label}"><code>{inner}</code></pre>'


def css() -> str:
    """Give the rules of the token classes in both themes; the colours keep WCAG AA contrast on the page's grounds."""
    groups = {
        "k kc kd kn kp kr kt ow": "--pr-code-keyword",
        "s s1 s2 sa sb sc sd se si sh sx sr ss dl": "--pr-code-string",
        "c c1 cm cp cs ch cpf": "--pr-code-comment",
        "m mi mf mh mo mb il": "--pr-code-number",
        "nf fm nc nd ne": "--pr-code-name",
        "nb bp no": "--pr-code-builtin",
    }
    rules = []
    for classes, variable in groups.items():
        selector = ", ".join(f".pr-code .{name}" for name in classes.split())
        rules.append(f"{selector} {{ color: var({variable}); }}")
    return "\n".join(rules)


def to_latex(code: str, language: str) -> str:
    """Give code as a fancyvrb `Verbatim`; the formatter escapes all that LaTeX would obey, the end marker included."""
    from pygments import highlight
    from pygments.formatters import LatexFormatter

    return highlight(code, _lexer(language, code), LatexFormatter(verboptions="fontsize=\\small"))


def latex_definitions() -> str:
    """Give the commands that `to_latex` uses, for the preamble."""
    from pygments.formatters import LatexFormatter

    return str(LatexFormatter().get_style_defs())
