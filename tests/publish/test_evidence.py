"""A version holds exactly the runs that it cites, and anybody can check it against them."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import pressrun as pr
from pressrun.claims.check import correct
from pressrun.errors import ExportError, UsageError
from pressrun.facts import RunCite, to_json
from pressrun.project import Project
from pressrun.publish.evidence import collect, load, seal, seal_again
from pressrun.publish.verification import verify
from pressrun.publish.versions import file_digest, publish, version_folder
from pressrun.sources.digests import sealed_digest, series_digest
from pressrun.sources.memory import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pressrun.publish.sealed import RunKey
    from pressrun.records import Recorded, Run
    from pressrun.runs.runset import RunSet

ODD: dict[str, Any] = {"nan": math.nan, "text": "nan", "inf": -math.inf, "$float": "x", "whole": 1, "real": 1.0}


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """Two models over five seeds, with a history, odd configs, and one run that is cited nowhere."""
    made = []
    for model, base in (("svm", 0.97), ("knn", 0.95), ("uncited", 0.5)):
        for seed in range(5 if model != "uncited" else 1):
            accuracy = base + 0.001 * seed * (1.0 if model == "svm" else 1.4)
            made.append(
                {
                    "id": f"{model}-{seed}",
                    "name": model,
                    "config": {"model": model, "seed": seed, "odd": ODD, "only": {"$float": "y"}},
                    "summary": {"test/acc": accuracy, "test/loss": 1 - accuracy},
                    "history": {
                        "val/acc": [(step, 1.7e9 + step, accuracy - 0.1 / (step + 1)) for step in range(6)],
                        "val/secret": [math.nan, 2.0],
                    },
                    "provenance": {"git_commit": "a" * 40, "host": "laptop-of-a-person", "user": "person"},
                }
            )
    return made


@pytest.fixture
def runs(records: list[dict[str, Any]]) -> RunSet:
    """The same runs as if a source that can be cited had them."""
    from pressrun.runs.runset import RunSet

    return RunSet(tuple(recorded.run for recorded in held(records).values()))


def held(records: list[dict[str, Any]]) -> dict[RunKey, Recorded]:
    source = MemorySource(records, "runs/")
    return {("runs/", record["id"]): source.read(record["id"]) for record in records}


def facts_over(runs: RunSet) -> dict[str, Any]:
    """What a paper says of them: every kind of value, two claims, a panel of curves."""
    svm, knn = runs.where("config.model == 'svm'"), runs.where("config.model == 'knn'")
    values = [
        pr.value(svm, "test/acc"),
        pr.value(svm, "test/acc", "best"),
        pr.value(svm, "test/loss", "best", digits=2, unit="%"),
        pr.value(svm, "test/acc", "count"),
        pr.value(svm, "test/nothing", missing="none"),
        pr.value(svm, "test/acc") - pr.value(knn, "test/acc"),
    ]
    claims = [
        pr.claim("SVM beats kNN", pr.greater(svm, knn, "test/acc")),
        pr.claim("They differ little", pr.equivalent(svm, knn, "test/acc", margin=0.5, paired=False)),
        pr.claim("SVM is good", pr.at_least(svm, "test/acc", 0.9)),
    ]
    panel = {"id": "p/1", "kind": "curves", "metrics": ["val/acc"], "runs": [to_json(RunCite.of(run)) for run in svm]}
    return {
        "schema": 1,
        "paper": "digits",
        "title": "On digits",
        "values": [{**to_json(v.fact), "id": f"v/{n}"} for n, v in enumerate(values) if isinstance(v, pr.Value)],
        "claims": correct([{**to_json(c.fact), "id": f"c/{n}", "label": ""} for n, c in enumerate(claims)]),
        "panels": [panel],
    }


@pytest.fixture
def published(tmp_path: Path, records: list[dict[str, Any]], runs: RunSet) -> Path:
    """A version as a build publishes it."""
    project = Project(tmp_path)
    facts = facts_over(runs)
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "index.html").write_text("<p>0.972</p>")
    seal(stage / "evidence", held(records), facts)
    publish(project, "digits", stage, facts)
    folder = version_folder(project, "digits")
    assert folder is not None
    return folder


def reseal(folder: Path) -> None:
    """Make the checksums right again, as somebody would who wants a change to pass."""
    sums = json.loads((folder / "checksums.json").read_text())
    manifest = json.loads((folder / "evidence" / "manifest.json").read_text())
    for name in manifest["files"]:
        manifest["files"][name] = file_digest(folder / "evidence" / name)
    (folder / "evidence" / "manifest.json").write_text(json.dumps(manifest))
    for name in sums["files"]:
        sums["files"][name] = file_digest(folder / name)
    (folder / "checksums.json").write_text(json.dumps(sums))


def test_a_published_version_matches_its_evidence(published: Path) -> None:
    report = verify(published)
    assert report.mismatches == ()
    assert (report.paper, report.version, report.values, report.claims, report.runs) == ("digits", 1, 6, 3, 10)
    assert report.sound


def test_the_papers_own_address_is_checked_too(published: Path) -> None:
    report = verify(published.parent.parent)
    assert report.sound
    assert report.version == 1


def test_a_copy_out_of_the_site_is_checked_and_says_what_it_cannot_know(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "copy")
    report = verify(tmp_path / "copy")
    assert report.sound
    assert "outside its site" in report.notes[0]


def test_only_what_is_cited_is_sealed(published: Path) -> None:
    text = "".join(p.read_text("latin-1") for p in (published / "evidence").iterdir())
    assert "uncited" not in text
    assert "laptop-of-a-person" not in text
    bundle = load(published / "evidence")
    assert set(bundle.runs["runs/", "svm-0"].history) == {"val/acc"}
    assert set(bundle.runs["runs/", "svm-0"].series_digests) == {"val/acc", "val/secret"}
    assert bundle.runs["runs/", "knn-0"].history == {}


def test_runs_come_back_as_they_were(published: Path, records: list[dict[str, Any]]) -> None:
    bundle = load(published / "evidence")
    for key, recorded in held(records).items():
        if key not in bundle.runs:
            continue
        run = bundle.runs[key].run
        # Python's JSON tells NaN from "nan" and 1 from 1.0.
        assert json.dumps(run.config, sort_keys=True) == json.dumps(recorded.run.config, sort_keys=True)
        assert run.summary == recorded.run.summary
        assert run.digest == recorded.run.digest
        for metric, series in bundle.runs[key].history.items():
            assert series.values.tolist() == recorded.history[metric].values.tolist()
            assert series.steps.tolist() == recorded.history[metric].steps.tolist()
            assert series.times.tolist() == recorded.history[metric].times.tolist()


def test_the_same_runs_give_the_same_bytes(tmp_path: Path, records: list[dict[str, Any]], runs: RunSet) -> None:
    facts = facts_over(runs)
    backwards = dict(reversed(held(records).items()))
    assert seal(tmp_path / "a", held(records), facts) == seal(tmp_path / "b", backwards, facts)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_what_the_version_before_sealed_is_sealed_again_as_the_same_bytes(
    published: Path, tmp_path: Path, records: list[dict[str, Any]], runs: RunSet
) -> None:
    facts = {**facts_over(runs), "title": "Another title"}
    facts["values"] = facts["values"][:-1]
    manifest = seal_again(tmp_path / "again", published / "evidence", facts)
    assert manifest == seal(tmp_path / "anew", held(records), facts)
    for path in (tmp_path / "anew").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_only_an_earlier_evidence_of_exactly_these_runs_is_sealed_again(
    published: Path, tmp_path: Path, records: list[dict[str, Any]], runs: RunSet
) -> None:
    facts, before = facts_over(runs), published / "evidence"
    fewer = {**facts, "claims": [], "values": [], "panels": facts["panels"]}
    other_series = {**facts, "panels": [{**facts["panels"][0], "metrics": ["val/secret"]}]}
    changed = json.loads(json.dumps(facts))
    for kind in ("values", "claims", "panels"):
        for cite in (cite for fact in changed[kind] for cite in fact["runs"] if cite["id"] == "svm-0"):
            cite["digest"] = "sha256:" + "0" * 64
    for other in (fewer, other_series, changed):
        assert seal_again(tmp_path / "again", before, other) is None
    some = {key: run for key, run in held(records).items() if key[1] != "svm-0"}
    assert seal(tmp_path / "partly", some, facts)["absent"]
    assert seal_again(tmp_path / "again", tmp_path / "partly", facts) is None
    for name in ("runs.jsonl", "histories.parquet", "facts.json"):
        damaged = tmp_path / f"damaged {name}"
        shutil.copytree(before, damaged)
        content = bytearray((damaged / name).read_bytes())
        content[len(content) // 2] ^= 1
        (damaged / name).write_bytes(content)
        assert seal_again(tmp_path / "again", damaged, facts) is None
    assert seal_again(tmp_path / "again", tmp_path / "nowhere", facts) is None
    assert not (tmp_path / "again").exists()


def test_parquet_is_there_for_any_reader(published: Path) -> None:
    import pandas as pd

    frame = pd.read_parquet(published / "evidence" / "histories.parquet")
    assert list(frame.columns) == ["source", "run", "metric", "step", "time", "value"]
    assert len(frame) == 5 * 6


@pytest.mark.parametrize(
    "name",
    ["index.html", "provenance.json", "evidence/runs.jsonl", "evidence/histories.parquet", "evidence/facts.json"],
)
def test_a_changed_file_is_named(published: Path, name: str) -> None:
    path = published / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    report = verify(published)
    assert (name, "was changed after publication") in [(m.what, m.reason) for m in report.mismatches]


def test_missing_and_added_files_are_named(published: Path) -> None:
    (published / "index.html").unlink()
    (published / "extra.html").write_text("x")
    assert {m.text for m in verify(published).mismatches} == {
        "index.html: is missing",
        "extra.html: was added after publication",
    }


def change_number(facts: dict[str, Any]) -> None:
    facts["values"][0]["number"] += 0.01


def change_text(facts: dict[str, Any]) -> None:
    facts["values"][1]["text"] = "0.999"


def change_difference(facts: dict[str, Any]) -> None:
    facts["values"][5]["interval"] = [0.1, 0.2]


def invent_a_number(facts: dict[str, Any]) -> None:
    facts["values"][4] |= {"number": 0.9, "text": "0.9", "state": "current", "n": 5}


def change_verdict(facts: dict[str, Any]) -> None:
    facts["claims"][1]["verdict"] = "fails"


def change_p(facts: dict[str, Any]) -> None:
    facts["claims"][2]["p_corrected"] = 0.5


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (change_number, "value v/0"),
        (change_text, "value v/1"),
        (change_difference, "value v/5"),
        (invent_a_number, "value v/4"),
        (change_verdict, "claim c/1"),
        (change_p, "claim c/2"),
    ],
)
def test_a_fact_that_the_runs_do_not_bear_out_is_named_even_with_right_checksums(
    published: Path, tmp_path: Path, tamper: Callable[[dict[str, Any]], None], names: str
) -> None:
    copy = shutil.copytree(published, tmp_path / "copy")
    for path in (copy / "provenance.json", copy / "evidence" / "facts.json"):
        facts = json.loads(path.read_text())
        tamper(facts)
        path.write_text(json.dumps(facts))
    reseal(copy)
    mismatches = verify(copy).mismatches
    assert mismatches
    assert all(m.what.startswith(names) for m in mismatches)


def test_a_run_that_was_changed_is_named_even_with_right_checksums(published: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(published, tmp_path / "copy")
    path = copy / "evidence" / "runs.jsonl"
    path.write_text(path.read_text().replace('"test/acc": 0.95', '"test/acc": 0.15', 1))
    reseal(copy)
    assert "run knn (knn-0): was changed after it was sealed" in [m.text for m in verify(copy).mismatches]


def test_a_history_that_was_changed_is_named_even_with_right_checksums(published: Path, tmp_path: Path) -> None:
    import pandas as pd

    copy = shutil.copytree(published, tmp_path / "copy")
    path = copy / "evidence" / "histories.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["run"] == "svm-3", "value"] += 1e-9
    frame.to_parquet(path, index=False)
    reseal(copy)
    (mismatch,) = verify(copy).mismatches
    assert mismatch.text == "run svm (svm-3): its history of val/acc is not the one that was sealed"


def with_a_gap(frame: Any) -> Any:
    return frame["value"].where(frame.index > 0)


@pytest.mark.parametrize("change", [{"value": None}, {"value": with_a_gap}, {"step": 0.5}, {"run": 7}])
def test_a_history_of_other_kinds_is_named_even_with_right_checksums(
    published: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    import pandas as pd

    copy = shutil.copytree(published, tmp_path / "copy")
    path = copy / "evidence" / "histories.parquet"
    pd.read_parquet(path).assign(**change).to_parquet(path, index=False)
    reseal(copy)
    (mismatch,) = verify(copy).mismatches
    assert "the histories cannot be read: they are another table" in mismatch.text


def test_evidence_is_read_without_the_time_that_pandas_takes(published: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pressrun.publish.evidence import load\n"
        "assert load(Path(sys.argv[1])).runs\n"
        "assert not {'pandas', 'pyarrow.compute', 'pyarrow.dataset'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(published / "evidence")], check=True)


def test_a_run_that_was_taken_out_is_named(published: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(published, tmp_path / "copy")
    path = copy / "evidence" / "runs.jsonl"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if '"svm-2"' not in line))
    reseal(copy)
    assert [m.text for m in verify(copy).mismatches] == ["run svm (svm-2): is not in the evidence"]


def test_inside_the_site_new_checksums_do_not_help(published: Path) -> None:
    (published / "index.html").write_text("<p>0.999</p>")
    reseal(published)
    assert "checksums.json: is not the one that was published" in [m.text for m in verify(published).mismatches]


@pytest.mark.parametrize("name", ["evidence/histories.parquet", "evidence/runs.jsonl", "provenance.json"])
@pytest.mark.parametrize("garbage", [b"", b"PAR1\x00\xffPAR1", b"[[[[", b"{}\n"])
def test_garbage_is_a_mismatch_and_no_crash(published: Path, name: str, garbage: bytes) -> None:
    (published / name).write_bytes(garbage)
    assert not verify(published).sound


def test_deleted_runs_are_noted_and_their_claims_checked(
    tmp_path: Path, records: list[dict[str, Any]], runs: RunSet
) -> None:
    def gone(run: Run) -> Run:
        if run.id != "svm-2":
            return run
        return pr.Run(run.id, run.name, run.source, pr.Status.DELETED)

    copy = tmp_path / "copy"
    without: dict[str, Any] = {"paper": "digits", "values": [], "panels": []}
    svm = [gone(run) for run in runs if run.name == "svm"]
    knn = [run for run in runs if run.name == "knn"]
    without["claims"] = correct([to_json(pr.claim("x", pr.greater(svm, knn, "test/acc")).fact) | {"id": "c/0"}])
    project = Project(tmp_path)
    copy.mkdir()
    manifest = seal(copy / "evidence", held(records), without)
    assert [(a["id"], a["reason"]) for a in manifest["absent"]] == [("svm-2", "deleted from its source")]
    publish(project, "digits", copy, without)
    report = verify(tmp_path / "site" / "digits")
    assert report.mismatches == ()
    assert report.claims == 1
    assert report.notes == ("run svm (svm-2): deleted from its source",)


def test_records_of_the_notebook_are_noted_and_not_checked(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    facts = {"paper": "digits", "values": [to_json(pr.value(pr.runs(records), "test/acc").fact)]}
    (tmp_path / "stage").mkdir()
    seal(tmp_path / "stage" / "evidence", collect(Project(tmp_path), facts), facts)
    publish(Project(tmp_path), "digits", tmp_path / "stage", facts)
    report = verify(tmp_path / "site" / "digits")
    assert report.sound
    assert report.values == 0
    assert "records of the notebook itself" in report.notes[0]


NAUGHTY = [
    "\x00\x1b[31m",
    "\ud800",
    "\u202e\u2028",
    "é\u0301",
    "'\"</script>",
    "$float",
    "NaN",
    "1e400",
    "\U0001f469\u200d\U0001f52c",
]


@pytest.mark.parametrize("text", NAUGHTY)
def test_any_text_in_a_run_comes_back_and_keeps_its_digest(tmp_path: Path, text: str) -> None:
    record = {
        "id": "r-1",
        "name": text,
        "config": {text: text, "deep": {text: [text, {"$map": text}]}, "big": 10**40, "tiny": 5e-324},
        "summary": {text: 1.0, "acc": 0.1 + 0.2},
        "tags": {text: text},
        "history": {text: [1.0, math.nan, math.inf]},
    }
    source = MemorySource([record], "runs/" + text)
    run = source.read("r-1").run
    panel = {"kind": "curves", "metrics": [text], "runs": [to_json(RunCite.of(run))]}
    facts = {"values": [to_json(pr.value(run, "acc").fact)], "panels": [panel]}
    manifest = seal(tmp_path / "evidence", {(run.source, "r-1"): source.read("r-1")}, facts)
    assert manifest["absent"] == []
    sealed = load(tmp_path / "evidence").runs[run.source, "r-1"]
    assert sealed.run.config == run.config
    assert sealed_digest(sealed.run, sealed.series_digests) == run.digest
    assert series_digest(sealed.history[text]) == sealed.series_digests[text]


@pytest.mark.parametrize("path", ["nowhere", ".", "file"])
def test_what_is_no_version_is_a_usage_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError):
        verify(tmp_path / path)


def test_an_evidence_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="evidence cannot be read"):
        load(tmp_path)
