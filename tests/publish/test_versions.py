"""Whatever happens to a publisher, readers see the old site or the new one, whole."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pressrun.errors import ExportError
from pressrun.project import Project
from pressrun.publish.site import read_papers
from pressrun.publish.versions import file_digest, publish, published_facts, version_folder

Stage = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, title="Papers")


def staged(root: Path, text: str, **files: str) -> Path:
    """A finished version whose every file says the same."""
    folder = root / f".stage-{os.getpid()}-{random.randrange(1 << 40)}"
    (folder / "evidence").mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "evidence" / "manifest.json").write_text(json.dumps({"text": text}))
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def facts(text: str = "", **more: Any) -> dict[str, Any]:
    return {"schema": 1, "paper": "digits", "text": text, "values": [], "claims": [], **more}


def add(project: Project, text: str, paper: str = "digits", **more: Any) -> int:
    return publish(project, paper, staged(project.root, text), facts(text, **more))


def snapshot(folder: Path) -> dict[str, str]:
    """Every file's bytes and every link's target, but for generations that nobody is shown any more."""
    found = {}
    generation = (folder / ".current").readlink().as_posix() if (folder / ".current").is_symlink() else ""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(".generations/") and not name.startswith(generation):
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = file_digest(path)
    return found


def assert_whole(project: Project, papers: tuple[str, ...] = ("digits",)) -> dict[str, int]:
    """Hold the site, as a reader sees it, to one generation; gives the current version of each paper."""
    site = project.root / "site"
    listed = json.loads((site / "papers.json").read_text())["papers"]
    page = (site / "index.html").read_text()
    current = {}
    for paper in papers:
        if paper not in listed:
            continue
        number = listed[paper]["current"]
        current[paper] = number
        text = (site / paper / "index.html").read_text()
        said = json.loads((site / paper / "provenance.json").read_text())
        assert said["version"] == number
        assert said["text"] == text
        assert json.loads((site / paper / "evidence" / "manifest.json").read_text()) == {"text": text}
        assert f"<span>version {number}</span>" in page
        for version in listed[paper]["versions"]:
            folder = site / paper / "versions" / str(version["version"])
            sums = json.loads((folder / "checksums.json").read_text())
            assert file_digest(folder / "checksums.json") == version["seal"]
            for name, digest in sums["files"].items():
                assert file_digest(folder / name) == digest
    return current


def test_the_first_version_is_read_at_every_address(project: Project) -> None:
    assert add(project, "one") == 1
    site = project.root / "site"
    assert (site / "digits" / "index.html").read_text() == "one"
    assert (site / "digits" / "versions" / "1" / "index.html").read_text() == "one"
    assert (site / "digits" / "evidence" / "manifest.json").is_file()
    assert assert_whole(project) == {"digits": 1}
    assert published_facts(project, "digits") == facts("one", version=1)


def test_versions_count_up_and_the_old_ones_stay_as_they_were(project: Project) -> None:
    add(project, "one")
    before = snapshot(project.root / "site" / "digits" / "versions")
    assert add(project, "two") == 2
    assert add(project, "one") == 3
    after = snapshot(project.root / "site" / "digits" / "versions")
    assert {name: after[name] for name in before} == before
    assert [v.number for v in read_papers(project.root / "site")["digits"].versions] == [3, 2, 1]
    assert (project.root / "site" / "digits" / "index.html").read_text() == "one"


def test_the_same_content_is_not_published_twice_unless_forced(project: Project) -> None:
    add(project, "one", built="2026-11-21T10:00:00Z")
    before = snapshot(project.root / "site")
    stage = staged(project.root, "one")
    assert publish(project, "digits", stage, facts("one", built="2026-11-22T10:00:00Z")) == 1
    assert snapshot(project.root / "site") == before
    assert not stage.exists()
    assert publish(project, "digits", staged(project.root, "one"), facts("one"), force=True) == 2


def test_a_changed_fact_alone_is_a_new_version(project: Project) -> None:
    add(project, "one")
    assert publish(project, "digits", staged(project.root, "one"), facts("one", inputs={"train.py": "x"})) == 2


def test_addresses_of_files_that_the_new_version_lacks_go(project: Project) -> None:
    publish(project, "digits", staged(project.root, "one", paper_pdf="%PDF"), facts("one"))
    pdf = project.root / "site" / "digits" / "paper.pdf"
    assert pdf.read_text() == "%PDF"
    add(project, "two")
    assert not os.path.lexists(pdf)
    assert (project.root / "site" / "digits" / "versions" / "1" / "paper.pdf").is_file()


def test_a_title_with_half_a_character_is_published(project: Project) -> None:
    assert add(project, "one", title="half \ud800") == 1
    assert "half \\ud800" in (project.root / "site" / "index.html").read_text()
    assert (published_facts(project, "digits") or {})["title"] == "half \ud800"
    assert add(project, "two") == 2


def test_published_files_are_for_a_web_server_to_read(project: Project) -> None:
    stage = staged(project.root, "one")
    stage.chmod(0o700)
    (stage / "index.html").chmod(0o600)
    publish(project, "digits", stage, facts("one"))
    folder = project.root / "site" / "digits" / "versions" / "1"
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "index.html").stat().st_mode & 0o777 == 0o644
    assert (project.root / "site" / ".current" / "index.html").stat().st_mode & 0o444 == 0o444


def test_versions_are_found_by_number(project: Project) -> None:
    add(project, "one")
    add(project, "two")
    assert version_folder(project, "digits", 1) == project.root / "site" / "digits" / "versions" / "1"
    assert version_folder(project, "digits") == project.root / "site" / "digits" / "versions" / "2"
    assert version_folder(project, "digits", 7) is None
    assert version_folder(project, "nothing") is None


@pytest.mark.parametrize("place", ["index.html", "digits/index.html", ".current"])
def test_a_file_that_somebody_else_put_there_is_never_replaced(project: Project, place: str) -> None:
    path = project.root / "site" / place
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(ExportError, match="did not write it") as error:
        add(project, "one")
    assert str(path) in str(error.value)
    assert path.read_text() == "mine"


def test_files_of_the_user_beside_the_papers_stay(project: Project) -> None:
    (project.root / "site" / "talks" / "versions").mkdir(parents=True)
    (project.root / "site" / "CNAME").write_text("example.org")
    (project.root / "site" / "talks" / "versions" / "3").write_text("slides")
    (project.root / "site" / "talks" / "notes.txt").write_text("mine")
    add(project, "one")
    add(project, "two")
    assert (project.root / "site" / "CNAME").read_text() == "example.org"
    assert (project.root / "site" / "talks" / "versions" / "3").read_text() == "slides"


@pytest.mark.parametrize("name", ["..", "../up", "a/b", ".hidden", "", "index.html", "papers.json", "_x"])
def test_a_paper_cannot_be_named_out_of_the_site(project: Project, name: str) -> None:
    with pytest.raises(ExportError):
        publish(project, name, staged(project.root, "one"), facts("one"))
    assert not (project.root / "site").exists()


def test_links_and_pipes_are_not_published(project: Project) -> None:
    for kind in ("link", "pipe"):
        stage = staged(project.root, "one")
        if kind == "link":
            (stage / "evidence" / "x").symlink_to("/etc/passwd")
        else:
            os.mkfifo(stage / "evidence" / "x")
        with pytest.raises(ExportError, match="real files only"):
            publish(project, "digits", stage, facts("one"))


def test_a_lost_list_is_made_again_from_the_versions(project: Project) -> None:
    add(project, "one")
    add(project, "two", title="On digits")
    shutil.rmtree(project.root / "site" / ".generations")
    (project.root / "site" / ".current").unlink()
    assert add(project, "other", paper="other") == 1
    assert [v.number for v in read_papers(project.root / "site")["digits"].versions] == [2, 1]
    assert read_papers(project.root / "site")["digits"].title == "On digits"
    assert assert_whole(project, ("digits", "other")) == {"digits": 2, "other": 1}


def test_a_corrupt_list_stops_publishing_rather_than_losing_versions(project: Project) -> None:
    add(project, "one")
    (project.root / "site" / ".current" / "papers.json").write_text('{"papers": {"digits"')
    with pytest.raises(ExportError, match="list of papers"):
        add(project, "two")
    assert (project.root / "site" / "digits" / "index.html").read_text() == "one"


def test_what_a_killed_publisher_left_is_removed(project: Project) -> None:
    add(project, "one")
    versions = project.root / "site" / "digits" / "versions"
    shutil.copytree(versions / "1", versions / "2")
    (versions / ".incoming-x").mkdir()
    (project.root / "site" / ".generations" / "g-left").mkdir()
    (project.root / "site" / "..current.new").symlink_to("nowhere")
    (project.root / "site" / "digits" / "paper.pdf").symlink_to("../.current/digits/paper.pdf")
    assert add(project, "two") == 2
    assert (versions / "2" / "index.html").read_text() == "two"
    assert not (versions / ".incoming-x").exists()
    assert not (project.root / "site" / ".generations" / "g-left").exists()
    assert not os.path.lexists(project.root / "site" / "digits" / "paper.pdf")


def forked(work: Callable[[], None]) -> int:
    """Run something in a process of its own, which starts at once and holds what this one holds."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def publish_forever(project: Project, paper: str, times: int = 1_000_000) -> None:
    for _ in range(times):
        add(project, f"{os.getpid()} {random.random()}", paper=paper)


