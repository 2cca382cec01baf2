"""Read a notebook as authors really have them: older formats upgraded and ids repaired in memory, each said aloud."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pressrun.errors import NotebookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode

#: The cell that papermill adds for parameters: its tag, and the id that it gets here.
INJECTED_TAG = "injected-parameters"
INJECTED_ID = "injected-parameters"
#: The tag of a cell that is not to be executed.
SKIP_TAG = "skip-execution"

_HALF = re.compile(r"[\ud800-\udfff]")
_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")


@dataclass(frozen=True)
class ReadNotebook:
    """A notebook in nbformat 4.5, and what had to be done to make it so.

    Parameters
    ----------
    data
        Its JSON: each cell has a kind, a source in one piece, metadata and an id of its own; the rest may not be valid.
    notes
        What was upgraded or repaired, for people.
    where
        What messages call it.
    """

    data: dict[str, Any]
    notes: tuple[str, ...]
    where: str

    @cached_property
    def node(self) -> NotebookNode:
        """The notebook, checked against the format.

        Loading nbformat takes longer than all that a build without work does, so it waits until it is needed.

        Raises
        ------
        NotebookError
            If it is no valid notebook.
        """
        import nbformat

        node = nbformat.v4.reads(json.dumps(self.data))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                nbformat.validate(node, relax_add_props=True)
        except nbformat.ValidationError as error:
            raise NotebookError(
                f"is not a valid notebook: {_first_line(error)}", where=self.where, hint="save it anew from JupyterLab"
            ) from error
        return node

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Its cells, as plain JSON."""
        cells: list[dict[str, Any]] = self.data["cells"]
        return cells

    @property
    def kernel_name(self) -> str:
        """The kernel that the notebook names, "" if none."""
        return str(self.data["metadata"].get("kernelspec", {}).get("name", "") or "")

    @property
    def language(self) -> str:
        """The language that the notebook names; Python where it names none."""
        metadata = self.data["metadata"]
        info = metadata.get("language_info", {})
        named = metadata.get("kernelspec", {}).get("language") or (info.get("name") if isinstance(info, dict) else "")
        return str(named or "python")


def read_notebook(path: Path) -> ReadNotebook:
    """Read a notebook file; the file is not changed. Whether it is valid is known when its node is asked for.

    Raises
    ------
    NotebookError
        If the file is missing, no JSON, no notebook, or of a format newer than nbformat 4.
    """
    try:
        return parse_notebook(path.read_bytes(), str(path))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise NotebookError(what, where=str(path), hint="restore the file, or grant access to it") from error


def parse_notebook(content: bytes, where: str) -> ReadNotebook:
    """Read a notebook from its bytes.

    Raises
    ------
    NotebookError
        If the bytes are no notebook that can be read.
    """
    return notebook_of(_load(content, where), where)


def notebook_of(data: dict[str, Any], where: str) -> ReadNotebook:
    """Read a notebook from its JSON, which is changed.

    Raises
    ------
    NotebookError
        If it is no notebook that can be read.
    """
    major = data.get("nbformat")
    if isinstance(major, bool) or not isinstance(major, int) or not 2 <= major <= 4:
        newer = isinstance(major, int) and major > 4
        raise NotebookError(
            f"has nbformat {major!r}, which cannot be read" if "nbformat" in data else "is JSON, and not a notebook",
            where=where,
            hint="install a newer pressrun" if newer else "save it anew from JupyterLab",
        )
    _check_kernelspec(data, where)
    notes: list[str] = []
    if major < 4:
        data = _upgrade(data, major, where)
        notes.append(f"nbformat {major} was upgraded in memory; the file is as it was")
    _complete(data, notes, where)
    return ReadNotebook(data, tuple(notes), where)


def source_digest(notebook: Mapping[str, Any]) -> str:
    """Digest what an author writes: kinds, sources and tags of the cells, attachments and kernel; never outputs."""
    cells = [
        [cell["cell_type"], cell["source"], cell["metadata"].get("tags", []), cell.get("attachments", {})]
        for cell in notebook["cells"]
    ]
    kernel = notebook["metadata"].get("kernelspec", {}).get("name", "")
    text = json.dumps([cells, kernel], sort_keys=True, ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _load(content: bytes, where: str) -> dict[str, Any]:
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"is not JSON: {error}", where=where, hint="restore the file; it is no notebook") from error
    if not isinstance(data, dict):
        raise NotebookError("is JSON, and not a notebook", where=where, hint="save it anew from JupyterLab")
    return data


