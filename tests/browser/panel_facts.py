"""Panel facts such as the Python panels write: three models over five seeds, one of them named by an attacker."""

from __future__ import annotations

import math
import random
from typing import Any

HOSTILE = '<img src=x onerror="window.__hacked=1">'
MODELS = ("svm", "forest", HOSTILE)
SEEDS = (1, 2, 3, 4, 5)
STEPS = tuple(range(0, 200, 4))
#: Student's two-sided factor at 95% for five runs.
FACTOR = 2.7764451051977987


def series(model: int, seed: int) -> list[float]:
    """Give a learning curve: rising to a plateau, with the seed's noise on it."""
    noise = random.Random(100 * model + seed)
    rate, top = (0.035, 0.02, 0.012)[model], (0.975, 0.955, 0.93)[model]
    shift = noise.gauss(0, 0.006)
    return [round(top - 0.55 * math.exp(-rate * s) + shift + noise.gauss(0, 0.012), 6) for s in STEPS]


def interval(values: list[float]) -> tuple[float, float, float]:
    """Give the mean and the ends of its Student-t interval."""
    n = len(values)
    mean = math.fsum(values) / n
    half = FACTOR * math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return mean, mean - half, mean + half


def disclosure(text: str = "matched 15; shown 15; 5 seeds a group") -> dict[str, Any]:
    return {"matched": 15, "shown": 15, "excluded": [], "seeds": {}, "balanced": True, "notes": [], "text": text}


def fact(kind: str, frame: dict[str, list[Any]], view: dict[str, Any], title: str = "") -> dict[str, Any]:
    return {
        "kind": kind,
        "title": title,
        "metrics": ["val/acc"],
        "frame": frame,
        "view": view,
        "runs": [],
        "queries": [],
        "disclosure": disclosure(),
    }


def curves(*, log: bool = False, metric: str = "validation accuracy") -> dict[str, Any]:
    """Give curves of three groups; one value of the second group's first run is NaN, so that its line has a gap."""
    names = ("group", "run", "x", "value", "low", "high", "n", "time")
    rows: list[tuple[Any, ...]] = []
    for model, label in enumerate(MODELS):
        lines = {seed: series(model, seed) for seed in SEEDS}
        for i, step in enumerate(STEPS):
            mean, low, high = interval([lines[seed][i] for seed in SEEDS])
            rows.append((label, "", step, mean, low, high, 5, None))
        for seed in SEEDS:
            for i, step in enumerate(STEPS):
                value = "nan" if (model, seed, i) == (1, 1, 7) else lines[seed][i]
                rows.append((label, f"{model}-{seed}", step, value, None, None, 1, i * (0.9 + 0.05 * seed)))
    frame = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    view = {
        "x": {"field": "step", "label": "step"},
        "y": {"label": metric, "log": log, "metric": "val/acc", "direction": "max"},
        "smooth": 0.0,
        "band": "95% Student-t interval",
        "groups": [{"label": m, "runs": [f"{i}-{s}" for s in SEEDS], "color": i} for i, m in enumerate(MODELS)],
        "baseline": "forest",
    }
    return fact("curves", frame, view)


#: Numbers of the table by row: the last group has a seed that the others do not have, and a run without a number.
SCORES: dict[str, dict[int, Any]] = {
    "svm": {1: 0.981, 2: 0.979, 3: 0.984, 4: 0.977, 5: 0.982},
    "forest": {1: 0.969, 2: 0.972, 3: 0.968, 4: 0.965, 5: 0.971},
    "logreg": {1: 0.958, 2: 0.961, 3: 0.957, 4: 0.955, 5: 0.96},
    "=cmd|' /C calc'!A0": {6: 0.97, 7: 0.978, 8: None},
    "mlp": {1: "nan", 2: 0.4, 3: 0.9},
}


def cell(text: str, **more: Any) -> dict[str, Any]:
    return {
        "text": text,
        "number": None,
        "low": None,
        "high": None,
        "n": None,
        "mark": "",
        "delta": None,
        "note": "",
        **more,
    }


