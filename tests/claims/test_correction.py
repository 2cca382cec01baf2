"""Many claims in one paper: each has to be surer than it would alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pressrun as pr
from pressrun.claims.check import correct
from pressrun.facts import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from pressrun.runs.runset import RunSet

    MakeRuns = Callable[..., RunSet]

HIGH = [0.91, 0.93, 0.92, 0.94, 0.92]
LOW = [0.90, 0.91, 0.91, 0.92, 0.91]
NOISE = [0.90, 0.95, 0.92, 0.91, 0.93]


def test_a_lone_claim_keeps_its_p_value(runs_of: MakeRuns) -> None:
    fact = to_json(pr.claim("x", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")).fact)
    (corrected,) = correct([fact])
    assert corrected["p_corrected"] == fact["p_value"]
    assert corrected["correction"] == "holm"
    assert corrected["verdict"] == "holds"
    assert fact["p_corrected"] is None


def test_a_weak_claim_among_many_becomes_unresolved_and_says_so(runs_of: MakeRuns) -> None:
    weak = to_json(pr.claim("weak", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")).fact)
    others = [
        to_json(pr.claim(f"{i}", pr.greater(runs_of("a", HIGH), runs_of("c", NOISE), "test/acc")).fact)
        for i in range(12)
    ]
    corrected = correct([weak, *others])
    assert corrected[0]["p_corrected"] == weak["p_value"] * 13
    assert corrected[0]["verdict"] == "unresolved"
    assert "among the paper's 13 tested claims" in corrected[0]["reason"]
    assert correct(corrected) == corrected


def test_claims_without_a_test_count_for_nothing(runs_of: MakeRuns) -> None:
    weak = to_json(pr.claim("weak", pr.greater(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")).fact)
    untested = to_json(pr.claim("one", pr.at_least(runs_of("a", [0.9]), "test/acc", 0.5)).fact)
    corrected = correct([untested] * 9 + [weak])
    assert corrected[-1]["verdict"] == "holds"
    assert corrected[0] == untested


def test_a_claim_that_fails_goes_on_failing(runs_of: MakeRuns) -> None:
    fails = to_json(pr.claim("x", pr.less(runs_of("a", HIGH), runs_of("b", LOW), "test/acc")).fact)
    assert [claim["verdict"] for claim in correct([fails] * 9)] == ["fails"] * 9
