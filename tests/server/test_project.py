from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pressrun.server.schemas import check

if TYPE_CHECKING:
    from tests.conftest import Study


async def test_a_file_belongs_to_the_project_whose_configuration_is_nearest(project: Study, jp_fetch: Any) -> None:
    inner = project.root / "work" / "vision"
    inner.mkdir(parents=True)
    (inner / "pressrun.toml").write_text('title = "Vision"\nsources = ["mlflow:mlruns"]\n')
    for path, folder, title in [
        ("work/vision/papers/a.ipynb", "work/vision", "Vision"),
        ("work/notes.md", "", "A study"),
    ]:
        response = await jp_fetch("pressrun", "api", "project", params={"path": path})
        answer = json.loads(response.body)
        assert check(answer, "project#Project") == ""
        assert (answer["project"], answer["title"]) == (folder, title)
