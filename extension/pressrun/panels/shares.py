"""How values are distributed, as shares of bins and of categories that two batches have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.lettering import shorten
from pressrun.panels.data import as_numbers
from pressrun.panels.drifted import words

if TYPE_CHECKING:
    import pandas as pd

#: Bins of numbers, the share of all values that they cover, and categories beside the rest.
BINS, COVERED, MOST_WORDS = 24, 0.99, 7
REST = "all others"


def number_shares(*columns: pd.Series[Any]) -> tuple[list[float], list[list[float]]]:
    """Give the edges of bins over the middle of all numbers, and each column's shares of its finite numbers in them.

    Returns
    -------
    tuple
        BINS + 1 edges, and BINS shares a column.
    """
    import numpy as np

    found = [values[np.isfinite(values)] for values in (as_numbers(column, "")[0] for column in columns)]
    every = [np.quantile(values, [(1 - COVERED) / 2, (1 + COVERED) / 2]) for values in found if values.size]
    low, high = min(float(ends[0]) for ends in every), max(float(ends[1]) for ends in every)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(values, edges)[0] / max(values.size, 1) for values in found]
    return edges.tolist(), [each.tolist() for each in shares]


def word_shares(*columns: pd.Series[Any]) -> tuple[list[str], list[list[float]]]:
    """Give the most frequent categories, the rest as one, and each column's shares of them."""
    from collections import Counter

    counts = [Counter(words(column)) for column in columns]
    whole = [max(sum(each.values()), 1) for each in counts]
    most: Counter[str] = Counter()
    for each, size in zip(counts, whole, strict=True):
        for word, number in each.items():
            most[word] += number / size  # type: ignore[assignment]
    names = [word for word, _ in most.most_common(MOST_WORDS)]
    labels = list(dict.fromkeys(shorten(word, 24) for word in names))
    if len(labels) < len(names):
        labels = names
    shares = [[each[word] / size for word in names] for each, size in zip(counts, whole, strict=True)]
    if len(most) > len(names):
        labels = [*labels, REST]
        shares = [[*some, max(0.0, 1 - sum(some))] for some in shares]
    return labels, shares
