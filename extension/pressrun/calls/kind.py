"""What a kind of call is to a form: its function, and which field each of its parameters becomes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
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


RUNS = Parameter(FieldType.RUNS, "Runs")
SUMMARY = Parameter(FieldType.SUMMARY, "Metric")
LEVEL = Parameter(FieldType.NUMBER, "Confidence level", more=True)
DIGITS = Parameter(FieldType.WHOLE, "Decimals", more=True)
