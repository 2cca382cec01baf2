"""Files of the project that an author names: looked for where a paper stands, then at the root, and only inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pressrun.errors import UsageError

if TYPE_CHECKING:
    from pathlib import PurePath

    from pressrun.project import Project


def project_file(project: Project, wanted: PurePath) -> Path:
    """Give the file that a path names, from the working folder (a paper's own) or else from the project's root.

    Raises
    ------
    UsageError
        If there is none, or it is a link that leads out of the project.
    """
    root = project.root.resolve()
    folders = [*inside(Path.cwd(), root), root]
    for folder in folders:
        path = folder / wanted
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        if not real.is_relative_to(root):
            raise UsageError(
                "is a link that leads out of the project", where=str(wanted), hint="copy the file into the project"
            )
        if real.is_file():
            return real
    looked = " or in ".join(dict.fromkeys(str(folder) for folder in folders))
    raise UsageError("there is no such file", where=str(wanted), hint=f"looked in {looked}")


def inside(folder: Path, root: Path) -> list[Path]:
    """Give a folder if it stands in the project."""
    try:
        real = folder.resolve()
    except (OSError, RuntimeError):
        return []
    return [real] if real.is_relative_to(root) else []
