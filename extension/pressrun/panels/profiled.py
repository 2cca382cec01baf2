"""What a data set is made of: missing values, duplicates, classes, and rows that two of its splits have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pressrun.lettering import count, listing, shorten
from pressrun.panels.data import as_codes, as_numbers
from pressrun.panels.drifted import is_numeric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

#: The share of its most frequent class below which a class is rare, and of missing values from which a column is named.
RARE, SPARSE = 0.1, 0.2


@dataclass(frozen=True, slots=True)
class Feature:
    """What a column holds in one split.

    Parameters
    ----------
    missing
        The share of its values that are.
    distinct
        How many different values the others are.
    mean, deviation, low, high
        Of finite numbers; NaN of a column that holds none.
    common, share
        The most frequent category, and its share of the values that are there; "" of numbers.
    n
        The values that are there.
    """

    numeric: bool
    missing: float
    distinct: int
    mean: float = math.nan
    deviation: float = math.nan
    low: float = math.nan
    high: float = math.nan
    common: str = ""
    share: float = math.nan
    n: int = 0


def feature_of(column: pd.Series[Any]) -> Feature:
    """Say what a column holds."""
    n = int(column.notna().sum())
    missing = 1 - n / len(column) if len(column) else math.nan
    if is_numeric(column):
        values = as_numbers(column, "")[0]
        finite = values[np.isfinite(values)]
        distinct = len(np.unique(values[~np.isnan(values)]))
        if not finite.size:
            return Feature(True, missing, distinct, n=n)
        deviation = float(finite.std(ddof=1)) if finite.size > 1 else math.nan
        return Feature(
            True, missing, distinct, float(finite.mean()), deviation, float(finite.min()), float(finite.max()), n=n
        )
    counts = class_counts(column)
    common = max(counts, key=lambda name: counts[name], default="")
    share = counts[common] / n if n else math.nan
    return Feature(False, missing, len(counts), common=common, share=share, n=n)


def class_counts(column: pd.Series[Any]) -> dict[str, int]:
    """Give how often each category of a column occurs, in the order of their first rows."""
    codes, names = as_codes(column)
    return dict(zip(names, np.bincount(codes[codes >= 0], minlength=len(names)).tolist(), strict=True))


def row_hashes(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.uint64]:
    """Give a hash of each row's values: alike for rows that are, whatever types two files read their columns as.

    Of a million different rows two have the same 64 bits with a probability of 3 in 100 million.
    """
    import pandas as pd

    plain: dict[str, NDArray[Any]] = {}
    for name in columns:
        column = frame[name]
        if is_numeric(column):
            # Adding 0 makes one number of 0 and -0.
            plain[name] = as_numbers(column, "")[0] + 0.0
        else:
            codes, names = as_codes(column)
            plain[name] = pd.util.hash_array(np.array([*names, "\0"], dtype=object))[codes]
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(plain), index=False), dtype=np.uint64)


def common_rows(hashes: Mapping[str, NDArray[np.uint64]]) -> dict[tuple[str, str], int]:
    """Give how many rows of one split another has as well; of a split with itself, how many repeat an earlier one."""
    found = {}
    for one, own in hashes.items():
        for two, others in hashes.items():
            found[one, two] = len(own) - len(np.unique(own)) if one == two else int(np.isin(own, others).sum())
    return found


def findings_of(
    splits: Mapping[str, pd.DataFrame],
    features: Mapping[str, Mapping[str, Feature]],
    common: Mapping[tuple[str, str], int],
    target: str | None,
) -> list[str]:
    """Give what is wrong with the data and what to do, the worst first: leakage, duplicates, classes, columns.

    Rules: rows that two splits share leak; a class is rare below a tenth of the most frequent one's count, and one that
    a split lacks is named; a column is named where a fifth of it is missing, and where it does not vary.
    """
    found = []
    names = list(splits)
    for place, one in enumerate(names):
        for two in names[place + 1 :]:
            if common[two, one]:
                shared = (
                    f"{count(common[two, one], 'row')} of {shorten(two)} ({common[two, one] / len(splits[two]):.1%})"
                )
                found.append(
                    f"leakage: {shared} {_are(common[two, one])} in {shorten(one)} too; keep each in one of them"
                )
    for name in names:
        if twice := common[name, name]:
            which = f"{count(twice, 'row')} of {shorten(name)} ({twice / len(splits[name]):.1%})"
            says = "repeats" if twice == 1 else "repeat"
            found.append(f"duplicates: {which} {says} an earlier one; drop what counts twice, or say why it does")
    if target is not None:
        found += _class_findings(
            {name: class_counts(frame[target]) for name, frame in splits.items() if target in frame}
        )
    for column, by_split in features.items():
        lacking = [name for name in names if name not in by_split]
        if lacking:
            found.append(f"column {shorten(column)} is not in {listing(lacking, 3)}")
        sparse = [f"{each.missing:.1%} of {name}" for name, each in by_split.items() if each.missing >= SPARSE]
        if sparse:
            found.append(f"column {shorten(column)} is missing in {listing(sparse, 6)}")
        if all(feature.distinct <= 1 for feature in by_split.values()) and any(f.n for f in by_split.values()):
            found.append(f"column {shorten(column)} does not vary; it says nothing")
    return found


def _class_findings(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    found = []
    every = dict.fromkeys(name for each in counts.values() for name in each)
    if len(every) == 1:
        return [f"classes: {shorten(next(iter(every)))} is the only one; nothing can be told apart"]
    rare: dict[str, None] = {}
    for split, own in counts.items():
        if lacking := [name for name in every if name not in own]:
            found.append(f"classes: {shorten(split)} lacks {listing(lacking, 3)}; split the data by class")
        rare |= dict.fromkeys(name for name in own if own[name] < RARE * max(own.values()))
    if rare:
        are = _are(len(rare))
        found.append(
            f"classes: {listing(rare, 3)} {are} less than a tenth as frequent as the most frequent; "
            "report metrics by class"
        )
    return found


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
