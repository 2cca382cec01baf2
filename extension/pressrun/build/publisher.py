"""What a build asks of the layer above, which publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from pressrun.build.paper import Paper


@dataclass(frozen=True, slots=True)
class Published:
    """What the publisher did."""

    version: int
    outputs: tuple[Path, ...]


class Publisher(Protocol):
    """Turns an executed paper into a published version. The layer above implements it."""

    def begin(self, paper: Paper, notebook: Mapping[str, Any]) -> None:
        """Begin, beside all else, what can be done of a paper before its cells have their outputs.

        Parameters
        ----------
        notebook
            Its JSON, which may not be valid.
        """
        ...

    def prepare(self) -> None:
        """Get ready, beside whatever goes on: a paper is about to be executed, and will then be published."""
        ...

    def publish(
        self, paper: Paper, notebook: NotebookNode, facts: dict[str, Any], scratch: Path, *, unchanged_inputs: bool
    ) -> Published:
        """Export, seal the evidence, and switch the version in, by one atomic step at the end.

        Parameters
        ----------
        facts
            The fact file without a version; "formats" says which are asked for.
        unchanged_inputs
            Whether all inputs are those of the newest version: if the results are, too, that version stands.

        Raises
        ------
        PressrunError
            If an exporter fails or the site cannot be written. The old publication stands.
        """
        ...

    def outputs(self, paper: Paper, facts: Mapping[str, Any]) -> tuple[Path, ...]:
        """Give the files that readers open of the newest version."""
        ...