def killed_again_and_again(project: Project, times: int) -> int:
    """Kill publishers at random moments and look at the site after each; gives the newest version."""
    # What is imported once here is there at once in every child.
    add(Project(project.root / "warm"), "one")
    draw = random.Random(11)
    seen: dict[str, str] = {}
    number = 0
    # A busy machine may publish nothing in so short a life, and what publishes nothing shows nothing.
    for kills in itertools.count():
        if kills >= times and number >= times / 10:
            break
        pid = forked(lambda: publish_forever(project, "digits"))
        time.sleep(draw.uniform(0.0, 0.05 * max(1.0, kills / times)))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if not (project.root / "site" / ".current").exists():
            continue
        now = assert_whole(project).get("digits", 0)
        assert now >= number
        number = now
        published = project.root / "site" / "digits" / "versions"
        for path in sorted(published.glob("*/index.html")):
            if path.parent.name.isdecimal() and int(path.parent.name) <= number:
                assert seen.setdefault(path.parent.name, path.read_text()) == path.read_text()
    return number


def test_a_folder_of_somebody_elses_where_the_version_belongs_is_refused_and_kept(project: Project) -> None:
    add(project, "one")
    other = project.root / "site" / "digits" / "versions" / "2"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    for _ in range(2):
        with pytest.raises(ExportError, match="did not write it"):
            add(project, "two")
    assert (other / "mine.txt").read_text() == "mine"
    assert assert_whole(project) == {"digits": 1}


