"""Data that an author passes to a panel: a frame of pandas, or a Parquet or CSV file of the project."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from pressrun.arguments import check_path, describe
from pressrun.errors import UsageError, reason_of
from pressrun.lettering import count, listing, shorten
from pressrun.panels.places import project_file
from pressrun.project import Project
from pressrun.runs.address import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeAlias

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    #: What stands for data: a frame, or the path of a file of the project.
    Given: TypeAlias = pd.DataFrame | str | os.PathLike[str]

_PARQUET = (".parquet", ".pq")
_TEXT = {".csv": ",", ".tsv": "\t"}


def read_data(given: object, name: str, project: Project | None = None) -> pd.DataFrame:
    """Give the data that an author passes as a frame whose columns are texts, each once; none that is passed changes.

    Parameters
    ----------
    given
        A frame, or the path of a Parquet, CSV or TSV file, from the working folder or else from the project's root.
    name
        What the caller calls the argument.
    project
        The project whose files may be read; None: the one of the working folder.

    Raises
    ------
    UsageError
        If it is neither, the file is not in the project or cannot be read, or two columns have one name.
    """
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        frame = given
    elif isinstance(given, (str, os.PathLike)):
        path = check_path(given, name, f'{name}="data/batch.parquet"')
        frame = _read_file(project_file(project or Project.find(), path), str(path))
    else:
        raise UsageError(
            f"{name} is {describe(given)}, neither a frame nor a file",
            where=name,
            hint='pass a frame of pandas, or a path such as "data/batch.parquet"',
        )
    columns = [str(column) for column in frame.columns]
    if twice := [column for column, times in Counter(columns).items() if times > 1]:
        raise UsageError(f"{name} has the column {shorten(twice[0])!r} twice", where=name, hint="rename one of them")
    return frame.set_axis(columns, axis=1)


def _read_file(path: Path, wanted: str) -> pd.DataFrame:
    import pandas as pd

    ending = path.suffix.lower()
    if ending not in (*_PARQUET, *_TEXT):
        known = ", ".join((*_PARQUET, *_TEXT))
        raise UsageError(
            f"is no file of data that is known ({known})", where=wanted, hint="convert it, or pass a frame"
        )
    try:
        # Opened here and not by a library, so that a build sees which file the cell depends on.
        with path.open("rb") as file:
            return pd.read_parquet(file) if ending in _PARQUET else pd.read_csv(file, sep=_TEXT[ending])
    except (OSError, ValueError, pd.errors.ParserError) as error:
        why = shorten(reason_of(error), 120)
        raise UsageError(
            f"cannot be read: {why}", where=wanted, hint="write the file again, or pass a frame"
        ) from error


def column_of(frame: pd.DataFrame, column: object, name: str, data: str) -> str:
    """Give the name of a column back.

    Parameters
    ----------
    name, data
        What the caller calls the argument, and the data.

    Raises
    ------
    UsageError
        If there is none of that name; the message names the nearest.
    """
    if isinstance(column, str) and column in frame.columns:
        return column
    known = list(frame.columns)
    close = nearest(column, known) if isinstance(column, str) else []
    hint = f"did you mean {listing(map(repr, close))}?" if close else f"there are {listing(map(repr, known), 8)}"
    what = repr(shorten(column)) if isinstance(column, str) else describe(column)
    raise UsageError(f"{data} has no column {what}", where=name, hint=hint if known else f"{data} has no columns")


def as_numbers(column: pd.Series[Any], name: str) -> tuple[NDArray[np.float64], list[str]]:
    """Give a column's numbers, NaN where there is none, and what the disclosure is to say of those that are no number.

    Infinite values come as they are.
    """
    import numpy as np
    import pandas as pd

    found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = int((np.isnan(found) & column.notna().to_numpy()).sum())
    return found, [f"{count(wrong, 'value')} of {shorten(name)} not a number, taken as missing"] if wrong else []


def as_codes(column: pd.Series[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Give a column's categories as texts, and of each value the place among them, -1 where it is missing.

    1, 1.0 and "1" are the same: two files rarely agree in which of them they hold.
    """
    import numpy as np
    import pandas as pd

    try:
        codes, found = pd.factorize(column)
    except TypeError:
        # Lists and the like have no hash.
        codes, found = pd.factorize(column.map(str, na_action="ignore"))
    places: dict[str, int] = {}
    same = [places.setdefault(_category(value), len(places)) for value in found.tolist()]
    return np.array([*same, -1], dtype=np.intp)[codes], list(places)


def _category(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def as_times(column: pd.Series[Any], name: str) -> tuple[NDArray[np.float64], bool]:
    """Give a column's times: seconds since 1970, UTC, or plain numbers such as steps; NaN where there is none.

    Returns
    -------
    tuple
        The times, and whether they are seconds since 1970.

    Raises
    ------
    UsageError
        If they are neither times nor numbers.
    """
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_datetime64_any_dtype

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), False
    try:
        # Texts are read as ISO 8601: whoever writes them otherwise says how by pandas.to_datetime.
        found = pd.to_datetime(column, utc=True, format=None if is_datetime64_any_dtype(column) else "ISO8601")
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"the column {shorten(name)!r} holds neither times nor numbers: {shorten(reason_of(error), 80)}",
            where="time",
            hint="name the column that does, or convert it by pandas.to_datetime",
        ) from error
    seconds = found.to_numpy(dtype="datetime64[us]").astype(np.float64) / 1e6
    return np.where(found.isna().to_numpy(), np.nan, seconds), True


def missing_columns(names: Sequence[str], of: str) -> str:
    """Say which columns are not there; empty where all are."""
    return f"{count(len(names), 'column')} not in {of} ({listing(names, 4)})" if names else ""
