"""Thousands of recorded runs in seconds: written as the logger writes them, without the logger."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

START = 1.7e9
MODELS = ("svm", "logreg", "forest", "mlp")


def make(root: Path, count: int) -> None:
    """Make a project with so many finished runs of about fifty fields and two histories each."""
    rng = random.Random(1)
    (root / "runs").mkdir(parents=True, exist_ok=True)
    (root / "pressrun.toml").write_text('title = "Many"\nsources = ["runs/"]\n')
    for number in range(count):
        began = START + 60 * number
        run_id = f"20240101-{number:06d}-run-{number:06x}"
        model = MODELS[number % len(MODELS)]
        config = {"model": model, "C": rng.choice([0.1, 1, 10, 100]), "lr": 10 ** rng.uniform(-5, -1)}
        config |= {"seed": number % 10, "opt": {"name": "adam", "beta": 0.9}}
        config |= {f"p{key}": rng.choice([1, 2, 3, "a"]) for key in range(20)}
        first = {"format": 1, "id": run_id, "name": f"{model}-{number}", "named": True, "config": config}
        first |= {"tags": {"study": f"s{number % 7}"}, "started": began}
        events = [
            {
                "kind": "log",
                "step": step,
                "time": began + step,
                "values": {"val/acc": rng.random(), "loss": 1 / (step + 1)},
            }
            for step in range(20)
        ]
        events.append({"kind": "summary", "time": began + 30, "values": {f"m{key}": rng.random() for key in range(25)}})
        status = "finished" if number % 11 else "failed"
        events.append({"kind": "end", "status": status, "time": began + 40, "exit_code": 0})
        folder = root / "runs" / run_id
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps(first))
        lines = [json.dumps(event, separators=(",", ":")) for event in events]
        (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
