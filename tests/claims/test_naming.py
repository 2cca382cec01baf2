"""What the sides of a comparison are called, wherever it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pressrun as pr
from pressrun.facts import to_json

if TYPE_CHECKING:
    from tests.conftest import Study

    from pressrun.runs.runset import RunSet


@pytest.fixture
def runs(study: Study, monkeypatch: pytest.MonkeyPatch) -> RunSet:
    monkeypatch.chdir(study.root)
    for seed in range(3):
        study.record(f"a{seed}", 0.9 + seed / 100, model="svm", C=1, seed=seed)
        study.record(f"b{seed}", 0.8 + seed / 200, model="logreg", C=1, seed=seed)
    return pr.runs()


@pytest.mark.parametrize(
    ("one", "two", "labels"),
    [
        ("config.model == 'svm'", "config.model == 'logreg'", ["model == 'svm'", "model == 'logreg'"]),
        ("config.C == 1 and config.model == 'svm'", "config.model != 'svm' and config.C == 1",
         ["model == 'svm'", "model != 'svm'"]),
        ("config.model in ['svm']", "tags.x == 'y' or config.model == 'logreg'",
         ["model in ['svm']", "tags.x == 'y' or config.model == 'logreg'"]),
        ("config.model == 'svm'", f"startswith(name, 'b') and config.model != '{'x' * 80}'", ["A", "B"]),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::pressrun.errors.PressrunWarning")
def test_sides_without_labels_are_called_what_tells_their_queries_apart(
    runs: RunSet, one: str, two: str, labels: list[str]
) -> None:
    claim = pr.claim("A beats B.", pr.greater(runs.where(one), runs.where(two), "test/acc"))
    assert [side.label for side in claim.fact.sides] == labels
    assert claim.reason.startswith(" − ".join(f"({label})" if " " in label else label for label in labels))


def test_labels_of_groups_and_names_that_both_sides_share_stay(runs: RunSet) -> None:
    groups = runs.group_by("config.model")
    claim = pr.claim("A beats B.", pr.greater(groups["svm"], groups["logreg"], "test/acc"))
    assert [side.label for side in claim.fact.sides] == ["svm", "logreg"]
    svm = [run for run in runs if run.config["model"] == "svm"]
    claim = pr.claim("A beats B.", pr.greater(svm, [run for run in runs if run not in svm], "test/acc"))
    assert [side.label for side in claim.fact.sides] == ["A", "B"]
    difference = pr.value(runs.where("config.model == 'svm'"), "test/acc").minus(
        pr.value(runs.where("config.model != 'svm'"), "test/acc")
    )
    assert [side.label for side in difference.fact.sides] == ["model == 'svm'", "model != 'svm'"]


@pytest.mark.filterwarnings("ignore::pressrun.errors.PressrunWarning")
def test_all_runs_of_another_source_are_not_called_all_runs(study: Study, runs: RunSet) -> None:
    from pressrun.recording.active import start_run

    for seed in range(3):
        with start_run(f"c{seed}", {"model": "tree", "seed": seed}, folder=study.root / "old", resources=False) as run:
            run.summary["test/acc"] = 0.7 + seed / 100
    svm, others = runs.where("config.model == 'svm'"), pr.runs("old/")
    claim = pr.claim("A beats B.", pr.greater(svm, others, "test/acc"))
    assert [side.label for side in claim.fact.sides] == ["model == 'svm'", "old/"]


def test_facts_say_which_query_their_runs_are_the_answer_of(runs: RunSet) -> None:
    svm = runs.where("config.model == 'svm'")
    asked = {"sources": ["runs/"], "where": "config.model == 'svm'"}
    assert to_json(pr.value(svm, "test/acc").fact)["asked"] == asked
    assert to_json(pr.value(runs.group_by("config.model")["svm"], "test/acc").fact)["asked"] == asked
    claim = to_json(pr.claim("It is good.", pr.at_least(svm, "test/acc", 0.5)).fact)
    assert [side["asked"] for side in claim["sides"]] == [asked]
    part = to_json(pr.value(svm[:2], "test/acc").fact)
    assert "asked" not in part
    many = runs.where("config.C == 1 or config.C == 2").group_by("config.model", "config.C")
    assert [run.name for run in pr.runs(where=many["svm · 1"].asked.where)] == ["a0", "a1", "a2"]  # type: ignore[union-attr]


def test_published_facts_are_about_runs_alone(study: Study) -> None:
    import json

    for seed in range(2):
        study.record(f"a{seed}", 0.9 + seed / 100, model="svm", seed=seed)
    study.paper(
        "import pressrun as pr\nruns = pr.runs()\nacc = pr.value(runs, 'test/acc')",
        "pr.claim('It is good.', pr.at_least(runs, 'test/acc', 0.5))",
        "md:It is `{python} acc`.",
    )
    result = study.built()
    text = (study.root / "site" / "demo" / "provenance.json").read_text("utf-8")
    facts = json.loads(text)
    assert (len(facts["values"]), len(facts["claims"])) == (1, 1)
    assert "asked" not in text
    assert all("asked" not in fact for fact in (*result.values, *result.claims))
