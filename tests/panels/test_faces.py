"""Every face shows mischievous names as they are: text, whole in the fact, harmless in HTML, LaTeX, SVG and figures."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest

import pressrun as pr
from pressrun.facts import PANEL_MIME, facts_in
from pressrun.lettering import escape_latex, printable, shorten

if TYPE_CHECKING:
    from pressrun.panels.base import Panel

BLNS = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "blns" / "blns.json"

NAMES = [
    r"$\input{/etc/passwd}$",
    r"\write18{touch /tmp/pwned}",
    "$x^2$ costs $5 and $",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]> & &amp; </svg>",
    "مرحبا بالعالم",
    "\u202eevil\u202c name",
    "🦄 naïve 数据 ﷽",
    "a" * 300,
    "tab\tline\nbreak\x00\x1b[31mred",
    "--foo [x] *y* `z` ~a ^b # % _ { } |",
    "lone \ud800 surrogate",
]

#: All that our own faces are made of.
HTML_ELEMENTS = frozenset(
    {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "strong", "sup", "ul", "li", "p", "small", "bdi"}
)
SVG_ELEMENTS = frozenset(
    {
        "svg",
        "title",
        "metadata",
        "defs",
        "style",
        "g",
        "path",
        "use",
        "text",
        "tspan",
        "clipPath",
        "rect",
        "RDF",
        "Work",
    }
)
LATEX_COMMANDS = frozenset(
    {
        "begin",
        "end",
        "toprule",
        "midrule",
        "bottomrule",
        "addlinespace",
        "multicolumn",
        "emph",
        "textbf",
        "boldmath",
        "par",
        "smallskip",
        "footnotesize",
        "textbackslash",
        "textasciicircum",
        "textasciitilde",
        "textless",
        "textgreater",
        "textbar",
        "textquotedbl",
        "textasciigrave",
        "textquotesingle",
        "pm",
        "times",
        "Delta",
        "dagger",
        "uparrow",
        "downarrow",
        "infty",
        "dots",
        "textendash",
        "textemdash",
    }
)


def mischief() -> pr.RunSet:
    return pr.runs(
        [
            {
                "id": f"run-{index}-{seed}",
                "name": name,
                "config": {"model": name, "seed": seed},
                "summary": {"test/acc": 0.5 + index / 50 + seed / 100},
                "history": {"val/acc": [0.1 * (index + 1), 0.2 + seed / 100, 0.3]},
            }
            for index, name in enumerate(NAMES)
            for seed in range(2)
        ]
    )


@pytest.fixture(scope="module")
def panels() -> list[Panel]:
    runs = mischief()
    few = runs[:10].group_by("config.model")
    return [
        pr.curves(few, "val/acc", title=NAMES[0]),
        pr.curves(runs, "val/acc", group="config.model", title=NAMES[3]),
        pr.table(runs, ["config.model", "test/acc"], group="config.model", baseline=NAMES[3], title=NAMES[4]),
        pr.table(runs, ["config.model", "test/acc", "name"], title=NAMES[9]),
    ]


class Tags(html.parser.HTMLParser):
    """Collects the elements and attributes of a document, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def test_html_holds_names_as_text_and_no_element_of_theirs(panels: list[Panel]) -> None:
    for panel in panels:
        page = Tags(panel.html())
        assert page.names <= HTML_ELEMENTS
        assert page.attributes <= {"class", "scope", "style", "colspan"}
        assert page.open == []
        assert "<script>alert(1)</script>" in page.said


def test_html_says_which_cells_are_headings(panels: list[Panel]) -> None:
    text = panels[2].html()
    assert text.count('scope="col"') == len(panels[2].fact.view["grid"]["columns"]) + 1
    assert text.count('scope="row"') == len(NAMES)
    assert "<caption>" in text


def test_svg_is_well_formed_and_holds_names_as_text(panels: list[Panel]) -> None:
    for panel in panels[:2]:
        root = ET.fromstring(panel.bundle()["image/svg+xml"])
        said = "".join(root.itertext())
        assert r"$\input{/etc/passwd}$" in said
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= SVG_ELEMENTS
        assert "<!DOCTYPE" not in panel.bundle()["image/svg+xml"]