def test_a_publisher_killed_while_it_clears_up_leaves_nothing_that_stops_the_next_one(project: Project) -> None:
    add(project, "one")
    versions = project.root / "site" / "digits" / "versions"

    def clear_up_to(files: int) -> None:
        unlink, left = os.unlink, iter(range(files))

        def unlink_or_die(*arguments: Any, **more: Any) -> None:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            unlink(*arguments, **more)

        os.unlink = unlink_or_die
        add(project, "never published")

    for files in range(len(list((versions / "1").iterdir()))):
        # What a publisher leaves that was killed before the switch.
        shutil.copytree(versions / "1", versions / "2", dirs_exist_ok=True)
        assert os.waitpid(forked(partial(clear_up_to, files)), 0)[1] == signal.SIGKILL
    assert add(project, "two") == 2
    assert assert_whole(project) == {"digits": 2}
    assert sorted(path.name for path in versions.iterdir()) == ["1", "2"]


def test_a_publisher_killed_at_any_moment_leaves_one_whole_version(project: Project) -> None:
    number = killed_again_and_again(project, 60)
    assert add(project, "afterwards") == number + 1
    assert assert_whole(project) == {"digits": number + 1}
    versions = project.root / "site" / "digits" / "versions"
    assert sorted(int(p.name) for p in versions.iterdir()) == list(range(1, number + 2))


@pytest.mark.slow
def test_a_publisher_killed_hundreds_of_times_leaves_one_whole_version(project: Project) -> None:
    assert killed_again_and_again(project, 400) >= 40


def test_two_publishers_of_different_papers_both_land(project: Project) -> None:
    children = [
        forked(lambda: publish_forever(project, "digits", 10)),
        forked(lambda: publish_forever(project, "letters", 10)),
    ]
    for pid in children:
        assert os.waitpid(pid, 0)[1] == 0
    assert assert_whole(project, ("digits", "letters")) == {"digits": 10, "letters": 10}


def test_a_reader_never_meets_a_missing_page(project: Project) -> None:
    add(project, "one")
    stop, failures, reads = threading.Event(), [], [0]

    def read() -> None:
        while not stop.is_set():
            for name in ("index.html", "digits/index.html", "digits/provenance.json"):
                try:
                    assert (project.root / "site" / name).read_text()
                except (OSError, AssertionError) as error:
                    failures.append(error)
            reads[0] += 1

    reader = threading.Thread(target=read)
    reader.start()
    for place in range(15):
        add(project, f"text {place}")
    stop.set()
    reader.join()
    assert not failures
    assert reads[0] > 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 512 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk needs the right to mount one")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_at_any_write_leaves_the_site_byte_identical(small_disk: Path) -> None:
    project = Project(small_disk)
    add(project, "one")
    add(project, "two")
    before = snapshot(small_disk / "site")
    filler, messages = small_disk / "filler", []
    for pages in range(40):
        stage = staged(small_disk, f"three {pages}")
        space = os.statvfs(small_disk)
        room = max(0, space.f_bavail - pages) * space.f_frsize
        filler.write_bytes(b"\0" * room)
        try:
            publish(project, "digits", stage, facts(f"three {pages}"))
        except ExportError as error:
            messages.append(str(error))
        else:
            break
        finally:
            filler.unlink()
            shutil.rmtree(stage, ignore_errors=True)
        assert snapshot(small_disk / "site") == before
        assert not list((small_disk / "site" / "digits" / "versions").glob(".incoming-*"))
    assert len(messages) > 3
    assert all("No space left" in message and "old publication stands" in message for message in messages)
    assert assert_whole(project) == {"digits": 3}


def test_a_stage_on_another_disk_is_copied_whole_or_not_at_all(small_disk: Path, tmp_path: Path) -> None:
    project = Project(small_disk)
    add(project, "one")
    before = snapshot(small_disk / "site")
    large = staged(tmp_path, "two", paper_pdf="x" * 1_000_000)
    with pytest.raises(ExportError, match="No space left"):
        publish(project, "digits", large, facts("two"))
    assert snapshot(small_disk / "site") == before
    assert publish(project, "digits", staged(tmp_path, "two"), facts("two")) == 2
    assert assert_whole(project) == {"digits": 2}