def _check_kernelspec(data: dict[str, Any], where: str) -> None:
    metadata = data.get("metadata", {})
    kernelspec = metadata.get("kernelspec", {}) if isinstance(metadata, dict) else {}
    if isinstance(kernelspec, dict) and isinstance(kernelspec.get("name"), str):
        # The format wants a name for people as well; tools that write notebooks often leave it out.
        kernelspec.setdefault("display_name", kernelspec["name"])
    if not isinstance(kernelspec, dict) or not isinstance(kernelspec.get("name", ""), str):
        raise NotebookError(
            "metadata.kernelspec is not a kernelspec", where=where, hint="choose the notebook's kernel in JupyterLab"
        )


def _upgrade(data: dict[str, Any], major: int, where: str) -> dict[str, Any]:
    import nbformat

    try:
        with warnings.catch_warnings():
            # nbformat complains of what the upgrade is about to mend; what it cannot mend is checked afterwards.
            warnings.simplefilter("ignore")
            found = nbformat.convert(nbformat.reads(json.dumps(data), as_version=nbformat.NO_CONVERT), 4)
            upgraded: dict[str, Any] = json.loads(json.dumps(found))
            return upgraded
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotebookError(
            f"has nbformat {major} and cannot be upgraded: {_first_line(error)}",
            where=where,
            hint="open it in JupyterLab and save it anew",
        ) from error


def _complete(data: dict[str, Any], notes: list[str], where: str) -> None:
    cells = data.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotebookError("has no list of cells", where=where, hint="save it anew from JupyterLab")
    minor = data.get("nbformat_minor")
    if not isinstance(minor, int):
        notes.append("nbformat_minor was missing; the notebook is read as 4.5")
    elif minor > 5:
        notes.append(f"nbformat 4.{minor} is newer than 4.5; what it adds is left aside")
    if not isinstance(data.setdefault("metadata", {}), dict):
        raise NotebookError("its metadata is not a mapping", where=where, hint="save it anew from JupyterLab")
    data["nbformat"], data["nbformat_minor"] = 4, 5
    for number, cell in enumerate(cells, 1):
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(str(line) for line in cell["source"])
        cell.setdefault("metadata", {})
        parts = [("cell_type", str), ("source", str), ("metadata", dict)]
        if wrong := [name for name, kind in parts if not isinstance(cell.get(name), kind)]:
            raise NotebookError(
                f"is not a valid notebook: {wrong[0]} of a cell is {_short(cell.get(wrong[0]))}",
                where=f"{where}, cell {number}",
                hint="save it anew from JupyterLab",
            )
    _check_code(cells, where)
    _repair_ids(cells, notes, had_ids=isinstance(minor, int) and minor >= 5)


def _short(value: Any) -> str:
    return "missing" if value is None else json.dumps(value)[:40]


def _check_code(cells: list[dict[str, Any]], where: str) -> None:
    """Refuse code that no kernel can be sent: half of a character that takes two, as a bad edit of the file leaves."""
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") == "code" and _HALF.search(str(cell.get("source"))):
            raise NotebookError(
                "has half a character in its code (a lone surrogate)",
                where=f"{where}, cell {number}",
                hint="type the character again",
            )


def _repair_ids(cells: list[dict[str, Any]], notes: list[str], *, had_ids: bool) -> None:
    """Give every cell an id that follows from its content, where its own is missing, wrong or taken."""
    taken: set[str] = set()
    repaired = 0
    for cell in cells:
        own = cell.get("id")
        if not (isinstance(own, str) and _ID.match(own) and own not in taken):
            text = f"{cell.get('cell_type')}\n{cell.get('source')}"
            stem = "c" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:11]
            counts = Counter(identity.partition("--")[0] for identity in taken)
            cell["id"] = stem if stem not in taken else f"{stem}--{counts[stem] + 1}"
            repaired += 1
        taken.add(cell["id"])
    if repaired and had_ids:
        many = "1 cell id was" if repaired == 1 else f"{repaired} cell ids were"
        notes.append(f"{many} missing, invalid or duplicate, and repaired in memory")


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
