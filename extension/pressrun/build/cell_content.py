"""The cells of a notebook that have something to execute, and what an execution leaves in them."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pressrun.build.inline import find_expressions
from pressrun.build.names import analyse, analyse_expressions
from pressrun.build.notebook import SKIP_TAG
from pressrun.build.options import parse_options
from pressrun.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

    from pressrun.build.names import CellNames
    from pressrun.build.surroundings import Surroundings

#: What in a cell's output is the number of an execution.
_NUMBER = re.compile(r"In\s?\[\d")

#: The file in which a kernel says that a cell's code stands: named by the kernel's process, and by a hash of the code.
_PLACE = re.compile(rf"{re.escape(tempfile.gettempdir())}[/\\]ipykernel_\d+[/\\](\d+)\.py")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that has something to execute: its place in the notebook, and what its source says."""

    place: int
    id: str
    kind: str
    text: str
    names: CellNames
    tags: tuple[str, ...]
    number: int
    volatile: bool
    files: Mapping[str, str]


def content_of(cell: NotebookNode) -> dict[str, Any]:
    """Give what the execution of a cell leaves in it."""
    if cell.cell_type == "code":
        return {"outputs": cell.outputs}
    said = {name: cell.metadata[name] for name in ("user_expressions", "pressrun") if name in cell.metadata}
    return {"metadata": said}


def restore_content(cell: NotebookNode, content: Mapping[str, Any], number: int) -> None:
    """Put into a cell what its execution left in it, as the execution of that number."""
    from nbformat import from_dict

    if cell.cell_type != "code":
        cell.metadata.update(from_dict(content["metadata"]))
        return
    cell.outputs = from_dict(content["outputs"])
    cell.execution_count = number
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = number


def bundles_of(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the mime bundles among what a cell left."""
    said = content.get("metadata", {})
    found = [output["data"] for output in content.get("outputs", ()) if "data" in output]
    found += said.get("pressrun", {}).get("displayed", ())
    return found + [entry["result"].get("data", {}) for entry in said.get("user_expressions", ())]


def cells_of(notebook: NotebookNode, around: Surroundings) -> Iterator[Cell]:
    """Give the cells that have something to execute, code numbered as a kernel counts it."""
    number = 0
    for place, cell in enumerate(notebook.cells):
        tags = tuple(cell.metadata.get("tags", ()))
        if cell.cell_type == "markdown":
            found = find_expressions(cell.source)
            names = analyse_expressions([one.expression for one in found]) if found else None
            options: dict[str, Any] = {}
        elif cell.cell_type == "code" and cell.source.strip():
            try:
                options, _ = parse_options(cell.source)
            except ConfigError:
                # The execution says what is wrong with it.
                options = {}
            switched_off = SKIP_TAG in tags or options.get("eval") is False
            names = None if switched_off else analyse(cell.source)
            number += names is not None
        else:
            names = None
        if names is not None:
            volatile = options.get("cache") is False or not around.volatile.isdisjoint({cell.id, options.get("label")})
            files = around.module_files(names.modules)
            yield Cell(place, cell.id, cell.cell_type, cell.source, names, tags, number, volatile, files)


def quotes_source(content: Mapping[str, Any]) -> bool:
    """Whether a cell's output shows lines of its source or their numbers, as tracebacks and warnings do."""
    outputs = content.get("outputs", ())
    return any("traceback" in output or _PLACE.search(_text_of(output)) for output in outputs)


def shows_number(content: Mapping[str, Any]) -> bool:
    """Whether a cell's output says how many were executed before it, as a traceback does."""
    return any(_NUMBER.search(_text_of(output)) for output in content.get("outputs", ()))


def name_places(notebook: NotebookNode) -> None:
    """Let outputs name the cells that they speak of, where kernels name files that are others in each process."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    if not any(_PLACE.search(_text_of(output)) for output in outputs):
        return
    from ipykernel.compiler import get_tmp_hash_seed, murmur2_x86

    names = {
        str(murmur2_x86(cell.source, get_tmp_hash_seed())): _name(cell)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }

    def name(found: re.Match[str]) -> str:
        return f"<cell {names[found[1]]}>" if found[1] in names else "<cell>"

    for output in outputs:
        if "text" in output:
            output.text = _PLACE.sub(name, output.text)
        if "traceback" in output:
            output.traceback = [_PLACE.sub(name, line) for line in output.traceback]
            output.evalue = _PLACE.sub(name, output.evalue)
        if "text/plain" in output.get("data", {}):
            output.data["text/plain"] = _PLACE.sub(name, output.data["text/plain"])


def _text_of(output: Mapping[str, Any]) -> str:
    """Give what an output says in plain text, in which a kernel may quote a cell."""
    said = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
    return "\n".join([*said, str(output.get("data", {}).get("text/plain", ""))])


def _name(cell: NotebookNode) -> str:
    try:
        options, _ = parse_options(cell.source)
    except ConfigError:
        # A cell that is switched off may have any.
        options = {}
    return str(options.get("label") or cell.id)
