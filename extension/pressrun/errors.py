"""Every exception of pressrun, and the exit codes that the command line gives for them.

::

    PressrunError                    base: catch this one
    ├── UsageError                   2  the request cannot be understood or carried out as written
    │   ├── ConfigError                 pressrun.toml, paper.toml or front matter is wrong
    │   ├── QueryError                  a where-expression does not parse, or names what cannot be compared
    │   ├── MetricNotFoundError         no run of the set has the metric
    │   ├── RunNotFoundError            no run, or more than one, answers to the name
    │   └── NotebookError               the paper is not a notebook that can be read
    ├── SourceError                  5  runs could not be read
    │   ├── SourceNotFoundError         nothing is there
    │   ├── SourceFormatError           what is there is not what the source's scheme promises
    │   └── ArtifactError               an artifact is missing or lies outside its run
    ├── BuildError                   3  a build failed; the last good publication stands
    │   ├── CellError                   a cell raised
    │   ├── CellTimeoutError            a cell ran longer than allowed
    │   ├── CellInputError              a cell asked for input
    │   ├── IncompleteError             the notebook ended before its last cell
    │   ├── KernelDiedError             the kernel went away
    │   ├── KernelMissingError          the kernel is not installed
    │   ├── DocumentError               a citation or cross-reference leads nowhere
    │   └── ExportError                 a page or PDF could not be written
    └── StaleError                   4  the lock or the publication is behind its runs

    PressrunWarning                  something is doubtful, and the result says so
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line exits with."""

    DONE = 0
    CLAIM = 1
    USAGE = 2
    BUILD = 3
    STALE = 4
    SOURCE = 5
    INTERNAL = 70


class PressrunError(Exception):
    """Base of all errors that pressrun raises on purpose.

    Parameters
    ----------
    what
        One sentence that says what is wrong.
    where
        The place: a paper and cell, a run, a file and line.
    hint
        What to do next.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.hint:
            lines.append(f"  → {self.hint}")
        return "\n".join(lines)


def reason_of(error: Exception) -> str:
    """Say in words for a message why something could not be read: no class names, and no path a second time."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing in it" if error.args else "something is missing in it"
    if isinstance(error, (TypeError, AttributeError)):
        return "it has not the shape that it should"
    return str(error)


class UsageError(PressrunError):
    """The request cannot be understood or carried out as written."""


class ConfigError(UsageError):
    """A configuration file or a paper's front matter is wrong."""


#: Characters of a line that a message shows.
_WIDEST = 100


class QueryError(UsageError):
    """A where-expression is wrong at a known position.

    Parameters
    ----------
    what
        What is wrong.
    text
        The whole expression.
    start, end
        Zero-based half-open range of the characters at fault.
    hint
        What to write instead.
    """

    def __init__(self, what: str, *, text: str, start: int, end: int, hint: str = "") -> None:
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        place = f"line {line}, column {column}" if "\n" in text.strip("\n") else f"column {start + 1}"
        super().__init__(what, where=f"where-expression, {place}", hint=hint)
        self.text = text
        self.start = start
        self.end = end

    def __str__(self) -> str:
        begin = self.text.rfind("\n", 0, self.start) + 1
        line = self.text[begin:].partition("\n")[0]
        start, end = self.start - begin, min(self.end - begin, len(line))
        if len(line) > _WIDEST:
            # Of a long line the part around the place is enough.
            cut = max(0, start - _WIDEST // 2)
            line = line[cut : cut + _WIDEST]
            start, end = start - cut, min(end - cut, _WIDEST)
        # A tab stays one in the line below, so that both lines are as wide.
        before = "".join("\t" if character == "\t" else " " for character in line[:start].ljust(start))
        lines = [f"{self.where}: {self.what}", f"    {line}", f"    {before}{'^' * max(1, end - start)}"]
        if self.hint:
            lines.append(f"  → {self.hint}")
        return "\n".join(lines)


class MetricNotFoundError(UsageError):
    """No run of the set has the metric, config entry or tag that was asked for."""


class RunNotFoundError(UsageError):
    """No run, or more than one, answers to the name."""


class NotebookError(UsageError):
    """The paper is not a notebook that can be read."""


class SourceError(PressrunError):
    """Runs could not be read."""

    exit_code = ExitCode.SOURCE


class SourceNotFoundError(SourceError):
    """Nothing is at the place that the source names."""


class SourceFormatError(SourceError):
    """What is at the place is not what the source's scheme promises."""


class ArtifactError(SourceError):
    """An artifact is missing or lies outside its run."""


class BuildError(PressrunError):
    """A build failed; the last good publication stands."""

    exit_code = ExitCode.BUILD


class CellError(BuildError):
    """A cell raised."""


class CellTimeoutError(BuildError):
    """A cell ran longer than allowed."""


class CellInputError(BuildError):
    """A cell asked for input."""


class IncompleteError(BuildError):
    """The notebook ended before its last cell."""


class KernelDiedError(BuildError):
    """The kernel went away."""


class KernelMissingError(BuildError):
    """The kernel is not installed."""


class DocumentError(BuildError):
    """A citation or cross-reference leads nowhere."""


class ExportError(BuildError):
    """A page or PDF could not be written."""


class StaleError(PressrunError):
    """The lock or the publication is behind its runs."""

    exit_code = ExitCode.STALE


class PressrunWarning(UserWarning):
    """Something is doubtful, and the result says so."""
