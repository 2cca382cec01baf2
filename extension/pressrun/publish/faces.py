"""What every format says of a face in words: numbers, intervals, runs, descriptions for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pressrun.facts import WITHOUT_RUNS
from pressrun.lettering import printable
from pressrun.panels.grid import Grid

if TYPE_CHECKING:
    from pressrun.publish.holes import ClaimHole

MINUS = "−"


def number_text(value: Any, digits: int = 4) -> str:
    """Give a fact's number for reading; what is missing is "n/a", never 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return {"nan": "NaN", "inf": "∞", "-inf": f"{MINUS}∞"}.get(str(value), "n/a")
    return f"{value:.{digits}g}".replace("-", MINUS)


def interval_text(interval: Any, level: Any = None) -> str:
    """Give an interval with its level, "" where there is none."""
    if not isinstance(interval, (list, tuple)) or len(interval) != 2:
        return ""
    ends = f"[{number_text(interval[0])}, {number_text(interval[1])}]"
    return f"{ends} ({level * 100:g}%)" if isinstance(level, (int, float)) else ends


def runs_text(runs: Any, limit: int = 10) -> str:
    """Give the names of the first runs, and how many more there are."""
    names = [printable(run.get("name") or run.get("id")) for run in runs or [] if isinstance(run, Mapping)]
    more = f" + {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def digests_text(runs: Any, limit: int = 3) -> str:
    """Give the first digests, short enough to compare by eye."""
    digests = [str(run.get("digest", "")) for run in runs or [] if isinstance(run, Mapping)]
    short = [digest.removeprefix("sha256:")[:12] for digest in digests if digest]
    more = f" + {len(short) - limit} more" if len(short) > limit else ""
    return ", ".join(short[:limit]) + more


def disclosure_of(fact: Mapping[str, Any]) -> str:
    """Give the selection disclosure of a fact; code and data that no run is asked for have only notes."""
    disclosure = fact.get("disclosure")
    if not isinstance(disclosure, Mapping):
        return ""
    if fact.get("kind") in WITHOUT_RUNS and not fact.get("runs"):
        return printable("; ".join(str(note) for note in disclosure.get("notes") or []))
    return printable(disclosure.get("text", ""))


def grid_of(fact: Mapping[str, Any]) -> Grid | None:
    """Give the grid that a fact is; None where it has none that can be read."""
    return _grid(fact, "grid")


def numbers_of(fact: Mapping[str, Any]) -> Grid | None:
    """Give the table of what a fact's chart shows; None where it has none that can be read."""
    return _grid(fact, "table")


def _grid(fact: Mapping[str, Any], name: str) -> Grid | None:
    view = fact.get("view")
    if not isinstance(view, Mapping) or not isinstance(view.get(name), Mapping):
        return None
    try:
        grid = Grid.of(view[name])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return grid if grid.columns and all(len(row.cells) == len(grid.columns) for row in grid.rows) else None


def description_of(fact: Mapping[str, Any]) -> str:
    """Describe a panel for those who cannot see it."""
    view = fact.get("view")
    view = view if isinstance(view, Mapping) else {}
    title = printable(fact.get("title", ""))
    if fact.get("kind") == "curves":
        axes = [view.get("y"), view.get("x")]
        labels = [printable(axis.get("label", "")) if isinstance(axis, Mapping) else "" for axis in axes]
        groups = [printable(g.get("label", "")) for g in view.get("groups") or [] if isinstance(g, Mapping)]
        lines = f" One line each for {', '.join(groups)}." if groups and any(groups) else ""
        band = f" Shaded: {printable(view['band'])}." if view.get("band") else ""
        what = f"Line chart: {title}" if title else "Line chart"
        return f"{what}. {labels[0] or 'Value'} over {labels[1] or 'step'}.{lines}{band}"
    if view.get("alt"):
        return f"{title}. {printable(view['alt'])}" if title else printable(view["alt"])
    return title or f"{printable(fact.get('kind', ''))} panel"


def claim_rows(hole: ClaimHole) -> list[tuple[str, str]]:
    """Give a claim's statistics as term and text, what the data did not allow left out."""
    fact = hole.fact
    if not hole.mark.key:
        return []
    pairing = f"paired by {fact['pairing']}" if fact.get("pairing") else "unpaired"
    level = fact.get("level")
    rows = [
        ("Metric", printable(fact.get("metric", ""))),
        ("Estimate", _estimate(fact)),
        ("Interval", interval_text(fact.get("interval"), level)),
        ("Bound", number_text(fact["bound"]) if fact.get("bound") is not None else ""),
        ("N", f"{fact.get('n', 0)}, {pairing}"),
        ("Test", printable(fact.get("method", ""))),
        ("Statistic", _statistic(fact)),
        ("p", number_text(fact["p_value"], 3) if fact.get("p_value") is not None else ""),
        ("p, corrected", _corrected(fact)),
        ("Effect size", _effect(fact)),
    ]
    return [(term, text) for term, text in rows if text]


def _estimate(fact: Mapping[str, Any]) -> str:
    return number_text(fact["estimate"]) if fact.get("estimate") is not None else ""


def _statistic(fact: Mapping[str, Any]) -> str:
    if fact.get("statistic") is None:
        return ""
    df = f", df = {number_text(fact['df'])}" if fact.get("df") is not None else ""
    return number_text(fact["statistic"]) + df


def _corrected(fact: Mapping[str, Any]) -> str:
    if fact.get("p_corrected") is None:
        return ""
    by = f" ({printable(fact['correction'])})" if fact.get("correction") else ""
    return number_text(fact["p_corrected"], 3) + by


def _effect(fact: Mapping[str, Any]) -> str:
    if fact.get("effect") is None:
        return ""
    name = f" ({printable(fact['effect_name'])})" if fact.get("effect_name") else ""
    return number_text(fact["effect"]) + name


def value_rows(fact: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give what stands behind an inline value: metric, how runs became one number, N, interval, runs, digests."""
    runs = fact.get("runs") or []
    unit = printable(fact.get("unit", ""))
    metric = printable(fact.get("metric", "")) + (f" ({unit})" if unit else "")
    interval = interval_text(fact.get("interval"), fact.get("level"))
    method = printable(fact.get("method", ""))
    rows = [
        ("Metric", metric),
        ("Value", f"{printable(fact.get('aggregation', ''))} of N = {fact.get('n', 0)}"),
        ("Interval", f"{interval}, {method}" if interval and method else interval),
        ("Runs", runs_text(runs)),
        ("Digests", digests_text(runs)),
        ("Note", printable(fact.get("reason", ""))),
    ]
    return [(term, text) for term, text in rows if text]


def panel_rows(fact: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give what stands behind a panel: metrics, N, runs, digests; nothing where no run does."""
    runs = [run for run in fact.get("runs") or [] if isinstance(run, Mapping)]
    if not runs:
        return []
    rows = [
        ("Metric", ", ".join(printable(metric) for metric in fact.get("metrics") or [])),
        ("N", f"{len(runs)} run{'s' if len(runs) != 1 else ''}"),
        ("Runs", runs_text(runs)),
        ("Digests", digests_text(runs)),
    ]
    return [(term, text) for term, text in rows if text]
