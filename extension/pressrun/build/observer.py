"""In a paper's kernel: notes what each cell touches, so that a later build knows which cells it need not run again.

The builder imports this module into kernels of its own interpreter. It asks for one report after each cell, as a user
expression of the cell's own request, which costs no message of its own.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

from pressrun.build.fingerprints import UNKNOWN, content_of, digest_of, fingerprint
from pressrun.build.shared_state import shared_state, watch_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec

#: The message by which the builder learns that a cell has run and is looked at.
HAS_RUN = "pressrun_has_run"

#: Files of each kind that are noted of one cell.
_FILES = 20_000

#: What Python tells of itself, and what that is. Whoever opens a database may read and write.
_WRITES = ("os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect")
_WATCHED = {
    "open": "open",
    "socket.connect": "network",
    **dict.fromkeys(("os.listdir", "os.scandir"), "list"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.forkpty"), "program"),
    **dict.fromkeys(_WRITES, "write"),
}
_OF_TWO = ("os.rename", "os.link", "os.symlink")

#: Names that IPython itself keeps in the notebook's namespace.
_SHELL_NAMES = re.compile(r"In|Out|get_ipython|exit|quit|open|_+|_i+|_i\d+|_\d+|_[iod]h|__\w+__")

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"  # noqa: PTH100, PTH120


class Observer:
    """Watches one kernel.

    Parameters
    ----------
    shell
        IPython's.
    root
        The project's root; of files below it reads and writes are noted, and modules below it are the project's own.
    own_variables
        Environment variables that belong to one build.
    """

    def __init__(self, shell: Any, root: str, own_variables: Iterable[str]) -> None:
        self._shell = shell
        self._root = root.rstrip("/") + "/"
        self._own = frozenset(own_variables)
        self._ids: dict[str, int] = {}
        self._modules: set[str] = set()
        self._read: dict[str, None] = {}
        self._written: dict[str, None] = {}
        self._listed: dict[str, None] = {}
        self._asked: dict[str, None] = {}
        self._network = self._programs = False
        self._at_work = False
        # Its generator's state is to be seen from the beginning on.
        with contextlib.suppress(ImportError):
            importlib.import_module("numpy.random")
        self._as_loaded: dict[str, str] = {}
        sys.meta_path.insert(0, _LoadWatch(self))
        sys.addaudithook(self._audit)
        _watch_environment(self._ask)
        if hasattr(warnings, "_add_filter"):
            watch_filters()
        shell.events.register("pre_run_cell", lambda *_: self.begin())
        #: In a forked kernel, what it has for the paper to import.
        self._shelf = getattr(sys.modules.get("pressrun.build.warm_shelf"), "SHELF", None)
        if self._shelf is not None:
            self._shelf.begin()
        self._remember()

    # -- while a cell runs -----------------------------------------------------------------------------------------

    def begin(self) -> str:
        """Begin anew: what is noted from here on is the next cell's."""
        for noted in (self._read, self._written, self._listed, self._asked):
            noted.clear()
        self._network = self._programs = False
        return ""

    def count(self, number: int) -> str:
        """Let the next cell be counted as the one of that number."""
        self._shell.execution_count = number
        return ""

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if self._at_work or event not in _WATCHED:
            return
        kind = _WATCHED[event]
        if kind == "program":
            self._programs = True
        elif kind == "network":
            self._network |= _is_elsewhere(args)
        elif kind == "list":
            path = self._below_root(args[0] if args and args[0] is not None else ".")
            if path is not None and not _is_import():
                self._listed.setdefault(path)
        else:
            flags = args[2] if event == "open" and isinstance(args[2], int) else 0
            writes = kind == "write" or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            noted = self._written if writes else self._read
            for path in map(self._below_root, args[: 2 if event in _OF_TWO else 1]):
                if path is not None and len(noted) < _FILES:
                    noted.setdefault(path)

    def _below_root(self, path: object) -> str | None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        try:
            full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - the hook must not open or resolve anything
        except (ValueError, OSError):
            return None
        return full if full.startswith(self._root) and not full.endswith(".pyc") else None

    def has_loaded(self, module: types.ModuleType) -> None:
        """Note what a module of the project's holds before anybody has used it."""
        at_work, self._at_work = self._at_work, True
        try:
            self._as_loaded[module.__name__] = self._module_state(module)
        finally:
            self._at_work = at_work

    def is_own_file(self, file: str) -> bool:
        """Whether a file is the project's own code."""
        full = os.path.abspath(file)  # noqa: PTH100
        return full.startswith(self._root) and "site-packages" not in full and not full.startswith(_PACKAGE)

    def _ask(self, name: object) -> None:
        if isinstance(name, str) and not self._at_work and name not in self._own:
            self._asked.setdefault(name)

    def doubt(self) -> str:
        """Say why what a forked kernel gave to the cells may be another thing than they would have imported."""
        return str(self._shelf.doubt) if self._shelf is not None else ""

    # -- after it --------------------------------------------------------------------------------------------------

    def report(self, names: Iterable[str] | None) -> str:
        """Say what the cell that has just run did, as JSON.

        Parameters
        ----------
        names
            The names whose contents are to be compared; None for all.
        """
        self._at_work = True
        # The cell has had its time; what is looked at now takes none of it.
        self._shell.kernel.send_response(self._shell.kernel.iopub_socket, HAS_RUN, {})
        nowhere = io.StringIO()
        try:
            # What an author's object says when it is looked at is no output of the cell.
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                return json.dumps(self._report(names))
        finally:
            self._at_work = False

    def _report(self, names: Iterable[str] | None) -> dict[str, Any]:
        space: Mapping[str, Any] = self._shell.user_ns
        own = {name: value for name, value in space.items() if not _SHELL_NAMES.fullmatch(name)}
        before = self._ids
        rebound = [name for name, value in own.items() if before.get(name) != id(value)]
        gone = [name for name in before if name not in own]
        asked = own if names is None else {*names, *rebound}
        prints = {name: fingerprint(own[name], self._root) for name in asked if name in own}
        project = self._project_modules()
        loaded = sys.modules.keys() - self._modules
        found = {
            "rebound": sorted(rebound),
            "gone": sorted(gone),
            "prints": prints,
            "from_project": sorted(name for name in prints if self._is_from_project(own[name], project)),
            "modules": project,
            "new_modules": sorted(project.keys() & loaded),
            "as_loaded": {name: state for name, state in self._as_loaded.items() if name in loaded},
            "state": {name: self._module_state(sys.modules[name]) for name in project},
            "ambient": shared_state(),
            "read": sorted(path for path in self._read if path not in self._written),
            "written": sorted(self._written),
            "listed": sorted(self._listed),
            "variables": {name: digest_of(os.environ.get(name)) for name in sorted(self._asked)},
            "network": self._network,
            "programs": self._programs,
            "doubt": self.doubt(),
        }
        self._remember()
        return found

    def _remember(self) -> None:
        space = self._shell.user_ns
        self._ids = {name: id(value) for name, value in space.items() if not _SHELL_NAMES.fullmatch(name)}
        self._modules = set(sys.modules)

    def _project_modules(self) -> dict[str, str]:
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and name != "__main__" and self.is_own_file(file):
                found[name] = os.path.abspath(file)  # noqa: PTH100 - as it is named, not as links have it
        return found

    def _is_from_project(self, value: object, project: Mapping[str, str]) -> bool:
        if isinstance(value, types.ModuleType):
            return value.__name__ in project
        return getattr(value, "__module__", None) in project or type(value).__module__ in project

    def _module_state(self, module: object) -> str:
        """Fingerprint what a module of the project's holds that is no code."""
        held = {}
        for key, value in vars(module).items():
            if key.startswith("__") or isinstance(value, (types.ModuleType, types.BuiltinFunctionType)):
                continue
            held[key] = content_of(value, self._root) if isinstance(value, type) else fingerprint(value, self._root)
        return UNKNOWN if UNKNOWN in held.values() else digest_of(sorted(held.items()))


