"""Imports descend: a module may import only what stands below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "extension" / "pressrun"

#: From the top down. Packages of one row are siblings and never import each other.
LAYERS = [
    {"cli", "server"},
    {"queue"},
    {"publish", "calls"},
    {"build"},
    {"panels", "claims", "review"},
    {"runs"},
    {"sources"},
    {"recording"},
    {"facts", "project", "lettering"},
    {"records", "canonical"},
    {"arguments", "statistics"},
    {"errors", "version"},
]
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}

#: A heavy or foreign library may be imported by these modules alone.
KEEPERS = {
    "papermill": {"build/engine.py"},
    "nbconvert": {"publish/"},
    "jupyter_server": {"server/"},
    "distributed": {"queue/"},
    "mlflow": {"sources/"},
    "typst": {"publish/"},
    "pypandoc": {"publish/"},
}


def imports(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).as_posix() != "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    own = place.split("/")[0].removesuffix(".py")
    assert own in RANK, f"{own} has no place in the layers"
    for name in imports(ast.parse(path.read_text("utf-8"))):
        top, *rest = name.split(".")
        if top == "pressrun" and rest and rest[0] in RANK and rest[0] != own:
            assert RANK[rest[0]] > RANK[own], f"{place} imports {name}, which does not stand below it"
        if top in KEEPERS:
            assert any(place.startswith(keeper) for keeper in KEEPERS[top]), f"{place} imports {top}"
