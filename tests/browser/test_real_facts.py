"""What the Python panels write is what the front end draws: real panels over in-memory runs, opened in a browser."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.published_page import Opened, figure
from tests.browser.test_panels_frontend import bring_to_life

import pressrun as pr

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def records() -> list[dict[str, Any]]:
    """Give three models over four seeds, logged at times of their own."""
    noise = random.Random(1)
    found = []
    for model, rate in {"svm": 0.035, "forest": 0.02, "mlp": 0.012}.items():
        for seed in range(1, 5):
            history = [
                [
                    step,
                    1_700_000_000 + step * (1 + 0.1 * seed),
                    0.95 - math.exp(-rate * step) / 2 + noise.gauss(0, 0.01),
                ]
                for step in range(0, 200, 4)
            ]
            found.append(
                {
                    "name": f"{model}-{seed}",
                    "status": "finished",
                    "config": {"model": model, "seed": seed},
                    "summary": {"test/acc": history[-1][2]},
                    "history": {"val/acc": history},
                }
            )
    return found


def test_the_front_end_draws_what_the_python_panels_write(open_page: Callable[..., Opened]) -> None:
    runs = pr.runs(records())
    panels = [
        pr.curves(runs, "val/acc", group="config.model", baseline="forest", smooth=0.3),
        pr.curves(runs, "val/acc", group="config.model", x="time"),
        pr.table(runs, ["config.seed", "test/acc"], group="config.model", baseline="forest"),
        pr.compare(runs[0], runs[5]),
    ]
    facts = {f"f-{i}": panel.fact_json() for i, panel in enumerate(panels)}
    body = "".join(figure(key, f"fig-{key}", fact["kind"], "<p>static</p>", "") for key, fact in facts.items())
    opened = open_page(body, facts)
    bring_to_life(opened.page)
    assert opened.errors == []
    assert opened.page.locator("canvas").count() == 2
    assert "smoothed, 0.30" in opened.page.locator("#fig-f-0 .prp-yname").inner_text()
    assert "interpolated" in opened.page.locator("#fig-f-1 .prp-notes").inner_text()
    assert opened.page.locator("#fig-f-2 .prp-delta").count() == 2

    # Another baseline shows the differences that travel with the fact.
    opened.page.locator("#fig-f-2 select").select_option("mlp")
    given = facts["f-2"]["view"]["differences"]["test/acc"]["mlp"]["svm"]["text"]
    assert given in opened.page.locator("#fig-f-2 tbody").inner_text()
    assert "svm" in opened.page.locator("#fig-f-3 tbody").inner_text()