def test_latex_has_no_command_of_a_names_own(panels: list[Panel]) -> None:
    for panel in panels:
        text = panel.latex()
        assert set(re.findall(r"\\([A-Za-z]+)", text)) <= LATEX_COMMANDS
        # What is left of active characters is ours: maths round a sign, columns, ends of rows.
        bare = re.sub(r"\\[\\{}$&#%_]|\$[^$]{0,12}\$", "", text)
        assert not re.search(r"[$#%^~]", bare)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_escaped_text_in_latex(name: str) -> None:
    text = escape_latex(name)
    assert text.isprintable()
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_the_fact_holds_names_whole_and_is_strict_json_in_utf8(panels: list[Panel]) -> None:
    for panel in panels[1:]:
        text = json.dumps(panel.bundle(), allow_nan=False, ensure_ascii=False)
        assert "a" * 300 in text
        assert text.encode("utf-8")
        (found,) = facts_in(panel.bundle())
        assert found == (PANEL_MIME, panel.bundle()[PANEL_MIME])


def test_static_faces_shorten_names_in_the_middle() -> None:
    assert len(shorten("a" * 300)) == 40
    assert shorten("model-" + "x" * 100 + "-seed-7").endswith("-seed-7")
    assert shorten("short") == "short"


def test_what_cannot_be_seen_cannot_reorder_or_end_a_line() -> None:
    assert printable("\u202eevil\u202c name") == "evil name"
    assert printable("tab\tline\nbreak\x00") == "tab line break\ufffd"


def test_dollars_in_a_name_are_dollars_whatever_the_author_set(panels: list[Panel], tmp_path: Path) -> None:
    figure = panels[0].figure()
    with mpl.rc_context({"text.usetex": True, "text.parse_math": True}):
        figure.savefig(tmp_path / "figure.svg")
    texts = [text.get_text() for text in figure.axes[0].texts] + [
        text.get_text() for legend in figure.legends for text in legend.get_texts()
    ]
    assert r"$\input{/etc/passwd}$" in texts


# A unicorn is in no font at hand; viewers of the SVG have one.
@pytest.mark.filterwarnings("ignore:Glyph")
def test_figures_are_drawn_and_leave_the_authors_settings_alone(panels: list[Panel], tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    for panel in panels:
        for width in (3.4, 6.5):
            panel.figure(width=width).savefig(tmp_path / "figure.png")
    assert dict(mpl.rcParams) == before


def test_plain_text_keeps_its_columns(panels: list[Panel]) -> None:
    for panel in panels:
        assert "\x1b" not in panel.text()
        assert panel.fact.disclosure.text.split(";")[0] in panel.text()


@pytest.mark.skipif(not BLNS.is_file(), reason="needs shared/data/hostile/blns")
def test_every_naughty_string_survives_every_face() -> None:
    names = [name for name in json.loads(BLNS.read_text("utf-8")) if name]
    runs = pr.runs([{"id": f"r{i}", "name": n, "summary": {"m": i / 7}} for i, n in enumerate(names)])
    panel = pr.table(runs, ["name", "m"], title=names[0])
    page = Tags(panel.html())
    assert page.names <= HTML_ELEMENTS
    assert panel.latex().count(r"\begin") == 1
    json.dumps(panel.bundle(), allow_nan=False, ensure_ascii=False).encode("utf-8")


PROGRAM = """
import pressrun as pr, sys
records = [{"name": m, "config": {"model": m, "seed": s}, "history": {"a": [s / 10, 0.5, 0.7 + s / 50]}}
           for m in ("svm", "mlp") for s in range(3)]
sys.stdout.write(pr.curves(pr.runs(records), "a", group="config.model").svg())
"""


def test_two_processes_draw_the_same_bytes() -> None:
    first, second = (
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True).stdout for _ in range(2)
    )
    assert first == second
    assert b"<dc:date>" not in first
    assert b"<text" in first
