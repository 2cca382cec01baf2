"""The kinds of calls that can be made by form, and what each parameter of their functions is to an author.

Names, defaults and help come from the functions themselves; what is added here is only which field a parameter becomes.
A parameter that is missing here fails a test, so a form cannot fall behind its function.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pressrun.calls.kind import DIGITS, LEVEL, RUNS, SUMMARY, Family, FieldType, Kind, Parameter
from pressrun.calls.panel_kinds import PANELS

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIDES = {"a": Parameter(FieldType.PART, "a: these runs"), "b": Parameter(FieldType.PART, "b: against these")}
_NONFINITE = Parameter(FieldType.CHOICE, "NaN and infinity", more=True, choices=("refuse", "exclude"))
_PAIRED = Parameter(FieldType.CHOICE, "Pair by seed", more=True, choices=("auto", True, False))
_TEST = Parameter(FieldType.CHOICE, "Test", more=True, choices=("t", "permutation", "rank"))
_EVEN = {**_SIDES, "metric": SUMMARY, "paired": _PAIRED, "nonfinite": _NONFINITE}
_PAIR = {**_EVEN, "test": _TEST}
_MARGIN = Parameter(FieldType.NUMBER, "Margin")
_BOUND = {
    "runs": RUNS,
    "metric": SUMMARY,
    "bound": Parameter(FieldType.NUMBER, "Bound"),
    "nonfinite": _NONFINITE,
}
#: The parameters of `pr.claim`, which stand around those of its evidence.
CLAIM = MappingProxyType(
    {"statement": Parameter(FieldType.TEXT, "Statement"), "evidence": Parameter(None), "level": LEVEL}
)

_OTHERS = (
    Kind(
        "value",
        Family.VALUE,
        "Number in the prose",
        "",
        {
            "runs": RUNS,
            "metric": SUMMARY,
            "aggregation": Parameter(
                FieldType.CHOICE,
                "Aggregation",
                choices=("mean", "median", "min", "max", "best", "std", "count", "only"),
            ),
            "digits": DIGITS,
            "unit": Parameter(FieldType.TEXT, "Unit", more=True),
            "level": LEVEL,
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
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in (*PANELS, *_OTHERS)})
