"""Where the `pressrun` command begins."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Asked by scripts and editors all the time, and answered in the time that Python takes to start.
    if sys.argv[1:] == ["--version"]:
        from pressrun.version import __version__

        sys.stdout.write(f"pressrun {__version__}\n")
        return
    # The libraries' hundreds of thousands of objects live as long as the command: Python's search for circles among
    # them, begun again and again while they are being made, took a fifth of a build.
    gc.set_threshold(20_000, 20, 20)
    leave_grammars_out()
    from pressrun.cli.main import run

    code = run(sys.argv[1:])
    # Nor is there anything to be found among them at the end.
    gc.freeze()
    sys.exit(code)


def leave_grammars_out() -> None:
    """Keep an import that costs a second and more away from this process.

    jsonschema, which comes with nbformat, loads what checks formats of texts, one of them 39 grammars of
    internationalised addresses; the schema of notebooks has no formats. That they are not installed is an answer too.
    """
    for name in ("rfc3987_syntax", "rfc3987", "rfc3986_validator", "isoduration", "webcolors", "fqdn", "uri_template"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
