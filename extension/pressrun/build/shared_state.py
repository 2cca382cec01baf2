"""What all code of a kernel shares without naming it: settings, generators of random numbers, filters, folders."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

from pressrun.build.fingerprints import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def shared_state() -> dict[str, str]:
    """Fingerprint it, part by part."""
    return {name: digest_of(_quietly(look)) for name, look in _PARTS.items()}


def _quietly(look: Callable[[], object]) -> object:
    try:
        return look()
    except Exception as error:
        return repr(type(error))


def _module(name: str) -> Any:
    return sys.modules.get(name)


def _matplotlib() -> object:
    found = _module("matplotlib")
    if found is None or not hasattr(found, "rcParams"):
        return None
    given = dict(dict.items(found.rcParamsOrig))
    now = dict(dict.items(found.rcParams))
    # What a library is like when it is loaded is as good as not loaded.
    return sorted((k, repr(v)) for k, v in now.items() if not k.startswith("backend") and given.get(k) != v) or None


def _pandas() -> object:
    found = _module("pandas._config.config")
    if found is None:
        return None
    # Not by `get_option`, which warns of some.
    roots = {key: found._get_root(key) for key in list(found._registered_options)}
    now = {key: repr(root[leaf]) for key, (root, leaf) in roots.items()}
    return sorted((k, v) for k, v in now.items() if v != repr(found._registered_options[k].defval)) or None


def _inline() -> object:
    found = _module("matplotlib_inline.config")
    if found is None or not found.InlineBackend.initialized():
        return None
    backend = found.InlineBackend.instance()
    parts = (sorted(backend.figure_formats), backend.rc, sorted(backend.print_figure_kwargs.items()))
    return None if repr(parts) == "(['png'], {}, [('bbox_inches', 'tight')])" else parts


def _figures() -> object:
    found = _module("matplotlib._pylab_helpers")
    return list(found.Gcf.figs) or None if found is not None else None


def _numpy_random() -> object:
    found = _module("numpy.random")
    return found.get_state() if found is not None else None


def _plain(value: object) -> object:
    if not value:
        return value
    import numpy as np

    return [part.tobytes() if isinstance(part, np.ndarray) else part for part in value]  # type: ignore[attr-defined]


def _numpy_printing() -> object:
    found = _module("numpy")
    return sorted(map(repr, found.get_printoptions().items())) if found is not None else None


def _torch() -> object:
    found = _module("torch")
    return bytes(found.random.get_rng_state().numpy()) if found is not None and hasattr(found, "random") else None


def _random() -> object:
    import random

    return random.getstate()


def _warned() -> object:
    """Count the warnings that a module shows the first time only, but for what it warned of while it was loaded."""
    kept = [vars(module).get("__warningregistry__") for module in list(sys.modules.values()) if module is not None]
    return sorted(repr(key) for each in kept if isinstance(each, dict) for key in each if key != "version")


def _threads() -> object:
    """Name the threads that run code of an author's, or may; libraries' own do not touch what is an author's."""
    targets = [getattr(each, "_target", None) for each in threading.enumerate()]
    modules = [getattr(target, "__module__", "") for target in targets if target is not None]
    return sorted(name for name in modules if name.partition(".")[0] in {"__main__", "concurrent", "multiprocessing"})


#: What modules put there when they are loaded, whoever loads them first.
_FILTERS_OF_IMPORTS: list[object] = []


def watch_filters() -> None:
    """Tell the filters of warnings that a module sets while it is being imported from those that a cell sets."""
    library: Any = warnings
    add = library._add_filter

    def add_filter(*item: Any, append: bool) -> None:
        if _is_while_importing():
            _FILTERS_OF_IMPORTS.append(item)
        add(*item, append=append)

    library._add_filter = add_filter


def _is_while_importing() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        if frame.f_code.co_name == "run_code":
            return False
        frame = frame.f_back
    return False


def _decimal() -> object:
    found = _module("decimal")
    return repr(found.getcontext()) if found is not None else None


def _locale() -> object:
    import locale

    return locale.setlocale(locale.LC_ALL)


#: Generators of random numbers that all code shares: only who draws from one depends on who drew before.
RANDOM = ("random", "numpy.random", "torch.random")
_PARTS: dict[str, Callable[[], object]] = {
    "random": _random,
    "numpy.random": lambda: _plain(_numpy_random()),
    "torch.random": _torch,
    "the working folder": os.getcwd,
    "the environment": lambda: sorted(os.environ.items()),
    "the import path": lambda: list(sys.path),
    "warnings' filters": lambda: [repr(each) for each in warnings.filters if each not in _FILTERS_OF_IMPORTS],
    "warnings that are shown once": _warned,
    "threads": _threads,
    "matplotlib's settings": _matplotlib,
    "open figures": _figures,
    "inline figures": _inline,
    "pandas' options": _pandas,
    "numpy's printing": _numpy_printing,
    "the decimal context": _decimal,
    "the locale": _locale,
}
