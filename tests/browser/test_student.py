"""The front end's own statistics against SciPy's, over the range that panels ever ask for."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

LAB = Path(__file__).parent.parent.parent / "extension" / "lab"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")


def ask(expression: str, argument: Any) -> Any:
    """Evaluate an expression over the module `student` and `given` in Node, which runs TypeScript as it is."""
    if NODE is None:
        pytest.skip("no node in the environment")
    script = (
        f"import * as student from {json.dumps((LAB / 'panels/student.ts').as_uri())};"
        f"const given = {json.dumps(argument)}; console.log(JSON.stringify({expression}));"
    )
    done = subprocess.run([NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_factor_is_scipys_for_whole_and_broken_degrees_of_freedom() -> None:
    cases = [
        (df, level) for df in (1, 1.5, 2, 3, 4.37, 9, 29, 120.5, 1e4, 1e6) for level in (0.5, 0.9, 0.95, 0.99, 0.999)
    ]
    found = ask("given.map(([df, level]) => student.tFactor(df, level))", cases)
    assert found == pytest.approx([stats.t.ppf(0.5 + level / 2, df) for df, level in cases], rel=1e-9)


def test_no_degrees_of_freedom_give_no_factor() -> None:
    assert ask("[0, -1, NaN].map((df) => student.tFactor(df, 0.95))", None) == [None, None, None]


def test_intervals_and_differences_are_scipys() -> None:
    chance = random.Random(7)
    a, b = ([chance.gauss(0.97, 0.01) for _ in range(n)] for n in (7, 4))
    mean, welch, paired = ask(
        "[student.meanInterval(given[0], 0.95), student.welchDifference(given[0], given[1], 0.9),"
        " student.pairedDifference(given[1].map((x, i) => [x, given[0][i]]), 0.95)]",
        [a, b],
    )
    expected = stats.ttest_1samp(a, 0).confidence_interval(0.95)
    assert (mean["low"], mean["high"], mean["n"]) == pytest.approx((expected.low, expected.high, 7), rel=1e-9)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert (welch["low"], welch["high"]) == pytest.approx((expected.low, expected.high), rel=1e-9)
    expected = stats.ttest_rel(b, a[:4]).confidence_interval(0.95)
    assert (paired["low"], paired["high"], paired["n"]) == pytest.approx((expected.low, expected.high, 4), rel=1e-9)


def test_equal_numbers_have_no_spread_and_one_number_no_interval() -> None:
    equal, one = ask("given.map((values) => student.meanInterval(values, 0.95))", [[0.1 + 0.2, 0.3, 0.3], [0.3]])
    assert equal["low"] == equal["high"]
    assert one == {"mean": 0.3, "low": None, "high": None, "n": 1}
