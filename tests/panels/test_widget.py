"""The interactive face: an anywidget that carries the fact and brings back what a reader chose."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import traitlets

import pressrun as pr

if TYPE_CHECKING:
    from tests.panels.conftest import RunsOf


def test_the_widget_carries_the_fact_and_the_readers_choices(runs_of: RunsOf) -> None:
    panel = pr.curves(runs_of({}, history={"svm": [[0.1, 0.2]]}), "val/acc", smooth=0.3)
    widget = panel.widget()
    assert widget.fact == panel.fact_json()
    assert widget.options == {"smooth": 0.3, "log": False, "baseline": None}
    seen: list[object] = []
    widget.observe(lambda change: seen.append(change["new"]), "options")
    widget.set_state({"options": {"smooth": 0.9}, "selection": {"group": "svm-0", "x": 1}})
    assert seen == [{"smooth": 0.9}]
    assert widget.selection == {"group": "svm-0", "x": 1}


def test_the_widget_knows_three_themes(runs_of: RunsOf) -> None:
    widget = pr.table(runs_of({"svm": [0.1]}), "test/acc").widget()
    assert widget.theme == "auto"
    widget.theme = "dark"
    with pytest.raises(traitlets.TraitError):
        widget.theme = "pink"


def test_a_widget_can_show_another_result(runs_of: RunsOf) -> None:
    widget = pr.table(runs_of({"svm": [0.1]}), "test/acc").widget()
    other = pr.table(runs_of({"mlp": [0.2]}), "test/acc")
    widget.show(other)
    assert widget.fact == other.fact_json()


def test_a_panel_loads_no_widget_and_no_plotting_until_asked() -> None:
    program = (
        "import sys, pressrun as pr\n"
        "pr.table(pr.runs([{'summary': {'a': 1}}]), 'a').bundle()\n"
        "loaded = {'anywidget', 'matplotlib', 'pandas', 'IPython'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