class _LoadWatch:
    """Finds nothing itself: it lets the observer look at the project's modules as soon as they are loaded."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def find_spec(self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None) -> Any:
        """Find a module as the other finders do."""
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._watch(spec)
                return spec
        return None

    def _watch(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if loader is None or not isinstance(spec.origin, str) or not self._observer.is_own_file(spec.origin):
            return
        load = loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            load(module)
            self._observer.has_loaded(module)

        with contextlib.suppress(AttributeError):
            loader.exec_module = exec_module  # type: ignore[method-assign]


def _is_import() -> bool:
    frame = sys._getframe(2)
    return "importlib" in frame.f_code.co_filename


def _is_elsewhere(args: tuple[Any, ...]) -> bool:
    address = args[1] if len(args) > 1 else None
    if not isinstance(address, tuple) or not address:
        return False
    return str(address[0]) not in {"127.0.0.1", "::1", "localhost"}


@contextlib.contextmanager
def asked_for(ask: Callable[[Any], object]) -> Iterator[None]:
    """Note, for a while, which environment variables are asked for."""
    kind: Any = type(os.environ)
    get = kind.__getitem__
    _watch_environment(ask)
    try:
        yield
    finally:
        kind.__getitem__ = get


def _watch_environment(ask: Callable[[Any], object]) -> None:
    """Note which environment variables are asked for."""
    kind: Any = type(os.environ)
    get = kind.__getitem__

    def getitem(self: Any, key: Any) -> Any:
        # `os.environb` asks the same in bytes.
        ask(os.fsdecode(key) if isinstance(key, bytes) else key)
        return get(self, key)

    kind.__getitem__ = getitem
