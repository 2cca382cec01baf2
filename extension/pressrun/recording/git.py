"""What git says of the code that runs: commit, branch, uncommitted changes. Started at once, heard later.

git is asked read-only, takes no locks, and runs no hook, pager, external diff or text converter.
"""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from pressrun.recording.layout import DIFF_LIMIT

#: A repository on a network drive may take long; the run does not wait for it beyond this.
TIMEOUT_SECONDS = 60.0
UNTRACKED_LIMIT = 1000
_STATUS_LIMIT = 4_000_000

_SAFE = (
    "--no-pager",
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "diff.noprefix=false"),
    *("-c", "diff.mnemonicPrefix=false"),
    *("-c", "color.ui=false"),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a work tree. Empty when there is no repository, or no git.

    Parameters
    ----------
    dirty
        Whether tracked files differ from the commit.
    diff
        The uncommitted changes of tracked files against the commit, as `git apply` takes them, at most `DIFF_LIMIT`
        bytes; what is beyond is cut, and `cut` says so.
    untracked
        Text files that git neither tracks nor ignores, relative to `root`; their content is not recorded.
    edited
        Those of the changed and untracked files that were edited after the given moment: the code that runs may be
        older than what the diff shows of them.
    """

    root: str = ""
    commit: str = ""
    branch: str = ""
    dirty: bool | None = None
    diff: bytes = b""
    cut: bool = False
    untracked: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    reason: str = ""


class GitQuery:
    """Questions to git about one folder, asked on construction so that the answers describe this moment.

    Parameters
    ----------
    folder
        A folder of the work tree.
    """

    def __init__(self, folder: Path) -> None:
        self._reason = ""
        self._status = self._ask(folder, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
        self._diff = self._ask(
            folder, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "HEAD"
        )
        self._root = self._ask(folder, "rev-parse", "--show-toplevel")

    def answer(self, since: float) -> Snapshot:
        """Wait for git and give the snapshot; empty, with the reason, when git could not say.

        Parameters
        ----------
        since
            The moment (seconds since 1970) when the code was started, for `Snapshot.edited`.
        """
        processes = [p for p in (self._status, self._diff, self._root) if p]
        timer = threading.Timer(TIMEOUT_SECONDS, self._give_up, [processes])
        timer.daemon = True
        timer.start()
        try:
            # The diff is heard first: of all three it alone is read while the file contents may still change.
            diff, cut = _hear(self._diff, DIFF_LIMIT)
            status, _ = _hear(self._status, _STATUS_LIMIT)
            root, _ = _hear(self._root, 100_000)
        finally:
            timer.cancel()
        if self._status is None or self._status.returncode != 0 or not root:
            return Snapshot(reason=self._reason or "not a git repository")
        return self._snapshot(Path(os.fsdecode(root).rstrip("\n")), status, diff, cut, since)

    def _snapshot(self, root: Path, status: bytes, diff: bytes, cut: bool, since: float) -> Snapshot:
        commit = branch = ""
        changed: list[str] = []
        untracked: list[str] = []
        entries = iter(os.fsdecode(status).split("\0"))
        for entry in entries:
            kind, _, rest = entry.partition(" ")
            if entry.startswith("# branch.oid "):
                commit = "" if entry.endswith("(initial)") else entry.split(" ")[2]
            elif entry.startswith("# branch.head "):
                branch = "" if entry.endswith("(detached)") else entry.split(" ", 2)[2]
            elif kind == "?":
                untracked.append(rest)
            elif kind in ("1", "u"):
                changed.append(entry.split(" ", 8 if kind == "1" else 10)[-1])
            elif kind == "2":
                changed.append(entry.split(" ", 9)[-1])
                next(entries, "")
        if cut:
            diff = diff[: diff.rfind(b"\n") + 1]
        texts = [name for name in untracked[:UNTRACKED_LIMIT] if _is_text(root / name)]
        edited = [name for name in [*changed, *texts] if _changed_at(root / name) > since]
        return Snapshot(str(root), commit, branch, bool(changed), diff, cut, tuple(texts), tuple(edited), self._reason)

    def _ask(self, folder: Path, *arguments: str) -> subprocess.Popen[bytes] | None:
        environment = {k: v for k, v in os.environ.items() if k not in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_TRACE")}
        environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            return subprocess.Popen(
                ["git", *_SAFE, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            self._reason = f"git cannot be run: {error.strerror}"
            return None

    def _give_up(self, processes: list[subprocess.Popen[bytes]]) -> None:
        self._reason = f"git gave no answer within {TIMEOUT_SECONDS:.0f} s"
        for process in processes:
            process.kill()


def _hear(process: subprocess.Popen[bytes] | None, limit: int) -> tuple[bytes, bool]:
    """Read what a process prints up to a limit, and whether it had more to say."""
    if process is None:
        return b"", False
    assert process.stdout is not None
    with process.stdout as pipe:
        data = pipe.read(limit + 1)
    cut = len(data) > limit
    if cut:
        process.kill()
    process.wait()
    return data[:limit], cut


def _is_text(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            return b"\0" not in file.read(1024)
    except OSError:
        return False


def _changed_at(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
