"""How long the command line takes to say its version, beside an interpreter that does nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from timing import pairs, seconds

BIN = Path(sys.executable).parent


def main() -> None:
    """Print the rows."""
    here = Path.cwd()
    row = pairs(
        "`pressrun --version`",
        "`python -c pass`",
        "s",
        lambda: seconds([str(BIN / "pressrun"), "--version"], here),
        lambda: seconds([sys.executable, "-c", "pass"], here),
        n=20,
    )
    print(json.dumps([row.as_json()]))


if __name__ == "__main__":
    main()
