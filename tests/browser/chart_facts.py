"""Facts with charts of every mark, put together by the product's own parts; one group is named by an attacker."""

from __future__ import annotations

import math
import random
from typing import Any

from tests.browser.panel_facts import HOSTILE, fact

from pressrun.panels.chart import Axis, Chart, Layer, Mark, Plot, Rows, Scale, Shade
from pressrun.panels.grid import Cell, Column, Grid, Row

METHODS = ("svm", "forest", HOSTILE)
TASKS = ("digits", "wine", "a task whose name is longer than the room that a narrow window has for it")
#: 2026-03-01, in seconds since 1970.
MARCH = 1_772_323_200.0


def chart_fact(chart: Chart, rows: Rows, alt: str) -> dict[str, Any]:
    """Give the fact of a chart, its table naming each row's numbers."""
    frame = rows.frame
    columns = (Column("text", "mark"), Column("x", "x", align="right"), Column("y", "y", align="right"))
    cells = zip(frame["text"], frame["x"], frame["y"], strict=True)
    grid = Grid(
        columns,
        tuple(
            Row(str(i), text, (Cell(text), Cell("" if x is None else str(x)), Cell("" if y is None else str(y))))
            for i, (text, x, y) in enumerate(cells)
        ),
    )
    return fact("chart", frame, {"chart": chart.to_view(), "table": grid.to_view(), "alt": alt})


def clouds(count: int = 40, *, log: bool = False) -> dict[str, Any]:
    """Give points of three groups with their means and whiskers, a front, and a rule."""
    rows, chance = Rows(), random.Random(2)
    for number, group in enumerate(METHODS):
        places = [(math.exp(chance.gauss(number, 0.4)), chance.gauss(0.9 - 0.03 * number, 0.01)) for _ in range(count)]
        for i, (x, y) in enumerate(places):
            rows.add("run", group=group, run=f"{number}-{i}", text=f"{group}-{i}", x=x, y=y)
        x, y = (math.fsum(p[axis] for p in places) / count for axis in (0, 1))
        rows.add(
            "mean",
            group=group,
            text=f"mean of {group}",
            x=x,
            y=y,
            x_low=0.8 * x,
            x_high=1.2 * x,
            y_low=y - 0.01,
            y_high=y + 0.01,
            n=count,
        )
    for x, y in ((0.5, 0.88), (1.2, 0.91), (3.0, 0.925)):
        rows.add("front", text="front", x=x, y=y)
    rows.add("rule", text="budget", x=8.0)
    layers = (
        Layer("rule", Mark.RULE, dashed=True),
        Layer("front", Mark.LINE, step=True),
        Layer("run", Mark.POINT, faint=True),
        Layer("mean", Mark.POINT, tip=("n",)),
    )
    x_axis = Axis("seconds to train (s)", Scale.LOG if log else Scale.LINEAR)
    plot = Plot(x_axis, Axis("test accuracy"), layers)
    return chart_fact(Chart((plot,), METHODS), rows, "Accuracy against time of three methods.")


def bands() -> dict[str, Any]:
    """Give two plots side by side: lines with bands over time, and a step with a gap."""
    rows = Rows()
    for number, group in enumerate(METHODS[:2]):
        for day in range(60):
            y = 0.9 - 0.1 * math.exp(-day / (8 + 10 * number))
            rows.add("line", group=group, text=group, x=MARCH + 86_400 * day, y=y, y_low=y - 0.02, y_high=y + 0.02)
    for i in range(20):
        rows.add("step", group=METHODS[0], text="step", x=i, y=math.nan if i == 9 else (i * 7) % 5)
    rows.add("limit", text="threshold", y=0.84)
    layers = (Layer("limit", Mark.RULE, dashed=True), Layer("line", Mark.LINE))
    over_time = Plot(Axis("", Scale.TIME), Axis("accuracy"), layers, "Production")
    stepped = Plot(Axis("share of runs"), Axis("count", range=(0, 5)), (Layer("step", Mark.LINE, step=True),), "A step")
    return chart_fact(Chart((over_time, stepped), METHODS[:2], columns=2), rows, "Accuracy over two months.")


