"""What a paper's cells meet while they run, and what that is now: files, folders, variables, runs, environment."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressrun.build.cell_records import FORMAT
from pressrun.build.inputs import (
    FILE,
    MISSING,
    MOVED,
    covered_places,
    declared_files,
    file_digest,
    file_name,
    has_changed,
    is_covered,
)  # fmt: skip
from pressrun.build.modules import ProjectModules
from pressrun.build.plan import REASONS
from pressrun.build.reasons import Reason
from pressrun.canonical import digest
from pressrun.facts import QUERY_MIME
from pressrun.records import Status
from pressrun.runs.resolve import answered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pressrun.build.cell_records import Traces
    from pressrun.build.paper import Paper
    from pressrun.records import Run
    from pressrun.runs.catalog import Catalog
    from pressrun.runs.pins import Context

#: Inputs of a paper that every cell depends on.
_OF_ALL = ("pressrun", "python", "environment", "kernel", "project")

#: Environment variables that belong to one build, one terminal or one session, and say nothing of a paper.
OWN_VARIABLES = (
    "PRESSRUN_BUILD", "PRESSRUN_SCRATCH", "IPYTHONDIR", "JPY_PARENT_PID", "JPY_SESSION_NAME", "PWD", "OLDPWD", "SHLVL",
    "_", "TERM", "COLUMNS", "LINES", "WINDOWID", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "SSH_AUTH_SOCK", "TMUX",
    "TMUX_PANE", "XDG_SESSION_ID", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER",
)  # fmt: skip


class Surroundings:
    """Looks at what cells meet, each thing once.

    Parameters
    ----------
    paper
        The paper.
    fixed
        Its inputs that are known before it is executed: name → digest.
    context
        How its queries are answered.
    variables
        The environment of its kernel.
    catalogs
        What sources of runs had when the build began, by their URLs; others are looked at.
    """

    def __init__(
        self,
        paper: Paper,
        fixed: Mapping[str, str],
        context: Context,
        variables: Mapping[str, str],
        catalogs: Mapping[tuple[str, ...], Catalog],
    ) -> None:
        self._paper = paper
        #: Labels or ids of cells that run each time.
        self.volatile = frozenset(paper.config.volatile)
        self._context = context
        self._variables = variables
        # Which cell reads what paper.toml declares cannot be seen.
        declared = sorted({file_name(paper, path) for path in declared_files(paper)})
        self.of_all = {name: fixed[name] for name in (*_OF_ALL, *declared) if name in fixed}
        self.of_all["interpreter"] = sys.executable
        self.base = digest([FORMAT, self.of_all])
        self._modules = ProjectModules(paper.project.root, [paper.folder, paper.project.root])
        self._covered = covered_places(paper, paper.project.sources)
        self._digests: dict[tuple[str, ...], str] = {}
        self._catalogs = dict(catalogs)

    def base_differences(self, last: Mapping[str, str]) -> list[Reason]:
        """Say which of what all cells depend on is another than it was."""
        changed = [name for name in {**self.of_all, **last} if last.get(name) != self.of_all.get(name)]
        return [
            Reason("file", name.removeprefix(FILE), f"file {name.removeprefix(FILE)} changed")
            if name.startswith(FILE)
            else Reason("environment", name, f"{name}: {REASONS[name]}")
            for name in changed
        ]

    def module_files(self, modules: Iterable[str], loaded: Mapping[str, str] | None = None) -> dict[str, str]:
        """Give the project's files that an import of some modules executes, with their digests."""
        return {path: self.file(path) for path in sorted(self._modules.files(modules, loaded))}

    def counts(self, path: str) -> bool:
        """Whether a file or folder is an input of its own: not pressrun's, nor covered by the answers of queries."""
        return not is_covered(path, self._covered)

    def file(self, path: str) -> str:
        """Give the digest of a file's bytes, or `MISSING`."""
        return self._once(("file", path), lambda: file_digest(Path(path)))

    def fresh_file(self, path: str, *, since: float = float("inf")) -> str:
        """Give the digest of a file as it is at this moment; `MOVED` of one that has changed since a moment."""
        self._digests.pop(("file", path), None)
        return MOVED if has_changed(Path(path), since) else self.file(path)

    def fresh_folder(self, path: str) -> str:
        """Give the digest of the names in a folder as it is at this moment."""
        self._digests.pop(("folder", path), None)
        return self.folder(path)

    def folder(self, path: str) -> str:
        """Give the digest of the names in a folder, or `MISSING`."""

        def look() -> str:
            try:
                names = sorted(name for name in os.listdir(path) if name != "__pycache__")  # noqa: PTH208
            except OSError:
                return MISSING
            return digest(names)

        return self._once(("folder", path), look)

    def variable(self, name: str) -> str:
        """Give the digest of a variable of the kernel's environment, as the kernel gives it."""
        value = self._variables.get(name)
        return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

    def query(self, sources: Sequence[str], where: str) -> Mapping[str, Any]:
        """Give what a query finds now: a digest of the answer, and its runs by source and id."""
        runs, problems = answered(self._paper.project, self._context, sources, where, self._catalogs)
        return {
            "answer": digest([[_said(run) for run in runs], [[p.where, p.reason] for p in problems]]),
            "runs": {f"{run.source} {run.id}": [run.name, run.digest, run.status.value] for run in runs},
        }

    def queries_of(self, bundles: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Give the queries that a cell made, by what they asked, with what they find now."""
        found = {}
        for bundle in bundles:
            fact = bundle.get(QUERY_MIME)
            if not isinstance(fact, dict):
                continue
            now = self.query(fact["sources"], fact["where"])
            got = {f"{run['source']} {run['id']}": run["digest"] for run in fact["runs"]}
            is_same = got == {key: run[1] for key, run in now["runs"].items()}
            found[json.dumps([fact["sources"], fact["where"]])] = now if is_same else {"answer": MOVED, "runs": {}}
        return found

    def differences(self, traces: Traces) -> list[Reason]:
        """Say what of what a cell met is another now."""
        found = []
        for path, was in traces.files.items():
            if (now := self.file(path)) != was:
                found.append(
                    Reason("file", path, f"file {self._short(path)} {'is gone' if now == MISSING else 'changed'}")
                )
        for path, was in traces.left.items():
            if self.file(path) != was:
                found.append(Reason("file", path, f"file {self._short(path)}, which it writes, is not as it left it"))
        for path, was in traces.listed.items():
            if self.folder(path) != was:
                found.append(Reason("folder", path, f"folder {self._short(path)} holds other files"))
        for name, was in traces.variables.items():
            if self.variable(name) != was:
                found.append(Reason("variable", name, f"environment variable {name} changed"))
        for asked, answer in traces.queries.items():
            sources, where = json.loads(asked)
            found += _run_reasons(where or ", ".join(sources), answer, self.query(sources, where))
        return found

    def _short(self, path: str) -> str:
        root = self._paper.project.root
        return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else path

    def _once(self, name: tuple[str, ...], look: Any) -> str:
        if name not in self._digests:
            self._digests[name] = look()
        return self._digests[name]


def _said(run: Run) -> list[Any]:
    return [run.source, run.id, run.name, run.digest, run.status.value, sorted(run.tags.items()), run.note]


def _run_reasons(query: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Reason]:
    """Say which runs of a query's answer are others than they were."""
    if was["answer"] == now["answer"]:
        return []
    old, new = was["runs"], now["runs"]
    gone = Status.DELETED.value
    found = [Reason("runs", key, f"run {new[key][0]} added") for key in new if key not in old]
    found += [Reason("runs", key, f"run {old[key][0]} gone") for key in old if key not in new]
    for key in new:
        if key in old and new[key] != old[key]:
            word = "gone" if new[key][2] == gone else "back" if old[key][2] == gone else "changed"
            found.append(Reason("runs", key, f"run {new[key][0]} {word}"))
    return found or [Reason("runs", query, f"what is known of the runs of {query} changed")]
