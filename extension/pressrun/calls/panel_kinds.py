"""The kinds of panels that can be made by form."""

from __future__ import annotations

from pressrun.calls.kind import DIGITS, LEVEL, RUNS, SUMMARY, Family, FieldType, Kind, Parameter

_TITLE = Parameter(FieldType.TEXT, "Title", more=True)
_GROUP = Parameter(FieldType.FIELDS, "Group by")
_METHODS = Parameter(FieldType.FIELDS, "Methods")
_TASK = Parameter(FieldType.FIELD, "Tasks")
_BASELINE = Parameter(FieldType.GROUP, "Baseline")
#: Data are a file of the project to a form; a frame that a cell has made is code.
_DATA = Parameter(FieldType.PATH, "Data")
# Only of use outside a project's folders, where no form is.
_PROJECT = Parameter(None)


def _statuses(*words: str) -> Parameter:
    return Parameter(FieldType.STATUSES, "Also show", more=True, choices=words)


#: The kinds of panels, as the gallery shows them: those first that nearly every paper has.
PANELS = (
    Kind(
        "curves",
        Family.PANEL,
        "Curves",
        "fig",
        {
            "runs": RUNS,
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
        "table",
        Family.PANEL,
        "Comparison table",
        "tbl",
        {
            "runs": RUNS,
            "columns": Parameter(FieldType.METRICS, "Columns"),
            "group": _GROUP,
            "baseline": _BASELINE,
            "sort": Parameter(FieldType.FIELD, "Sort by"),
            "digits": DIGITS,
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
        "learning_curve",
        Family.PANEL,
        "Learning curve",
        "fig",
        {
            "runs": RUNS,
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
            "runs": RUNS,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "metric": SUMMARY,
            "by": _GROUP,
            "baseline": _BASELINE,
            "task": _TASK,
            "margin": Parameter(FieldType.NUMBER, "Margin of no matter", more=True),
            "title": _TITLE,
            "include": _statuses("running", "failed", "killed"),
        },
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
            "level": LEVEL,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "metric": SUMMARY,
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
            "runs": RUNS,
            "params": Parameter(FieldType.FIELDS, "Settings"),
            "metric": SUMMARY,
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
        {"runs": RUNS, "group": _GROUP, "title": _TITLE},
    ),
)