def forest() -> dict[str, Any]:
    """Give differences with intervals by task, a rule at none."""
    rows = Rows()
    for i, task in enumerate(TASKS):
        middle = (0.012, -0.004, 0.001)[i]
        for shift, group in zip((-0.18, 0.18), METHODS[:2], strict=True):
            rows.add(
                "difference",
                group=group,
                text=task,
                x=middle + shift / 40,
                y=task,
                shift=shift,
                x_low=middle - 0.006,
                x_high=middle + 0.007,
            )
    rows.add("none", x=0.0, text="no difference")
    plot = Plot(
        Axis("difference in accuracy"),
        Axis(scale=Scale.CATEGORY, names=TASKS),
        (Layer("none", Mark.RULE), Layer("difference", Mark.POINT)),
    )
    return chart_fact(Chart((plot,), METHODS[:2]), rows, "Differences by task.")


def boxes() -> dict[str, Any]:
    """Give violins with boxes and the seeds over them."""
    rows, chance = Rows(), random.Random(4)
    for number, group in enumerate(METHODS):
        values = sorted(chance.gauss(0.9 - 0.02 * number, 0.01) for _ in range(30))
        for i in range(41):
            x = values[0] + (values[-1] - values[0]) * i / 40
            centre = 0.9 - 0.02 * number
            rows.add("violin", group=group, y=group, x=x, width=0.4 * math.exp(-(((x - centre) / 0.012) ** 2)))
        rows.add(
            "box",
            group=group,
            y=group,
            text=group,
            x_low=values[1],
            q1=values[7],
            x=values[15],
            q3=values[22],
            x_high=values[28],
        )
        for i, value in enumerate(values):
            rows.add("seed", group=group, y=group, run=f"{group}{i}", text=f"seed {i}", x=value, shift=(i % 5 - 2) / 10)
    layers = (Layer("violin", Mark.VIOLIN), Layer("box", Mark.BOX), Layer("seed", Mark.POINT, faint=True))
    plot = Plot(Axis("accuracy"), Axis(scale=Scale.CATEGORY, names=METHODS), layers)
    return chart_fact(Chart((plot,), METHODS), rows, "Distribution of accuracy.")


def bars() -> dict[str, Any]:
    """Give bars that lie and bars that stand, with whiskers; the table has a bar below 0."""
    rows = Rows()
    for i, task in enumerate(TASKS):
        value = (0.4, 0.25, -0.1)[i]
        rows.add("lying", group="", y=task, text=task, x=value, x_low=value - 0.05, x_high=value + 0.05)
        rows.add("standing", group="", x=task, text=task, y=value, y_low=value - 0.05, y_high=value + 0.05)
    names = Axis(scale=Scale.CATEGORY, names=TASKS)
    plots = (
        Plot(Axis("importance"), names, (Layer("lying", Mark.BAR),), "Lying"),
        Plot(names, Axis("importance"), (Layer("standing", Mark.BAR, faint=True),), "Standing"),
    )
    return chart_fact(Chart(plots, columns=2), rows, "Importance of parameters.")


def confusion() -> dict[str, Any]:
    """Give cells with counts; one of them is empty."""
    rows, names = Rows(), ("cat", "dog", HOSTILE)
    for i, truth in enumerate(names):
        for j, said in enumerate(names):
            count = (90, 5, 2, 11, 70, 19, 0, 3, 55)[3 * i + j]
            rows.add("cell", x=said, y=truth, text=str(count), shade=count / 90 if count else None)
    plot = Plot(
        Axis("predicted", Scale.CATEGORY, names), Axis("true", Scale.CATEGORY, names), (Layer("cell", Mark.CELL),)
    )
    return chart_fact(Chart((plot,), shade=Shade("share of the true class", 0, 1)), rows, "Confusion matrix.")


def spans() -> dict[str, Any]:
    """Give runs over time."""
    rows, names = Rows(), tuple(f"run {i}" for i in range(9))
    for i, name in enumerate(names):
        start = MARCH + 1800 * i
        group = METHODS[i % 2]
        rows.add("run", group=group, y=name, text=name, x_low=start, x_high=start + 3600 + 400 * (i % 4))
    plot = Plot(
        Axis("", Scale.TIME), Axis(scale=Scale.CATEGORY, names=names), (Layer("run", Mark.SPAN, tip=("group",)),)
    )
    return chart_fact(Chart((plot,), METHODS[:2]), rows, "When each run ran.")


def nothing() -> dict[str, Any]:
    """Give a chart that has no marks."""
    plot = Plot(Axis("seconds"), Axis("accuracy"), (Layer("run", Mark.POINT),))
    return chart_fact(Chart((plot,)), Rows(), "Nothing.")


EVERY = {
    "clouds": clouds,
    "bands": bands,
    "forest": forest,
    "boxes": boxes,
    "bars": bars,
    "confusion": confusion,
    "spans": spans,
    "nothing": nothing,
}
