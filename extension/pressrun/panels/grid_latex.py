"""A grid as a LaTeX tabular with booktabs rules, every text escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pressrun.lettering import escape_latex
from pressrun.panels.sheet import sheet

if TYPE_CHECKING:
    from pressrun.panels.grid import Grid
    from pressrun.panels.sheet import Entry

_ALIGN = {"left": "l", "right": "r", "center": "c"}


def grid_latex(grid: Grid, *, foot: str = "") -> str:
    """Give the tabular, its notes and its disclosure; the float around it and the caption are the paper's."""
    page = sheet(grid)
    spec = "".join(_ALIGN[heading.align] for heading in page.headings)
    rows = [_row([escape_latex(heading.title) for heading in page.headings]), r"\midrule"]
    for index, line in enumerate(page.lines):
        if line.section:
            rows += [r"\addlinespace"] if index else []
            rows.append(rf"\multicolumn{{{len(spec)}}}{{l}}{{\emph{{{escape_latex(line.section)}}}}} \\")
        rows.append(_row([_content(entry) for entry in line.entries]))
    notes = [escape_latex(note) for note in (*page.notes, foot) if note]
    said = [rf"\par\smallskip{{\footnotesize {'; '.join(notes)}.\par}}"] if notes else []
    return "\n".join([rf"\begin{{tabular}}{{{spec}}}", r"\toprule", *rows, r"\bottomrule", r"\end{tabular}", *said])


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _content(entry: Entry) -> str:
    text = escape_latex(entry.text)
    if entry.bold:
        # Minus and ± are set in maths, where \textbf does not reach.
        text = rf"\textbf{{\boldmath {text}}}"
    return rf"{text}$^\dagger$" if entry.dagger else text
