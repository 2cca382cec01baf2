"""How the index holds a run and a series: as text and as packed arrays, small where that costs nothing."""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

from pressrun.records import Artifact, Dataset, Problem, Provenance, Run, Series, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

#: How an array is packed: as it is, compressed, as one value, or as first value and stride.
_RAW, _COMPRESSED, _CONSTANT, _REGULAR = b"rzcs"
#: Compression must save this much to be worth its time when reading.
_WORTH = 0.7


class DamageError(ValueError):
    """What the index holds is not what was put there. Never leaves the index: it is made again."""


def pack(array: NDArray[np.int64] | NDArray[np.float64]) -> bytes:
    """Pack an array of eight-byte numbers, losing nothing, not even which NaN it was."""
    import numpy as np

    raw = np.ascontiguousarray(array, dtype="<i8" if array.dtype.kind == "i" else "<f8")
    data = raw.tobytes()
    bits = raw.view("<i8")
    if len(raw) > 2:
        if bool((bits == bits[0]).all()):
            return bytes([_CONSTANT]) + data[:8]
        if array.dtype.kind == "i":
            strides = np.diff(raw)
            if bool((strides == strides[0]).all()):
                return bytes([_REGULAR]) + struct.pack("<qq", int(raw[0]), int(strides[0]))
        small = zlib.compress(data, 1)
        if len(small) < _WORTH * len(data):
            return bytes([_COMPRESSED]) + small
    return bytes([_RAW]) + data


def unpack(packed: bytes, count: int, kind: str) -> NDArray[Any]:
    """Give the array of `count` numbers of kind "<i8" or "<f8" again.

    Raises
    ------
    DamageError
        If the bytes are not what `pack` made of so many numbers.
    """
    import numpy as np

    how, data = packed[0] if packed else 0, packed[1:]
    if how == _CONSTANT and len(data) == 8:
        return np.repeat(np.frombuffer(data, dtype=kind), count)
    if how == _REGULAR and len(data) == 16:
        first, stride = struct.unpack("<qq", data)
        return np.asarray(first + stride * np.arange(count, dtype=np.int64))
    if how == _COMPRESSED:
        try:
            # Bounded by what is expected, so that damaged bytes cannot ask for more.
            data = zlib.decompressobj().decompress(data, 8 * count + 1)
        except zlib.error as error:
            raise DamageError(str(error)) from error
    if how not in (_RAW, _COMPRESSED) or len(data) != 8 * count:
        raise DamageError(f"{len(packed)} bytes for {count} numbers")
    return np.frombuffer(data, dtype=kind).copy()


def pack_series(place: bytes, series: Series) -> tuple[int, bytes, bytes, bytes, int]:
    """Give the number of points, the packed steps, times and values, and a check sum over them and their place.

    Parameters
    ----------
    place
        Whose series it is: a damaged table must not give one run the numbers of another.
    """
    parts = (pack(series.steps), pack(series.times), pack(series.values))
    return (len(series), *parts, check_sum(place, *parts))


def unpack_series(place: bytes, count: int, steps: bytes, times: bytes, values: bytes, check: int) -> Series:
    """Give a series again.

    Raises
    ------
    DamageError
        If the bytes are not those that `pack_series` gave for this place.
    """
    if check_sum(place, steps, times, values) != check:
        raise DamageError("the check sum of a series is wrong")
    return Series(unpack(steps, count, "<i8"), unpack(times, count, "<f8"), unpack(values, count, "<f8"))


def check_sum(*parts: object) -> int:
    """Give a check sum that also tells where one part ends and the next begins.

    Raises
    ------
    DamageError
        If a part is none, as a damaged table may give it.
    """
    value = 0
    for part in parts:
        if not isinstance(part, bytes):
            raise DamageError(f"{part!r:.40} stands where bytes were put")
        value = zlib.crc32(part, zlib.crc32(len(part).to_bytes(8, "little"), value))
    return value


def pack_run(run: Run) -> tuple[str, str]:
    """Give a run as two texts: the packages that it was recorded with, which many runs share, and the rest."""
    record = {entry.name: getattr(run, entry.name) for entry in dataclasses.fields(Run)}
    record["status"] = run.status.value
    record["artifacts"] = [(a.path, a.size, a.digest) for a in run.artifacts]
    record["problems"] = [(p.where, p.reason) for p in run.problems]
    provenance = {entry.name: getattr(run.provenance, entry.name) for entry in dataclasses.fields(Provenance)}
    packages = provenance.pop("packages")
    provenance["datasets"] = [(d.name, d.version, d.digest, d.path) for d in run.provenance.datasets]
    record["provenance"] = provenance
    return _text(packages), _text(record)


def unpack_run(record: str, packages: Mapping[str, str]) -> Run:
    """Give a run again.

    Raises
    ------
    DamageError
        If the text is not what `pack_run` made.
    """
    try:
        data = json.loads(record)
        provenance = data["provenance"]
        provenance["command"] = tuple(provenance["command"])
        provenance["datasets"] = tuple(Dataset(*entry) for entry in provenance["datasets"])
        data["provenance"] = Provenance(packages=packages, **provenance)
        data["status"] = Status(data["status"])
        data["artifacts"] = tuple(Artifact(*entry) for entry in data["artifacts"])
        data["problems"] = tuple(Problem(*entry) for entry in data["problems"])
        return Run(**data)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamageError(f"a run cannot be read: {error}") from error


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=_bare)


def _bare(value: object) -> Any:
    """Give Python's own for a mapping that is no dict, or for a number of numpy's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "items"):
        return dict(value.items())
    return str(value)
