"""What a reader may rely on, over many papers: how often a claim holds that is not true, and one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import pressrun as pr
from pressrun.claims.check import correct
from pressrun.facts import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.claims.evidence import Evidence
    from pressrun.runs.runset import RunSet

    MakeRuns = Callable[..., RunSet]

pytestmark = pytest.mark.slow


def judged(*asked: Evidence) -> list[str]:
    """Give the verdicts of a paper's claims, corrected together."""
    claims = [to_json(pr.claim(f"claim {place}", evidence).fact) for place, evidence in enumerate(asked)]
    return [claim["verdict"] for claim in correct(claims)]


@pytest.mark.parametrize("test", ["t", "permutation", "rank"])
@pytest.mark.parametrize("seeds", [5, 10])
def test_of_papers_without_a_true_difference_at_most_one_in_twenty_claims_one(
    runs_of: MakeRuns, test: str, seeds: int
) -> None:
    draw = np.random.default_rng(seeds)
    papers, wrong = 250, 0
    for _ in range(papers):
        samples = [runs_of(f"m{model}", list(draw.normal(0.9, 0.02, seeds))) for model in range(5)]
        baseline, *others = samples
        asked = [pr.greater(other, baseline, "test/acc", test=test) for other in others]
        asked += [pr.less(other, baseline, "test/acc", test=test) for other in others]
        wrong += "holds" in judged(*asked)
    # Three standard errors of one in twenty over so many papers.
    assert wrong / papers <= 0.05 + 3 * (0.05 * 0.95 / papers) ** 0.5


@pytest.mark.parametrize("test", ["t", "permutation", "rank"])
@pytest.mark.parametrize("paired", [True, False])
def test_of_claims_of_a_difference_of_one_standard_deviation_over_30_seeds_four_in_five_hold(
    runs_of: MakeRuns, test: str, paired: bool
) -> None:
    draw = np.random.default_rng(30)
    papers, held, asked_for = 30, 0, 0
    own = None if paired else [None] * 30
    for _ in range(papers):
        baseline = runs_of("base", list(draw.normal(0.90, 0.02, 30)), own)
        better = [runs_of(f"m{model}", list(draw.normal(0.92, 0.02, 30)), own) for model in range(3)]
        verdicts = judged(*(pr.greater(each, baseline, "test/acc", test=test) for each in better))
        held += verdicts.count("holds")
        asked_for += len(verdicts)
    assert held / asked_for >= 0.8


def test_what_is_worse_by_more_than_the_margin_is_called_no_worse_at_most_as_often_as_allowed(
    runs_of: MakeRuns,
) -> None:
    draw = np.random.default_rng(6)
    papers = 400
    wrong = 0
    for _ in range(papers):
        a = runs_of("a", list(draw.normal(0.89, 0.02, 8)))
        b = runs_of("b", list(draw.normal(0.90, 0.02, 8)))
        wrong += judged(pr.noninferior(a, b, "test/acc", margin=0.01)) == ["holds"]
    # At the very margin, one-sided: half of one in twenty.
    assert wrong / papers <= 0.025 + 3 * (0.025 * 0.975 / papers) ** 0.5
