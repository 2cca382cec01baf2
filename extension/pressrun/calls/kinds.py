"""The kinds of calls that can be made by form, and what each parameter of their functions is to an author.

Names, defaults and help come from the functions themselves; what is added here is only which field a parameter becomes.
A parameter that is missing here fails a test, so a form cannot fall behind its function.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class FieldType(StrEnum):
    """What is entered in a field, and with what it completes."""

    RUNS = "runs"
    RUN = "run"
    SOME_RUNS = "some-runs"
    PART = "part"
    METRIC = "metric"
    METRICS = "metrics"
    SUMMARY = "summary"
    FIELD = "field"
    FIELDS = "fields"
    AXIS = "axis"
    GROUP = "group"
    STATUSES = "statuses"
    FLAG = "flag"
    NUMBER = "number"
    WHOLE = "whole"
    CHOICE = "choice"
    TEXT = "text"
    PATH = "path"


class Family(StrEnum):
    """What a call gives."""

    PANEL = "panel"
    VALUE = "value"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a parameter is to an author; without a type it is no field of the form.

    Parameters
    ----------
    more
        Whether it is rarely needed.
    """

    type: FieldType | None
    title: str = ""
    more: bool = False
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call.

    Parameters
    ----------
    name
        The function's name in `pressrun`; of a claim that of its evidence.
    label
        How labels of its cells begin; "" where cells have none.
    like
        The function whose documentation says what this one's leaves out.
    """

    name: str
    family: Family
    title: str
    label: str
    parameters: Mapping[str, Parameter]
    like: str = ""

    @property
    def function(self) -> Callable[..., Any]:
        """The function that makes it, or its evidence."""
        return public(self.name)

    @property
    def outer(self) -> Callable[..., Any] | None:
        """The function that takes the evidence of a claim."""
        return public("claim") if self.family is Family.CLAIM else None

    @property
    def caption(self) -> str:
        """The cell option that holds its caption; "" where there is none: a claim says what it says."""
        return f"{self.label}-cap" if self.label in ("fig", "tbl", "lst") else ""


def public(name: str) -> Callable[..., Any]:
    """Give a function of the public interface."""
    import pressrun

    found: Callable[..., Any] = getattr(pressrun, name)
    return found


_RUNS = Parameter(FieldType.RUNS, "Runs")
_SUMMARY = Parameter(FieldType.SUMMARY, "Metric")
_TITLE = Parameter(FieldType.TEXT, "Title", more=True)
_GROUP = Parameter(FieldType.FIELDS, "Group by")
_METHODS = Parameter(FieldType.FIELDS, "Methods")
_TASK = Parameter(FieldType.FIELD, "Tasks")
_LEVEL = Parameter(FieldType.NUMBER, "Confidence level", more=True)
_BASELINE = Parameter(FieldType.GROUP, "Baseline")
_DIGITS = Parameter(FieldType.WHOLE, "Decimals", more=True)

_SIDES = {"a": Parameter(FieldType.PART, "a: these runs"), "b": Parameter(FieldType.PART, "b: against these")}
#: Data are a file of the project to a form; a frame that a cell has made is code.
_DATA = Parameter(FieldType.PATH, "Data")
# Only of use outside a project's folders, where no form is.
_PROJECT = Parameter(None)
_NONFINITE = Parameter(FieldType.CHOICE, "NaN and infinity", more=True, choices=("refuse", "exclude"))
_PAIRED = Parameter(FieldType.CHOICE, "Pair by seed", more=True, choices=("auto", True, False))
_TEST = Parameter(FieldType.CHOICE, "Test", more=True, choices=("t", "permutation", "rank"))
_EVEN = {**_SIDES, "metric": _SUMMARY, "paired": _PAIRED, "nonfinite": _NONFINITE}
_PAIR = {**_EVEN, "test": _TEST}
_MARGIN = Parameter(FieldType.NUMBER, "Margin")
_BOUND = {
    "runs": _RUNS,
    "metric": _SUMMARY,
    "bound": Parameter(FieldType.NUMBER, "Bound"),
    "nonfinite": _NONFINITE,
}

#: The parameters of `pr.claim`, which stand around those of its evidence.
CLAIM = MappingProxyType(
    {"statement": Parameter(FieldType.TEXT, "Statement"), "evidence": Parameter(None), "level": _LEVEL}
)


def _statuses(*words: str) -> Parameter:
    return Parameter(FieldType.STATUSES, "Also show", more=True, choices=words)


_ALL = (
    Kind(
        "curves",
        Family.PANEL,
        "Curves",
        "fig",
        {
            "runs": _RUNS,
            "metric": Parameter(FieldType.METRIC, "Metric"),
            "group": _GROUP,
            "x": Parameter(FieldType.AXIS, "Horizontal axis", choices=("step", "epoch", "time")),
            "log": Parameter(FieldType.FLAG, "Logarithmic axis"),
            "smooth": Parameter(FieldType.NUMBER, "Smoothing"),
            "band": Parameter(FieldType.FLAG, "Interval bands"),
            "baseline": _BASELINE,
            "title": _TITLE,
            "xlabel": Parameter(FieldType.TEXT, "Name of the horizontal axis", more=True),
            "include": _statuses("failed", "killed"),
        },
    ),
    Kind(
        "learning_curve",
        Family.PANEL,
        "Learning curve",
        "fig",
        {
            "runs": _RUNS,
            "train": Parameter(FieldType.METRIC, "Training metric"),
            "validation": Parameter(FieldType.METRIC, "Validation metric"),
            "group": _GROUP,
            "x": Parameter(FieldType.CHOICE, "Horizontal axis", choices=("step", "epoch", "time")),
            "title": _TITLE,
            "include": _statuses("failed", "killed"),
        },
    ),
    Kind(
        "scatter",
        Family.PANEL,
        "Scatter plot",
        "fig",
        {
            "runs": _RUNS,
            "x": Parameter(FieldType.FIELD, "Across"),
            "y": Parameter(FieldType.FIELD, "Up"),
            "group": _GROUP,
            "pareto": Parameter(FieldType.FLAG, "Pareto front"),
            "log": Parameter(FieldType.CHOICE, "Logarithmic axes", choices=("", "x", "y", "xy")),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "distribution",
        Family.PANEL,
        "Distribution",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "by": _GROUP,
            "kind": Parameter(FieldType.CHOICE, "Drawn as", choices=("box", "violin", "strip")),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "profile",
        Family.PANEL,
        "Performance profiles",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "by": _METHODS,
            "task": _TASK,
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "aggregates",
        Family.PANEL,
        "Aggregates over tasks",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "by": _METHODS,
            "task": _TASK,
            "baseline": _BASELINE,
            "target": Parameter(FieldType.NUMBER, "Target score", more=True),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "ranks",
        Family.PANEL,
        "Average ranks",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "by": _METHODS,
            "task": _TASK,
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "forest",
        Family.PANEL,
        "Forest plot",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "by": _GROUP,
            "baseline": _BASELINE,
            "task": _TASK,
            "margin": Parameter(FieldType.NUMBER, "Margin of no matter", more=True),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "table",
        Family.PANEL,
        "Comparison table",
        "tbl",
        {
            "runs": _RUNS,
            "columns": Parameter(FieldType.METRICS, "Columns"),
            "group": _GROUP,
            "baseline": _BASELINE,
            "sort": Parameter(FieldType.FIELD, "Sort by"),
            "digits": _DIGITS,
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "compare",
        Family.PANEL,
        "Runs side by side",
        "tbl",
        {"runs": Parameter(FieldType.SOME_RUNS, "Compare"), "title": _TITLE},
    ),
    Kind(
        "attention",
        Family.PANEL,
        "What deserves a look",
        "fig",
        {
            "data": _DATA,
            "time": Parameter(FieldType.TEXT, "Times"),
            "metric": Parameter(FieldType.TEXT, "Metrics"),
            "segment": Parameter(FieldType.TEXT, "Segments"),
            "value": Parameter(FieldType.TEXT, "Values"),
            "size": Parameter(FieldType.TEXT, "Sizes"),
            "period": Parameter(FieldType.WHOLE, "Times in a season"),
            "window": Parameter(FieldType.WHOLE, "Times of the window", more=True),
            "absent": Parameter(FieldType.CHOICE, "A row that is not there", more=True, choices=("unknown", "zero")),
            "top": Parameter(FieldType.WHOLE, "Series ranked", more=True),
            "plots": Parameter(FieldType.WHOLE, "Series drawn", more=True),
            "title": _TITLE,
            "project": _PROJECT,
        },
    ),
    Kind(
        "drift",
        Family.PANEL,
        "Drift",
        "fig",
        {
            "baseline": Parameter(FieldType.PATH, "Baseline"),
            "batch": Parameter(FieldType.PATH, "Batch"),
            "features": Parameter(None),
            "predictions": Parameter(FieldType.TEXT, "Predictions"),
            "categories": Parameter(None),
            "level": _LEVEL,
            "plots": Parameter(FieldType.FLAG, "Distributions", more=True),
            "title": _TITLE,
            "project": _PROJECT,
        },
    ),
    Kind(
        "monitor",
        Family.PANEL,
        "Monitor",
        "fig",
        {
            "data": _DATA,
            "time": Parameter(FieldType.TEXT, "Times"),
            "value": Parameter(FieldType.TEXT, "Values"),
            "predicted": Parameter(FieldType.TEXT, "Predictions"),
            "truth": Parameter(FieldType.TEXT, "Ground truth"),
            "every": Parameter(FieldType.CHOICE, "Average over", choices=("", "hour", "day", "week")),
            "better": Parameter(FieldType.CHOICE, "Better", more=True, choices=("", "max", "min", "both")),
            "window": Parameter(FieldType.WHOLE, "Values of the limits", more=True),
            "errors": Parameter(FieldType.NUMBER, "Standard errors", more=True),
            "method": Parameter(FieldType.CHOICE, "Weights", more=True, choices=("rolling", "ewma")),
            "title": _TITLE,
            "project": _PROJECT,
        },
    ),
    Kind(
        "dataset",
        Family.PANEL,
        "Data profile",
        "fig",
        {
            "data": _DATA,
            "target": Parameter(FieldType.TEXT, "Classes"),
            "title": _TITLE,
            "project": _PROJECT,
        },
    ),
    Kind(
        "sweep",
        Family.PANEL,
        "Sweep",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "x": Parameter(FieldType.FIELDS, "Settings"),
            "y": Parameter(FieldType.FIELD, "Second setting"),
            "log": Parameter(FieldType.FIELDS, "Logarithmic"),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "importance",
        Family.PANEL,
        "Importance of settings",
        "fig",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "params": Parameter(FieldType.FIELDS, "Settings"),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "parallel",
        Family.PANEL,
        "Parallel coordinates",
        "fig",
        {
            "runs": _RUNS,
            "params": Parameter(FieldType.FIELDS, "Settings"),
            "metric": _SUMMARY,
            "log": Parameter(FieldType.FIELDS, "Logarithmic"),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
    ),
    Kind(
        "timeline",
        Family.PANEL,
        "Timeline",
        "fig",
        {"runs": _RUNS, "group": _GROUP, "title": _TITLE},
    ),
    Kind(
        "code",
        Family.PANEL,
        "Code",
        "lst",
        {
            "target": Parameter(FieldType.PATH, "Code"),
            "run": Parameter(FieldType.RUN, "As run by"),
            "project": _PROJECT,
        },
    ),
    Kind(
        "value",
        Family.VALUE,
        "Number in the prose",
        "",
        {
            "runs": _RUNS,
            "metric": _SUMMARY,
            "aggregation": Parameter(
                FieldType.CHOICE,
                "Aggregation",
                choices=("mean", "median", "min", "max", "best", "std", "count", "only"),
            ),
            "digits": _DIGITS,
            "unit": Parameter(FieldType.TEXT, "Unit", more=True),
            "level": _LEVEL,
            "missing": Parameter(FieldType.TEXT, "Where it is missing", more=True),
        },
    ),
    Kind("greater", Family.CLAIM, "Claim: greater", "clm", _PAIR),
    Kind("less", Family.CLAIM, "Claim: less", "clm", _PAIR, like="greater"),
    Kind("noninferior", Family.CLAIM, "Claim: no worse", "clm", {**_PAIR, "margin": _MARGIN}, like="greater"),
    Kind("equivalent", Family.CLAIM, "Claim: equivalent", "clm", {**_EVEN, "margin": _MARGIN}, like="greater"),
    Kind("at_least", Family.CLAIM, "Claim: at least", "clm", _BOUND, like="greater"),
    Kind("at_most", Family.CLAIM, "Claim: at most", "clm", _BOUND, like="at_least"),
)

#: All kinds by name, in the order of the gallery.
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
