"""The pandoc binary that the package ships, and its document tree as plain data: the one parser of all prose.

A node is pandoc's JSON, `{"t": type, "c": content}`. pandoc runs sandboxed (it reads no file that its command line does
not name), with a bounded heap and a time limit, because prose may come from anybody.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pressrun.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Node: TypeAlias = dict[str, Any]
Nodes: TypeAlias = list[Node]

#: pandoc's Markdown as notebooks use it: lists, quotes and headings need no blank line before them, YAML blocks are
#: front matter and nothing else, and text is never a template for another format.
MARKDOWN = (
    "markdown+lists_without_preceding_blankline-blank_before_header-blank_before_blockquote"
    "-yaml_metadata_block-pandoc_title_block+autolink_bare_uris+mark"
)
_API = [1, 23, 1]
_SECONDS = 60
#: How many answers of `begin` are kept for who asks; what was expected and did not come is no use later.
_BEGUN = 8
#: Levels of JSON that every walk over a tree can take: a list in a list is three of them.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What pandoc wrote, and what it warned of."""

    text: str
    warnings: str


@cache
def binary() -> str:
    """Give the path of the pandoc that is installed with the package."""
    # The package imports what downloads, and starts the program to see its version: that is for where it is not in its
    # place.
    spec = importlib.util.find_spec("pypandoc")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc")
    if installed.is_file():
        return str(installed)
    import pypandoc

    return str(pypandoc.get_pandoc_path())


_begun: dict[tuple[str, ...], Future[Answer]] = {}
#: A server reads papers in several threads.
_lock = threading.Lock()


def begin(text: str, *options: str) -> None:
    """Begin to pass a text through pandoc beside all else: `run` of the same takes the answer."""
    answer: Future[Answer] = Future()

    def work() -> None:
        try:
            answer.set_result(_run(text, *options))
        except Exception as error:
            answer.set_exception(error)

    with _lock:
        while len(_begun) >= _BEGUN:
            _begun.pop(next(iter(_begun)))
        _begun[text, *options] = answer
    threading.Thread(target=work, name="pressrun-pandoc").start()


def run(text: str, *options: str) -> Answer:
    """Pass a text through pandoc.

    Raises
    ------
    DocumentError
        If pandoc refuses the text or takes more than a minute.
    """
    with _lock:
        begun = _begun.pop((text, *options), None)
    return _run(text, *options) if begun is None else begun.result()


