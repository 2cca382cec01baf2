"""What differs between runs: config, summary, tags, environment, data and code, differences first, sameness counted."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.canonical import plain
from pressrun.facts import RunCite, to_json
from pressrun.runs.address import MISSING, Missing, identity, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pressrun.records import Json, Run

#: Characters of a code difference that are kept; more is cut, and the note says so.
LONGEST_DIFF = 400_000
_GIT_SECONDS = 20
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that runs differ in, with what each run has, in the order of the runs."""

    key: str
    values: tuple[Json | Missing, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of things: which differ, how many are the same, and what cannot be told."""

    title: str
    differing: tuple[Entry, ...]
    same: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """How the code of one run differs from the first run's.

    Parameters
    ----------
    old, new
        Ids of the first run and of the other.
    old_commit, new_commit
        Their git commits; "" where not known.
    same
        Whether the code is known to be the same; None where it cannot be told.
    note
        One sentence that says what the difference holds, or why there is none to show.
    diff
        A unified diff between the commits, followed by each run's own uncommitted changes.
    """

    old: str
    new: str
    old_commit: str
    new_commit: str
    same: bool | None
    note: str
    diff: str


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between some runs, the first of which the others are held against."""

    runs: tuple[Run, ...]
    sections: tuple[Section, ...]
    code: tuple[CodeDifference, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The runs' names, or their ids where names do not tell them apart."""
        names = tuple(run.name for run in self.runs)
        return names if len(set(names)) == len(names) else tuple(run.id for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Give the differences as strict JSON. `has` tells a stored null from what is missing."""
        sections = [
            {
                "title": section.title,
                "differing": [
                    {
                        "key": entry.key,
                        "values": [None if value is MISSING else plain(value) for value in entry.values],
                        "has": [value is not MISSING for value in entry.values],
                    }
                    for entry in section.differing
                ],
                "same": section.same,
                "note": section.note,
            }
            for section in self.sections
        ]
        code = [{name: getattr(one, name) for name in CodeDifference.__slots__} for one in self.code]
        return {"runs": [to_json(RunCite.of(run)) for run in self.runs], "sections": sections, "code": code}


def compare_runs(runs: Sequence[Run], repository: Path | None = None) -> Differences:
    """Compare runs, the first of which the others are held against.

    Parameters
    ----------
    runs
        Two or more.
    repository
        A folder of the git repository whose commits the runs name; it is only read. None: commits are compared by name.
    """
    runs = tuple(runs)
    sections = (
        _section("run", runs, _run_entries),
        _section("config", runs, lambda run: _flat(run.config)),
        _section("summary", runs, lambda run: _flat(run.summary)),
        _section("tags", runs, lambda run: _flat(run.tags)),
        _section("data", runs, _data_entries),
        _environment(runs),
        _section("code", runs, _code_entries),
    )
    return Differences(runs, sections, tuple(_code(runs[0], run, repository) for run in runs[1:]))


def _section(title: str, runs: Sequence[Run], entries: Callable[[Run], Mapping[str, Json]], note: str = "") -> Section:
    columns = [entries(run) for run in runs]
    differing, same = [], 0
    for key in dict.fromkeys(key for column in columns for key in column):
        values = tuple(column.get(key, MISSING) for column in columns)
        # A stored null and nothing at all are one to a query, and two to whoever looks for the difference.
        if len({(value is MISSING, identity(value)) for value in values}) > 1:
            differing.append(Entry(key, values))
        else:
            same += 1
    return Section(title, tuple(differing), same, note)


def _flat(mapping: Mapping[str, Json]) -> dict[str, Json]:
    return {".".join(keys): leaf for keys, leaf in leaves(mapping)}


def _run_entries(run: Run) -> dict[str, Json]:
    entries: dict[str, Json] = {"status": run.status.value}
    if run.started is not None and run.ended is not None:
        entries["duration in seconds"] = round(run.ended - run.started, 3)
    if run.provenance.exit_code is not None:
        entries["exit code"] = run.provenance.exit_code
    return entries


def _data_entries(run: Run) -> dict[str, Json]:
    entries: dict[str, Json] = {}
    for dataset in run.provenance.datasets:
        words = [dataset.version, dataset.digest, "" if dataset.digest else dataset.path]
        entries[dataset.name] = " ".join(word for word in words if word)
    return entries


def _code_entries(run: Run) -> dict[str, Json]:
    provenance = run.provenance
    entries: dict[str, Json] = {
        "command": " ".join(provenance.command),
        "git commit": provenance.git_commit,
        "git branch": provenance.git_branch,
    }
    known: dict[str, Json] = {key: value for key, value in entries.items() if value}
    if provenance.git_dirty is not None:
        known["uncommitted changes"] = provenance.git_dirty
    return known


def _environment(runs: Sequence[Run]) -> Section:
    silent = [run.name for run in runs if not run.provenance.packages]
    speaking = len(silent) == 0

    def entries(run: Run) -> dict[str, Json]:
        own: dict[str, Json] = {"python": run.provenance.python, "platform": run.provenance.platform}
        found: dict[str, Json] = {key: value for key, value in own.items() if value}
        return found | (dict(run.provenance.packages) if speaking else {})

    note = ""
    if silent and len(silent) < len(runs):
        note = f"packages are not compared: {', '.join(silent[:3])} {'does' if len(silent) == 1 else 'do'} not say them"
    return _section("environment", runs, entries, note)


def _code(old: Run, new: Run, repository: Path | None) -> CodeDifference:
    one, two = old.provenance, new.provenance

    def difference(same: bool | None, note: str, diff: str = "") -> CodeDifference:
        if len(diff) > LONGEST_DIFF:
            note, diff = f"{note}; cut after {LONGEST_DIFF:,} characters", diff[:LONGEST_DIFF] + "\n"
        return CodeDifference(old.id, new.id, one.git_commit, two.git_commit, same, note, diff)

    if not one.git_commit or not two.git_commit:
        silent = " and ".join(run.id for run in (old, new) if not run.provenance.git_commit)
        return difference(None, f"no git commit is known of {silent}")
    if one.git_commit == two.git_commit and one.git_diff == two.git_diff:
        if one.git_dirty and not one.git_diff:
            return difference(None, "the commit is the same; the uncommitted changes were not recorded")
        return difference(True, "the code is the same")
    own = _uncommitted(old) + _uncommitted(new)
    if one.git_commit == two.git_commit:
        return difference(False, "the commit is the same; the uncommitted changes differ", own)
    if repository is None:
        return difference(False, "the commits differ; there is no repository to show how", own)
    if absent := [c for c in (one.git_commit, two.git_commit) if not _has_commit(repository, c)]:
        names = " and ".join(commit[:12] for commit in absent)
        return difference(False, f"the commits differ; {names} is not in the repository here", own)
    between = _git(repository, "diff", *_DIFF_OPTIONS, one.git_commit, two.git_commit, "--")
    if between is None:
        return difference(False, "the commits differ; git could not show how", own)
    if not between and not own:
        return difference(True, "the commits differ, and their files do not")
    note = "between the commits" + ("; then each run's own uncommitted changes" if own else "")
    return difference(False, note, between + own)


def _uncommitted(run: Run) -> str:
    """Give a run's own changes under a heading that no reader of diffs takes for a change."""
    diff = run.provenance.git_diff
    if not diff:
        return ""
    heading = "".join(char if char.isprintable() else "?" for char in f"{run.name} ({run.id})")
    return f"# uncommitted changes of {heading}\n{diff}" + ("" if diff.endswith("\n") else "\n")


# What a repository's own configuration could have git run is switched off: only text is wanted.
_DIFF_OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--unified=3")
_GIT_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=true")


def _has_commit(repository: Path, commit: str) -> bool:
    return bool(_COMMIT.match(commit)) and _git(repository, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _git(repository: Path, *arguments: str) -> str | None:
    """Give what git prints; None where it fails."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *_GIT_OPTIONS, *arguments],
            cwd=repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
