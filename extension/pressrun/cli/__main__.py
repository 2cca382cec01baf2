"""`python -m pressrun.cli`: the command line by the interpreter that is at hand, whatever PATH says."""

from __future__ import annotations

from pressrun.cli.start import main

main()
