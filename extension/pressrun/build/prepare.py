"""What a Python kernel is told before a paper's first cell, and asked after its last.

It is sent as source text, so that a kernel of another environment, without pressrun, understands it as well.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Characters that a cell's stdout and stderr may each hand to the builder; a little more than the builder keeps, so
#: that it is the builder that cuts and says so. Without it, 100 MB printed at once would be one message of 100 MB.
_STREAM_LIMIT = 12_000_000

#: Characters of each text that it shows; a little more than the builder decodes of a message, for the same reason.
_TEXT_LIMIT = 31_000_000

_PREPARE = """
import os, sys
for path in reversed(PATHS):
    if path not in sys.path:
        sys.path.insert(1 if sys.path and sys.path[0] == "" else 0, path)

read, written = {}, set()
def note(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        try:
            path = os.path.abspath(os.fsdecode(args[0]))
            if not path.startswith(ROOT):
                return
            if (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                written.add(path)
            elif len(read) < 20000:
                read.setdefault(path)
        except Exception:
            return
sys.addaudithook(note)

def inputs():
    found = [path for path in read if path not in written and os.path.isfile(path)]
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and os.path.abspath(path).startswith(ROOT):
            found.append(os.path.abspath(path))
    return sorted({path for path in found if not path.endswith(".pyc")})
sys._pressrun_inputs = inputs

from importlib.machinery import SourceFileLoader
get_code = SourceFileLoader.get_code
def from_source(self, name):
    path = self.get_filename(name)
    if not os.path.abspath(path).startswith(ROOT) or "site-packages" in path:
        return get_code(self, name)
    # Bytecode is believed by the time and the size of its source, which may be those of other content.
    return self.source_to_code(self.get_data(path), path)
SourceFileLoader.get_code = from_source

try:
    from ipykernel.iostream import OutStream
    shell = get_ipython()
except (ImportError, NameError):
    pass
else:
    write, sizes = OutStream.write, {}
    def bounded(self, text):
        size = sizes.get(id(self), 0)
        if isinstance(text, str) and size <= LIMIT:
            room = LIMIT - size
            sizes[id(self)] = size + len(text)
            write(self, text if len(text) <= room else text[: room + 1])
            return len(text)
        return len(text) if isinstance(text, str) else write(self, text)
    OutStream.write = bounded
    def begin(*_):
        sizes.clear()
        for stream in (sys.stdout, sys.stderr):
            # IPython puts a write of its own on the instance while a cell runs, and puts back the one it found.
            if isinstance(stream, OutStream):
                vars(stream).pop("write", None)
    shell.events.register("pre_run_cell", begin)

    send = shell.display_pub.session.send
    def send_bounded(stream, message, *rest, **more):
        data = message["content"].get("data") if isinstance(message, dict) else None
        for kind, text in data.items() if isinstance(data, dict) else ():
            if isinstance(text, str) and len(text) > TEXT_LIMIT:
                data[kind] = text[:TEXT_LIMIT]
        return send(stream, message, *rest, **more)
    shell.display_pub.session.send = send_bounded
"""

_ASK = "__import__('json').dumps(__import__('sys')._pressrun_inputs())"


def preparation(paths: Sequence[Path], root: Path) -> str:
    """Give the code to execute silently first; it leaves no name in the paper's namespace.

    It puts folders on the import path, has the project's modules compiled from their sources, bounds what a cell can
    print and show, and notes what is read below the root.
    """
    names: dict[str, object] = {"PATHS": [str(path) for path in paths], "ROOT": f"{root}/"}
    names |= {"LIMIT": _STREAM_LIMIT, "TEXT_LIMIT": _TEXT_LIMIT}
    literal = ", ".join(f"{name!r}: {value!r}" for name, value in names.items())
    return f"exec({_PREPARE!r}, {{{literal}, 'get_ipython': get_ipython}})"


def question() -> str:
    """Give the expression whose value says which files below the root the paper has read."""
    return _ASK


def answer(text: str) -> tuple[str, ...]:
    """Read the kernel's answer to `question`, the repr of a JSON text; nothing if it is none."""
    try:
        paths = json.loads(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError):
        return ()
    return tuple(path for path in paths if isinstance(path, str)) if isinstance(paths, list) else ()
