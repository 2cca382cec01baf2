"""The look of print: colours that everybody can tell from the paper, dashes that survive a grey printer."""

from __future__ import annotations

import itertools

import pytest

from pressrun.panels.curves_figure import spread
from pressrun.panels.style import COLORS, DASHES, ink


def luminance(color: str) -> float:
    """Give WCAG 2's relative luminance."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("color", COLORS)
def test_every_line_has_three_to_one_against_paper(color: str) -> None:
    assert 1.05 / (luminance(color) + 0.05) >= 3.0


def test_no_two_lines_share_both_colour_and_dash() -> None:
    inks = [ink(index) for index in range(len(COLORS) ** 2)]
    assert all(a != b for a, b in itertools.combinations(inks, 2))


def test_every_colour_has_a_dash_of_its_own() -> None:
    assert len(set(DASHES)) == len(COLORS)


def test_labels_that_collide_are_moved_apart_and_no_further() -> None:
    assert spread([10.0, 10.0], 4.0, 0.0, 100.0) == [8.0, 12.0]
    assert spread([10.0, 50.0], 4.0, 0.0, 100.0) == [10.0, 50.0]


def test_labels_stay_within_the_axes_in_the_order_of_their_lines() -> None:
    places = spread([99.0, 1.0, 98.0, 97.0], 5.0, 0.0, 100.0)
    assert places is not None
    assert max(places) <= 100.0
    assert sorted(range(4), key=places.__getitem__) == [1, 3, 2, 0]
    assert all(b - a >= 5.0 - 1e-9 for a, b in itertools.pairwise(sorted(places)))


def test_labels_that_have_no_room_are_given_up() -> None:
    assert spread([1.0, 2.0, 3.0], 60.0, 0.0, 100.0) is None
