"""How a claim looks without a front end: a line of text, a static HTML card, a LaTeX paragraph."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from pressrun.claims.verdict import Verdict
from pressrun.lettering import escape_latex

if TYPE_CHECKING:
    from pressrun.facts import ClaimFact


def line(fact: ClaimFact) -> str:
    """Give a claim as text: the verdict, the statement, the reason."""
    verdict = Verdict(fact.verdict)
    return f"{verdict.symbol} {verdict}: {fact.statement}\n  {fact.reason}"


def card(fact: ClaimFact) -> str:
    """Give a claim as a static card: every text escaped, no script, readable in any front end."""
    verdict = Verdict(fact.verdict)
    color = {"holds": "#1a7f37", "fails": "#cf222e", "unresolved": "#9a6700", "unsupported": "#8250df"}[verdict.value]
    return (
        f'<div class="pr-claim" data-verdict="{verdict}" style="border-left:3px solid {color};padding:.4em .8em">'
        f'<p class="pr-claim-statement" style="margin:0"><strong class="pr-verdict" style="color:{color}" '
        f'title="{html.escape(verdict.meaning)}">{verdict.symbol} {verdict}</strong> {html.escape(fact.statement)}</p>'
        f'<p class="pr-claim-reason" style="margin:.2em 0 0">{html.escape(fact.reason)}</p>'
        f'<p class="pr-disclosure" style="margin:.2em 0 0;opacity:.75">{html.escape(_test(fact))}'
        f"{html.escape(fact.disclosure.text)}</p></div>"
    )


def latex(fact: ClaimFact) -> str:
    """Give a claim as a LaTeX paragraph, every text escaped."""
    return (
        rf"\par\noindent\textbf{{{fact.verdict}}}: {escape_latex(fact.statement)}\\"
        + "\n"
        + rf"{{\small {escape_latex(fact.reason)}}}\par"
    )


def _test(fact: ClaimFact) -> str:
    if fact.p_value is None:
        return ""
    parts = [fact.method]
    if fact.statistic is not None:
        parts.append(f"t = {float(fact.statistic):.3g}")
    if fact.df is not None:
        parts.append(f"df = {float(fact.df):.3g}")
    parts.append(_p(fact.p_value))
    if fact.p_corrected is not None:
        parts.append(f"{_p(fact.p_corrected)} after correction ({fact.correction})")
    return ", ".join(parts) + "; "


def _p(value: float | int | str) -> str:
    return "p < 0.0001" if float(value) < 0.0001 else f"p = {float(value):.2g}"
