"""The claims of one paper together: the more statements are tested, the stronger each one's evidence has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pressrun.claims.verdict import Verdict
from pressrun.statistics.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def correct(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Correct the claims of a paper for each other.

    Every claim with a p-value gets `p_corrected` and `correction`. One that held by itself and whose corrected p-value
    is over 1 - level becomes unresolved, and its reason says so. Verdicts are never made stronger.

    Parameters
    ----------
    claims
        `ClaimFact`s as JSON, with whatever the builder added; they are not changed. Corrected ones may be corrected
        again: the outcome is the same.
    """
    corrected = [dict(claim) for claim in claims]
    tested = [claim for claim in corrected if claim["p_value"] is not None]
    for claim, p in zip(tested, holm([float(claim["p_value"]) for claim in tested]), strict=True):
        claim["p_corrected"] = p
        claim["correction"] = "holm"
        alpha = 1 - claim["level"]
        if Verdict(claim["verdict"]) is Verdict.HOLDS and p > alpha:
            claim["verdict"] = Verdict.UNRESOLVED.value
            claim["reason"] = (
                f"{claim['reason']}; alone it would hold, but among the paper's {len(tested)} tested claims "
                f"p = {p:.2g} after Holm's correction is over {alpha:.2g}"
            )
    return corrected
