"""How many planted anomalies `pr.attention` finds among thousands of series, beside a z-score of the last value."""

from __future__ import annotations

import json

from tests.anomalies import by_attention, by_z_score, scores, simulate

SEEDS = 5


def main() -> None:
    """Print the rows: each is a mean over the seeds, with its smallest and largest value."""
    told: list[tuple[dict[str, float], dict[str, float]]] = []
    for seed in range(SEEDS):
        simulated = simulate(seed)
        told.append((scores(by_attention(simulated), simulated), scores(by_z_score(simulated), simulated)))
    rows = []
    for what in told[0][0]:
        sides = [[each[side][what] for each in told] for side in (0, 1)]
        rows.append({"what": what, **{side: _spread(some) for side, some in zip(("ours", "peer"), sides, strict=True)}})
    print(json.dumps(rows))


def _spread(values: list[float]) -> list[float]:
    return [sum(values) / len(values), min(values), max(values)]


if __name__ == "__main__":
    main()
