"""A real Jupyter server with the extension, on a project that a test fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pytest_jupyter.jupyter_core import jp_asyncio_loop
from pytest_jupyter.jupyter_server import jp_server_cleanup
from tests.conftest import Study

if TYPE_CHECKING:
    from pathlib import Path


# Here the server runs in the test's own loop, which tests with a browser do without.
__all__ = ["jp_asyncio_loop", "jp_server_cleanup"]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"pressrun.server": True}}}


@pytest.fixture
def project(jp_root_dir: Path) -> Study:
    """A project in the folder that the server serves."""
    return Study(jp_root_dir)