def table() -> dict[str, Any]:
    """Give a table of five groups with the author's baseline, a best, a missing and a NaN cell."""
    frame: dict[str, list[Any]] = {"row": [], "run": [], "seed": [], "config.C": [], "test/acc": [], "fit/time": []}
    rows = []
    for place, (label, scores) in enumerate(SCORES.items()):
        finite = [v for v in scores.values() if isinstance(v, float)]
        for seed, value in scores.items():
            for key, each in zip(frame, (label, f"{place}-{seed}", seed, 10, value, None), strict=True):
                frame[key].append(each)
        mean = math.fsum(finite) / len(finite)
        delta = {"text": "+0.021", "number": 0.021, "low": 0.019, "high": 0.023, "verdict": "better"}
        shown = (
            cell("NaN", number="nan")
            if label == "mlp"
            else cell(
                f"{mean:.3f} ± 0.003",
                number=mean,
                n=len(finite),
                mark={"svm": "best", "forest": "tied"}.get(label, ""),
                delta=delta if label == "svm" else None,
            )
        )
        time = cell("—") if label == "logreg" else cell(f"{place + 1}.0", number=place + 1.0)
        rows.append(
            {
                "key": label,
                "label": label,
                "runs": [f"{place}-{seed}" for seed in scores],
                "baseline": label == "logreg",
                "cells": [cell(label), cell("10", number=10), shown, time],
            }
        )
    columns = [
        {"key": "row", "title": "model", "align": "left", "numeric": False, "unit": ""},
        {"key": "config.C", "title": "C", "align": "right", "numeric": False, "unit": ""},
        {"key": "test/acc", "title": "test accuracy", "align": "right", "numeric": True, "unit": ""},
        {"key": "fit/time", "title": "fit time", "align": "right", "numeric": True, "unit": "s"},
    ]
    view = {
        "grid": {
            "columns": columns,
            "sections": [],
            "rows": rows,
            "notes": ["mean ± half-width of the 95% Student-t interval over runs"],
        },
        "level": 0.95,
        "differences": {},
    }
    return fact("table", frame, view, title="Test accuracy of five models")


def compare() -> dict[str, Any]:
    """Give two runs side by side: two entries that differ, two that are the same, and a diff with markup in it."""
    pairs = [
        ("config.C", "1", "10"),
        ("test/acc", "0.969", "0.981"),
        ("config.model", "svm", "svm"),
        ("seed", "3", "3"),
    ]
    rows = [
        {"key": k, "label": k, "runs": [], "baseline": False, "cells": [cell(k), cell(a), cell(b)]} for k, a, b in pairs
    ]
    titles = ["", "svm-a", HOSTILE]
    columns = [{"key": str(i), "title": t, "align": "left", "numeric": False, "unit": ""} for i, t in enumerate(titles)]
    sections = [{"title": "config", "first_row": 0}, {"title": "summary", "first_row": 1}]
    diff = (
        "--- a/train.py\n+++ b/train.py\n@@ -3,4 +3,4 @@\n def fit(c):\n"
        f"-    return SVC(C=1)\n+    return SVC(C=10)  # {HOSTILE}\n"
    )
    view = {"grid": {"columns": columns, "sections": sections, "rows": rows, "notes": []}, "diff": diff}
    return fact("compare", {"entry": [p[0] for p in pairs], "a": [p[1] for p in pairs]}, view)


CODE = 'def fit(c):\n    """Train\n    and test."""\n    return SVC(C=c)\n'
#: The code as the static page has it, a docstring over two lines as one token.
HIGHLIGHTED = (
    '<pre class="pr-code"><code><span class="pr-line" data-line="12"><span class="k">def</span> fit(c):</span>\n'
    '<span class="pr-line" data-line="13">    <span class="s2">"""Train</span></span>\n'
    '<span class="pr-line" data-line="14"><span class="s2">    and test."""</span></span>\n'
    '<span class="pr-line" data-line="15">    <span class="k">return</span> SVC(C=c)</span></code></pre>'
)


def code() -> dict[str, Any]:
    view = {
        "path": "train.py",
        "symbol": "fit",
        "language": "python",
        "first_line": 12,
        "text": CODE,
        "commit": "0123456789abcdef",
        "dirty": True,
        "run": "svm-3",
    }
    return fact("code", {}, view)