def _run(text: str, *options: str) -> Answer:
    command = [binary(), "+RTS", "-M1500M", "-RTS", "--sandbox", *options]
    try:
        # Lone surrogates cannot be written as UTF-8; what cannot be written cannot be read by anybody either.
        done = subprocess.run(
            command, input=text.encode("utf-8", "replace"), capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentError(
            f"pandoc took over {_SECONDS} s to read the prose", hint="look for deeply nested or repeated markup"
        ) from error
    warnings = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise DocumentError(f"pandoc cannot read the prose: {warnings.strip()[:500]}", hint="correct the Markdown")
    return Answer(done.stdout.decode("utf-8", "replace"), warnings)


def parse(text: str, reader: str = MARKDOWN) -> Nodes:
    """Read a text into a list of blocks.

    Raises
    ------
    DocumentError
        If pandoc refuses the text, or it is nested deeper than a tree can be walked.
    """
    answer = run(text, *_parsing(reader)).text
    try:
        blocks: Nodes = json.loads(answer)["blocks"]
        deep = _depth(blocks) > _DEEPEST
    except RecursionError:
        deep = True
    if deep:
        raise DocumentError("the prose is nested too deep", hint="have fewer lists or quotes inside each other")
    return blocks


def begin_to_parse(text: str, reader: str = MARKDOWN) -> None:
    """Begin to read a text that `parse` will be asked for."""
    begin(text, *_parsing(reader))


def _parsing(reader: str) -> tuple[str, ...]:
    return "-f", reader, "-t", "json"


def _depth(value: Any) -> int:
    """Give how many lists and mappings stand inside each other, without recursion."""
    level, depth = [value], 0
    while level := [part for part in level if isinstance(part, (list, dict)) and part]:
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
        depth += 1
    return depth


def tree(blocks: Nodes) -> str:
    """Give blocks as the JSON document that pandoc reads."""
    return json.dumps({"pandoc-api-version": _API, "meta": {}, "blocks": blocks})


def write(blocks: Nodes, writer: str, *options: str) -> str:
    """Write blocks in a format."""
    return run(tree(blocks), "-f", "json", "-t", writer, *options).text


def para(*inlines: Node) -> Node:
    """Make a paragraph."""
    return {"t": "Para", "c": list(inlines)}


def plain(inlines: Nodes) -> Node:
    """Make a block of text without a paragraph's space around it."""
    return {"t": "Plain", "c": inlines}


def words(text: str) -> Nodes:
    """Give literal text as inlines."""
    nodes: Nodes = []
    for index, word in enumerate(text.split(" ")):
        if index:
            nodes.append({"t": "Space"})
        if word:
            nodes.append({"t": "Str", "c": word})
    return nodes


def literal(text: str) -> Node:
    """Give text as inline code, for what must be shown and not obeyed."""
    return {"t": "Code", "c": [["", [], []], text]}


def raw(kind: str, text: str) -> Node:
    """Make an inline that is already in the target format."""
    return {"t": "RawInline", "c": [kind, text]}


def raw_block(kind: str, text: str) -> Node:
    """Make a block that is already in the target format."""
    return {"t": "RawBlock", "c": [kind, text]}


def div(content: Nodes, classes: Sequence[str] = (), identifier: str = "", **attributes: str) -> Node:
    """Make a block container."""
    return {"t": "Div", "c": [[identifier, list(classes), [[k, v] for k, v in attributes.items()]], content]}


def span(content: Nodes, classes: Sequence[str] = (), identifier: str = "", **attributes: str) -> Node:
    """Make an inline container."""
    return {"t": "Span", "c": [[identifier, list(classes), [[k, v] for k, v in attributes.items()]], content]}


def link(content: Nodes, target: str, classes: Sequence[str] = ()) -> Node:
    """Make a hyperlink."""
    return {"t": "Link", "c": [["", list(classes), []], content, [target, ""]]}


def rewrite(value: Any, visit: Callable[[Node], Nodes | None]) -> Any:
    """Copy a tree, each node replaced by what `visit` gives for it, in reading order.

    `visit` returns None to keep a node and go into it, or the nodes that stand in its place, which are not visited.
    """
    if isinstance(value, list):
        out: list[Any] = []
        for item in value:
            if isinstance(item, dict) and "t" in item:
                instead = visit(item)
                if instead is None:
                    out.append({key: rewrite(part, visit) for key, part in item.items()})
                else:
                    out.extend(instead)
            else:
                out.append(rewrite(item, visit))
        return out
    if isinstance(value, dict):
        return {key: rewrite(part, visit) for key, part in value.items()}
    return value


def rewrite_lists(value: Any, visit: Callable[[Nodes], Nodes]) -> Any:
    """Copy a tree, each list of sibling nodes replaced by what `visit` gives for it, inner lists first."""
    if isinstance(value, list):
        items = [rewrite_lists(item, visit) for item in value]
        if items and all(isinstance(item, dict) and "t" in item for item in items):
            return visit(items)
        return items
    if isinstance(value, dict):
        return {key: rewrite_lists(part, visit) for key, part in value.items()}
    return value


def nodes_in(value: Any) -> Iterator[Node]:
    """Give every node of a tree in reading order."""
    # A stack and no recursion: papers are walked often, and have a hundred thousand places.
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "t" in item:
                yield item
            item = list(item.values())
        waiting.extend(part for part in reversed(item) if isinstance(part, (dict, list)))


def text_of(value: Any) -> str:
    """Give the words of a tree without markup."""
    parts: list[str] = []
    for node in nodes_in(value):
        match node["t"]:
            case "Str":
                parts.append(node["c"])
            case "Space" | "SoftBreak" | "LineBreak":
                parts.append(" ")
            case "Code" | "Math":
                parts.append(node["c"][1])
    return "".join(parts).strip()


def attributes_of(node: Node) -> list[Any] | None:
    """Give a node's [identifier, classes, key-value pairs], if its type has them."""
    match node["t"]:
        case "Div" | "Span" | "Code" | "CodeBlock" | "Link" | "Image" | "Table" | "Figure":
            attributes: list[Any] = node["c"][0]
        case "Header":
            attributes = node["c"][1]
        case _:
            return None
    return attributes
