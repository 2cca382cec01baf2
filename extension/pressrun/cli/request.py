"""What the command line asks of every paper that it builds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pressrun.errors import UsageError

if TYPE_CHECKING:
    from pressrun.build.build import BuildOptions
    from pressrun.build.outcomes import CellResult
    from pressrun.cli.progress import Display


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of every paper alike."""

    formats: str | None = None
    update: bool = False
    frozen: bool = False
    force: bool = False
    parameters: tuple[tuple[str, str], ...] = ()

    def check(self, *, watch: bool = False, as_json: bool = False) -> None:
        """Refuse what cannot be meant.

        Parameters
        ----------
        watch, as_json
            Whether papers are built until somebody ends it; whether one document is to say what was built.

        Raises
        ------
        UsageError
            If two options contradict each other or a format is unknown.
        """
        if self.update and self.frozen:
            raise UsageError("--update and --frozen contradict each other", hint="give one of them")
        if watch and self.frozen:
            raise UsageError(
                "--watch and --frozen contradict each other",
                hint="--watch goes along with runs that come, --frozen refuses",
            )
        if watch and as_json:
            raise UsageError(
                "--watch never comes to the one document of --json",
                hint="--progress json tells of each build, its result too",
            )
        self.to_options(_Unseen())

    def unforced(self) -> Request:
        """Give what is asked of a paper that was just built by force: not to be built again for nothing."""
        return replace(self, force=False)

    def to_options(self, watcher: Display, *, execute: bool = True) -> BuildOptions:
        """Give the options of one paper's build."""
        from pressrun.build.build import BuildOptions
        from pressrun.build.paper import check_formats
        from pressrun.build.parameters import check_parameters, parse_parameter
        from pressrun.runs.pins import Mode

        return BuildOptions(
            watcher,
            mode=Mode.UPDATE if self.update else Mode.FROZEN if self.frozen else Mode.KEEP,
            formats=None if self.formats is None else check_formats(_words(self.formats), "--to"),
            parameters=check_parameters({name: parse_parameter(value) for name, value in self.parameters}, "-p"),
            force=self.force,
            execute=execute,
            announce=watcher.say,
            phase=watcher.turn_to,
        )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


class _Unseen:
    def say(self, line: str) -> None:
        """Nobody listens."""

    def turn_to(self, phase: str) -> None:
        """Nobody watches."""

    def cell_started(self, number: int, total: int, name: str, cell: str) -> None:
        """Nobody watches."""

    def cell_ended(self, result: CellResult) -> None:
        """Nobody watches."""
