"""What tells an object's content now from its content later on in the same process: whether a cell has changed it."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import types
from typing import Any

#: What a fingerprint begins with. An object that cannot be compared with itself later may be changed by all who touch
#: it; data and modules are changed by nobody, and code holds no data.
UNKNOWN, OBJECT, DATA, CODE, MODULE = "?", "object", "data", "code", "module"

#: Bytes of one object's content above which it is not compared.
_LIMIT = 256 * 1024**2

_ATOMS = (type(None), bool, int, float, complex, str, bytes, range, type(Ellipsis), type(NotImplemented))
#: Parts of pressrun that only fetch what is there: their caches are nobody's business.
_FETCHING = ("pressrun.runs.histories", "pressrun.runs.index", "pressrun.sources", "pressrun.project")
#: Libraries whose objects change when they are looked at.
_RESTLESS = ("matplotlib", "mpl_toolkits", "IPython", "ipykernel", "zmq", "threading", "asyncio")


def fingerprint(value: object, root: str) -> str:
    """Give what tells a value's content from its content at another time, and, in front, what kind of value it is.

    What the project's own modules hold is looked at as a whole, by another name.

    Parameters
    ----------
    root
        Of the project, with a slash: classes of modules below it hold what a cell may change.
    """
    try:
        if is_data(value):
            return f"{DATA} {digest_of(value)}"
        if isinstance(value, types.ModuleType):
            return MODULE
        return CODE if _is_code(value) else content_of(value, root)
    except RecursionError:
        return UNKNOWN


def content_of(value: object, root: str) -> str:
    """Give the fingerprint of an object by all that it holds."""
    sink = _Sink()
    try:
        pickler = _Contents(sink, 5, buffer_callback=sink.take)
        pickler.root = root
        pickler.dump(value)
    except _TooLargeError:
        return UNKNOWN
    except Exception:
        # Whatever an author's object does when it is looked at: it is not known then.
        return UNKNOWN
    return f"{OBJECT} {sink.digest()}"


def digest_of(value: object) -> str:
    """Digest the repr of something."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class _TooLargeError(Exception):
    pass


class _Sink(io.RawIOBase):
    """Digests what is written to it."""

    def __init__(self) -> None:
        self._total = hashlib.blake2b(digest_size=16)
        self._size = 0

    def write(self, data: Any) -> int:
        """Take some bytes in."""
        self._size += len(data)
        if self._size > _LIMIT:
            raise _TooLargeError
        self._total.update(data)
        return len(data)

    def take(self, buffer: pickle.PickleBuffer) -> None:
        """Take a large buffer in, where it lies."""
        with buffer.raw() as view:
            self.write(view)

    def digest(self) -> str:
        """Give the digest of all that was written."""
        return self._total.hexdigest()


class _Contents(pickle.Pickler):
    """Writes what can change of an object, also of a notebook's own functions and classes, which pickles only name."""

    root = ""

    def reducer_override(self, value: Any) -> Any:
        """Say what to write of an object; NotImplemented for what its own type says."""
        kind = type(value)
        module = kind.__module__ or ""
        if module.startswith(_FETCHING):
            return str, ("pressrun",)
        if module.startswith(_RESTLESS):
            raise pickle.PicklingError("changes when it is looked at")
        if isinstance(value, types.FunctionType) and value.__module__ == "__main__":
            cells = [_content(cell) for cell in value.__closure__ or ()]
            return str, (value.__qualname__, [value.__defaults__, value.__kwdefaults__, vars(value), cells])
        if isinstance(value, type) and self._is_own_class(value):
            held = {key: each for key, each in vars(value).items() if not _is_machinery(key, each)}
            return str, (value.__qualname__, list(held.items()))
        if isinstance(value, types.ModuleType):
            return str, (value.__name__,)
        return NotImplemented

    def _is_own_class(self, kind: type) -> bool:
        if kind.__module__ == "__main__":
            return True
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        return isinstance(file, str) and file.startswith(self.root) and "site-packages" not in file


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _is_machinery(key: str, value: object) -> bool:
    return key in {"__dict__", "__weakref__", "__module__", "__doc__", "__qualname__"} or isinstance(
        value, (types.FunctionType, types.GetSetDescriptorType, types.MemberDescriptorType)
    )


def is_data(value: object) -> bool:
    """Whether a value can never be another than it is."""
    if type(value) in {tuple, frozenset}:
        return all(map(is_data, value))  # type: ignore[call-overload]
    return type(value) in _ATOMS


def _is_code(value: object) -> bool:
    if isinstance(value, types.FunctionType) and value.__module__ == "__main__":
        held = [value.__defaults__, *(value.__kwdefaults__ or {}).values()]
        held += [_content(cell) for cell in value.__closure__ or ()]
        return not vars(value) and all(is_data(each) or _is_code(each) for each in held)
    if isinstance(value, type):
        return value.__module__ != "__main__"
    return isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.CodeType))
