"""Files as a commit or a run had them, asked of git read-only; the work tree is never touched."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pressrun.errors import UsageError

TIMEOUT_SECONDS = 30.0

_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
#: No hook, monitor or pager of the repository runs, and nothing is written.
_SAFE = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
#: A link in the tree: what it points at may lie anywhere.
_LINK = "120000"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, and the folder in it that a project stands in.

    Parameters
    ----------
    root
        The project's root.
    prefix
        The root's path in the repository: empty, or ending in a slash.
    """

    root: Path
    prefix: str

    @classmethod
    def of(cls, root: Path) -> Repository | None:
        """Give the repository that a folder stands in; None if there is none, or no git."""
        found = _git(root, "rev-parse", "--show-prefix")
        return None if found is None else cls(root, os.fsdecode(found).rstrip("\n"))

    @property
    def head(self) -> str:
        """The commit that is checked out; empty in a repository without one."""
        return (_git(self.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") or b"").decode().strip()

    def has(self, commit: str) -> bool:
        """Tell whether the repository holds a commit."""
        if not _COMMIT.fullmatch(commit):
            return False
        return _git(self.root, "cat-file", "-e", f"{commit}^{{commit}}") is not None

    def read(self, commit: str, path: str) -> bytes | None:
        """Give a file as a commit has it; None if the commit has no file of that path.

        Parameters
        ----------
        commit
            One that the repository has.
        path
            Relative to the repository's top.

        Raises
        ------
        UsageError
            If the path is a link in that commit.
        """
        listed = _git(self.root, "ls-tree", "--full-tree", "-z", commit, "--", path)
        if not listed:
            return None
        described, _, name = listed.rstrip(b"\0").partition(b"\t")
        mode, kind, blob = described.decode().split()
        if kind != "blob" or os.fsdecode(name) != path:
            return None
        if mode == _LINK:
            raise UsageError(f"{path} is a link in commit {commit[:10]}", where=path, hint="name the file it points at")
        return _git(self.root, "cat-file", "blob", blob)

    def with_changes(self, commit: str, path: str, diff: str) -> tuple[bytes | None, bool]:
        """Give a file as a commit and uncommitted changes on top of it have it, and whether the changes touch it.

        The changes are applied by `git apply` in a temporary folder that holds this one file.

        Raises
        ------
        UsageError
            If the changes do not fit the commit.
        """
        before = _names(diff).get(path)
        if before is None:
            return self.read(commit, path), False
        with tempfile.TemporaryDirectory(prefix="pressrun-code-") as scratch:
            folder = Path(scratch)
            for name in {before, path} - {""}:
                content = self.read(commit, name)
                if content is not None:
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
            include = re.sub(r"([\\*?\[])", r"\\\1", path)
            applied = _git(
                folder,
                *("apply", "--whitespace=nowarn", f"--include={include}", "-"),
                given=diff.encode("utf-8", "surrogateescape"),
                outside=True,
            )
            if applied is None:
                raise UsageError(
                    f"the run's uncommitted changes of {path} do not apply to commit {commit[:10]}",
                    where=path,
                    hint="leave `run` out for the code as it is now",
                )
            target = folder / path
            if not target.is_file() or target.is_symlink():
                return None, True
            return target.read_bytes(), True


def _names(diff: str) -> dict[str, str]:
    """Give the files that a unified diff of git changes, by their names after it, each with its name before.

    A new file's name before is empty. Names that git had to quote are left to their unquoted form.
    """
    found: dict[str, str] = {}
    for part in re.split(r"(?m)^(?=diff --git )", diff):
        head = part.split("\n@@", 1)[0]
        new = re.search(r'(?m)^(?:\+\+\+ "?b/|rename to "?|copy to "?)(.+?)"?\t?$', head)
        old = re.search(r'(?m)^(?:--- "?a/|rename from "?|copy from "?)(.+?)"?\t?$', head)
        if new:
            found[_unquote(new[1])] = _unquote(old[1]) if old else ""
    return found


def _unquote(name: str) -> str:
    """Undo git's quoting of names: octal bytes, and the letters of C."""
    if "\\" not in name:
        return name
    letters = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\"}
    parts = re.split(r"\\([0-7]{3}|.)", name)
    raw = b"".join(
        part.encode("utf-8", "surrogateescape")
        if index % 2 == 0
        else (bytes([int(part, 8) & 255]) if len(part) == 3 else letters.get(part, part.encode()))
        for index, part in enumerate(parts)
    )
    return os.fsdecode(raw)


def _git(folder: Path, *arguments: str, given: bytes = b"", outside: bool = False) -> bytes | None:
    """Ask git; None where it refuses, or is not there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if outside:
        # The scratch folder may lie within some repository; there git would skip paths that are not its own.
        environment["GIT_CEILING_DIRECTORIES"] = str(folder.resolve().parent)
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=folder,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
