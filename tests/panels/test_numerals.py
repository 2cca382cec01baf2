"""Numbers as they are printed."""

from __future__ import annotations

import math

import pytest

from pressrun.panels.numerals import decimals_for, fixed, measured, plain_number, signed


@pytest.mark.parametrize(
    ("halves", "decimals"),
    [([0.012], 3), ([0.0996], 2), ([0.00051], 5), ([3.2], 1), ([47.0], 0), ([1200.0], -2), ([0.012, 0.0001, 0.014], 3)],
)
def test_half_widths_show_two_significant_digits(halves: list[float], decimals: int) -> None:
    assert decimals_for([0.9], halves) == decimals


@pytest.mark.parametrize(
    ("values", "decimals"), [([0.98123, 0.5], 4), ([12.5], 2), ([3.0, 20.0], 0), ([], 0), ([0.0], 0)]
)
def test_numbers_alone_show_four_significant_digits_and_whole_ones_none(values: list[float], decimals: int) -> None:
    assert decimals_for(values) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.98149, 3, "0.981"),
        (-0.0004, 3, "0.000"),
        (-0.5, 1, "−0.5"),
        (math.nan, 2, "NaN"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (1234567.0, 0, "1234567"),
        (1.5e10, 0, "1.500000e10"),
        (1.234e-9, 11, "1.23e−9"),
    ],
)
def test_a_number_with_fixed_decimals(value: float, decimals: int, text: str) -> None:
    assert fixed(value, decimals) == text


def test_a_number_that_is_not_finite_has_no_interval_beside_it() -> None:
    assert measured(math.nan, 0.1, 2) == "NaN"
    assert measured(0.5, math.nan, 2) == "0.50"
    assert measured(0.5, 0.012, 3) == "0.500 ± 0.012"


def test_differences_have_their_sign_and_zero_has_none() -> None:
    assert signed(0.031, 3) == "+0.031"
    assert signed(-0.031, 3) == "−0.031"
    assert signed(0.0, 2) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"), [(10, "10"), (10.0, "10"), (0.001, "0.001"), (1e-5, "1e−5"), (math.nan, "NaN")]
)
def test_a_setting_is_printed_as_people_write_it(value: float, text: str) -> None:
    assert plain_number(value) == text


def test_a_spread_that_is_small_for_its_column_is_not_printed_as_none() -> None:
    assert measured(0.0219, 0.0012, 2) == "0.0219 ± 0.0012"
    assert measured(0.0219, 0.0012, 2, strict=True) == "0.02 ± 0.00"
    assert measured(0.57, 0.14, 2) == "0.57 ± 0.14"
    assert measured(1.0, 0.0, 5) == "1.00000 ± 0"
