"""Modules that a kernel holds before its paper imports them: out of sight until then, and then as if just imported."""

from __future__ import annotations

import contextlib
import copy
import os
import random
import sys
import threading
import warnings
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from pressrun.build.fingerprints import digest_of
from pressrun.build.observer import asked_for
from pressrun.build.shared_state import shared_state

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec

#: What Python tells of itself: that variables change, and that there is more to an import than modules.
_CHANGES = ("os.putenv", "os.unsetenv")
_REACHES_OUT = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect")
#: Variables that libraries read without asking Python.
_ASKED_UNSEEN = ("OMP_", "GOMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_")
#: Files of the working folder that libraries read while they are imported.
_READ_IN_FOLDER = ("matplotlibrc",)


class UnshelvableError(Exception):
    """Says what an import did that cannot be done again later: this process is no use for a kernel any more."""


@dataclass(eq=False)
class _Batch:
    """What one import brought: its modules, and what it did besides."""

    package: str
    modules: dict[str, tuple[types.ModuleType, ModuleSpec | None]] = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)
    filters: list[Any] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    needs: list[_Batch] = field(default_factory=list)
    draws: bool = False
    is_put_away: bool = False


class Shelf:
    """Imports modules ahead of time, and is the finder and the loader that hands them out.

    A library that is there already would otherwise be seen: in `sys.modules`, in what a cell asks of the environment
    while it imports, in the order of warnings' filters.
    """

    def __init__(self) -> None:
        self._batches: dict[str, _Batch] = {}
        self._loading: _Batch | None = None
        self._lock = threading.RLock()
        self._at_work = False
        self._changed: dict[str, None] = {}
        self._random: object = None
        #: What an import did that cannot be done again when the paper imports the module; empty if nothing.
        self.lasting = ""
        #: Why what was handed out may be another thing than the paper would have imported; empty if it is not.
        self.doubt = ""

    # -- ahead of time ---------------------------------------------------------------------------------------------

    def load(self, statement: str) -> None:
        """Execute an import statement, and put away what it brought.

        Raises
        ------
        UnshelvableError
            If the import failed, or did what cannot be done again when the paper imports the module.
        """
        state = shared_state()
        warned = _Warned()
        item: Any = ("ignore", warned, Warning, None, 0)
        warnings.filters.insert(0, item)  # type: ignore[attr-defined]
        try:
            with asked_for(self._note):
                self._bring(statement)
        except Exception as error:
            raise UnshelvableError(f"{statement}: {type(error).__name__}: {error}") from error
        finally:
            warnings.filters.remove(item)  # type: ignore[attr-defined]
        nothing = digest_of(None)
        changed = [key for key, value in shared_state().items() if state[key] not in {value, nothing}]
        if warned.of or self.lasting or changed:
            raise UnshelvableError(f"{statement}: {warned.of or self.lasting or f'changes {changed[0]}'}")

    @contextlib.contextmanager
    def _unobserved(self) -> Iterator[None]:
        """Take what is done meanwhile for the shelf's own doing."""
        self._at_work, at_work = True, self._at_work
        try:
            yield
        finally:
            self._at_work = at_work

    def _note(self, name: str) -> None:
        if self._loading is not None and not self._at_work:
            self._loading.asked.setdefault(name)

    def _bring(self, statement: str) -> None:
        """Execute an import statement, what other packages it needs each by itself."""
        around = self._loading
        there = list(around.needs) if around is not None else []
        self._put_away(there)
        with self._unobserved():
            before, filters, environment = set(sys.modules), list(warnings.filters), dict(os.environ)
        generator = random.getstate()
        # "import a.b" or "from a.b import c".
        batch = self._loading = _Batch(statement.split()[1].partition(".")[0])
        try:
            # Warnings are attributed as those of a cell are.
            exec(statement, {"__name__": "__main__"})  # noqa: S102 - an import, parsed as one
        except Exception:
            there += [need for need in batch.needs if need not in there]
            raise
        else:
            batch.draws = random.getstate() != generator
            random.setstate(generator)
            with self._unobserved():
                self._take_back(batch, filters, environment)
            for name in sys.modules.keys() - before - {name for need in batch.needs for name in need.modules}:
                if name.partition(".")[0] not in sys.stdlib_module_names:
                    module = sys.modules[name]
                    batch.modules[name] = module, getattr(module, "__spec__", None)
            batch.places = {name: _place(name) for name in batch.modules if "." not in name}
            self._put_away([*batch.needs, batch])
        finally:
            self._loading = around
            if around is not None:
                around.needs.clear()
                with self._unobserved():
                    for need in there:
                        self._hand_out(need)

    def _take_back(self, batch: _Batch, filters: Sequence[Any], environment: Mapping[str, str]) -> None:
        """Undo what an import, or what came off the shelf for it, did to settings, and keep what is its own."""
        added = [each for each in warnings.filters if each not in filters]
        if any(each not in warnings.filters for each in filters) or environment.keys() - os.environ.keys():
            self.lasting = "takes settings away"
        variables = {key: value for key, value in os.environ.items() if environment.get(key) != value}
        for each in added:
            warnings.filters.remove(each)  # type: ignore[attr-defined]
        for key in variables:
            if key in environment:
                os.environ[key] = environment[key]
            else:
                del os.environ[key]
        batch.filters = [each for each in added if not any(each in need.filters for need in batch.needs)]
        batch.variables = {k: v for k, v in variables.items() if not any(k in need.variables for need in batch.needs)}

    def begin(self) -> None:
        """Take what is now for what the paper begins with."""
        self._changed.clear()
        self._random = random.getstate()

    def peek(self, name: str) -> Any:
        """Give a module that stays on the shelf."""
        return self._batches[name].modules[name][0]

    def _put_away(self, batches: Sequence[_Batch]) -> None:
        for batch in batches:
            for name, (module, _) in batch.modules.items():
                holder = _holder(name, batch)
                if holder is not None and vars(holder).get(name.rpartition(".")[2]) is module:
                    delattr(holder, name.rpartition(".")[2])
        for batch in batches:
            batch.is_put_away = True
            for name in batch.modules:
                self._batches[name] = batch
                sys.modules.pop(name, None)

    # -- when the paper imports ------------------------------------------------------------------------------------

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None) -> Any:
        """Find a module that is on the shelf."""
        top = name.partition(".")[0]
        apart = self._loading is not None and top not in {self._loading.package, *sys.stdlib_module_names}
        if apart and name not in self._batches:
            # What goes wrong here goes wrong once more where it belongs.
            with contextlib.suppress(Exception):
                self._bring(f"import {name}")
        batch = self._batches.get(name)
        if batch is None:
            return None
        spec = copy.copy(batch.modules[name][1])
        if spec is not None:
            spec.loader = self  # type: ignore[assignment]
        return spec

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """Give the module that is there."""
        return self._batches[spec.name].modules[spec.name][0]

    def exec_module(self, module: types.ModuleType) -> None:
        """Hand out a module with all that came with it, and do again what its import did besides."""
        batch = self._batches[module.__name__]
        with self._lock, self._unobserved():
            self._hand_out(batch)

    def _hand_out(self, batch: _Batch) -> None:
        for need in batch.needs:
            self._hand_out(need)
        if self._loading is not None and batch not in self._loading.needs:
            self._loading.needs.append(batch)
        if not batch.is_put_away:
            return
        batch.is_put_away = False
        if self._loading is None:
            self.doubt = self.doubt or self._doubt(batch)
        for name, (module, spec) in batch.modules.items():
            self._batches.pop(name, None)
            # The import system has given the module that was asked for the shelf's own.
            module.__spec__ = spec
            sys.modules[name] = module
            holder = _holder(name, batch)
            if holder is not None:
                setattr(holder, name.rpartition(".")[2], module)
        for action, message, category, place, line in reversed(batch.filters):
            patterns = [each.pattern if each is not None else "" for each in (message, place)]
            warnings.filterwarnings(action, patterns[0], category, patterns[1], line)
        os.environ.update(batch.variables)
        for name in batch.asked:
            os.environ.get(name)
        if batch.draws and self._loading is None:
            # Whatever it drew: nobody has set the generator, so that its state is as good as any.
            random.random()  # noqa: S311
            self._random = random.getstate()

    def _doubt(self, batch: _Batch) -> str:
        asked = [name for name in self._changed if name in batch.asked or name.startswith(_ASKED_UNSEEN)]
        if asked:
            return f"the environment variable {asked[0]} was changed before an import that asks for it"
        if batch.draws and random.getstate() != self._random:
            return "random numbers were drawn before an import that draws some"
        if any(map(os.path.exists, _READ_IN_FOLDER)):
            return "libraries have a settings file in the working folder"
        moved = [name for name, place in batch.places.items() if _place(name) != place]
        return f"{moved[0]} would be imported from another place" if moved else ""

    # -- watching --------------------------------------------------------------------------------------------------

    def watch(self, root: str) -> None:
        """Note from now on what changes the environment, and what an import ahead of time does to the world outside."""

        def note(event: str, args: tuple[Any, ...]) -> None:
            if self._loading is None:
                if event in _CHANGES and not self._at_work:
                    self._changed.setdefault(os.fsdecode(args[0]))
            elif event in _REACHES_OUT or (event == "open" and _is_below(args[0], root)):
                self.lasting = event

        sys.addaudithook(note)


def _is_below(path: object, root: str) -> bool:
    """Whether a file is the project's, not one of a library that is installed in it."""
    if not isinstance(path, (str, bytes)):
        return False
    full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - an audit hook must not resolve anything
    return full.startswith(f"{root}/") and "/site-packages/" not in full and not full.endswith(".pyc")


def _place(name: str) -> str | None:
    """Give where the import path leads to for a name."""
    found = PathFinder.find_spec(name)
    return found.origin if found is not None else None


def _holder(name: str, batch: _Batch) -> types.ModuleType | None:
    """Give the package that a module is an attribute of, if it was there without it."""
    package = name.rpartition(".")[0]
    return None if package in batch.modules else sys.modules.get(package)


class _Warned:
    """Stands in a filter of warnings as a pattern that never matches, and sees all warnings, also those ignored."""

    def __init__(self) -> None:
        self.of = ""

    def match(self, text: str) -> bool:
        """Note a warning."""
        self.of = text
        return False


#: Of this process.
SHELF = Shelf()
