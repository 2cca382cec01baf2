"""Authors whose browser, or whose server, is away for a while: nothing is lost or doubled when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.lab import Lab
from tests.browser.proxy import proxied
from tests.browser.test_collaboration import (
    CELLS,
    OUTPUTS,
    SOURCES,
    came,
    opened,
    paper,
    read,
    run,
    saved,
    together,
    until,
    with_kernel,
    write,
)
from tests.browser.test_collaboration_at_once import shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.conftest import Study

pytest.importorskip("jupyter_server_ydoc")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRINTS = "n = globals().get('n', 0) + 1\nprint('run', n)"
SHOWS = "from IPython.display import HTML, display\nfor part in 'ab':\n  display(HTML(f'<b>{part} {n}</b>'))\nprint(n)"


def test_who_was_away_finds_what_the_other_ran_once(study: Study, tmp_path_factory: Any, chromium: Browser) -> None:
    notebook = paper(study, PRINTS, SHOWS)
    with together(study.root, tmp_path_factory.mktemp("lab")) as lab, proxied(lab.url) as proxy:
        ada = with_kernel(opened(lab, chromium, notebook))
        bob = with_kernel(opened(Lab(proxy.url, lab.root, lab.log), chromium, notebook))
        for time in range(3):
            first = 3 * time
            proxy.stall()
            for n in range(first + 1, first + 4):
                run(ada, 0)
                run(ada, 1)
                until(lambda n=n: shown(ada, 0) == [f"run {n}"])  # type: ignore[misc]
            expected = [[f"run {first + 3}"], [f"a {first + 3}", f"b {first + 3}", str(first + 3)]]
            until(lambda expected=expected: [shown(ada, each) for each in (0, 1)] == expected)  # type: ignore[misc]
            # Bob goes on meanwhile: he writes, and numbers a cell's run as its beginning does.
            write(bob, f"written_away = {time}")
            bob.evaluate(f"() => {{ {CELLS}.get(1).sharedModel.execution_count = null; }}")
            proxy.recover()
            until(lambda expected=expected: [shown(bob, each) for each in (0, 1)] == expected, 60)  # type: ignore[misc]
            assert came(ada, f"written_away = {time}", 60)
            assert [shown(ada, each) for each in (0, 1)] == expected
            until(lambda: ada.evaluate(OUTPUTS) == bob.evaluate(OUTPUTS))
            assert ada.evaluate(SOURCES) == bob.evaluate(SOURCES)
        sources = [PRINTS, SHOWS, *(f"written_away = {time}" for time in range(3))]
        assert ada.evaluate(SOURCES) == sources
        until(lambda: saved(notebook) == sources and [len(cell.outputs) for cell in read(notebook).cells[:2]] == [1, 3])
        assert read(notebook).cells[0].outputs[0].text == "run 9\n"
        for page in (ada, bob):
            page.context.close()
