"""The rows of a comparison table: means and intervals, differences to the baseline, marks, order and notes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pressrun.errors import UsageError
from pressrun.lettering import count, listing, shorten
from pressrun.panels.columns import absences, sources
from pressrun.panels.grid import Cell, Column, Delta, Grid, Mark, Row
from pressrun.panels.numerals import MISSING, decimals_for, fixed, half_width, measured, signed
from pressrun.panels.ranking import Difference, difference, rank
from pressrun.panels.selection import Members
from pressrun.records import Direction
from pressrun.runs.address import Address
from pressrun.statistics.interval import Interval, student_t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pressrun.panels.columns import Asked
    from pressrun.panels.selection import Selection

#: Comparisons need every pair of rows; beyond so many rows only those with the baseline are made.
MOST_RANKED = 60


class TableRows:
    """Computes a table once; rows stand in their final order, the baseline first.

    Parameters
    ----------
    selection
        The runs by row.
    asked
        The columns.
    baseline
        The label of the baseline's row.
    sort
        The column to sort by, "-" before it for the reverse.
    digits
        Decimals of metrics, None for those that the data support.
    """

    def __init__(
        self, selection: Selection, asked: Sequence[Asked], baseline: str | None, sort: str | None, digits: int | None
    ) -> None:
        self.selection = selection
        self.baseline = baseline
        self.digits = digits
        # What the row's own label says is not said twice.
        said = {str(Address.parse(field)) for field in selection.fields} if selection.grouped else {"name"}
        self.asked = [a for a in asked if len(said) > 1 or str(a.address) not in said]
        self.kept = self._kept()
        self.members = self._ordered(sort, asked)
        self.samples = {a.key: [a.sample(m.runs) for m in self.members] for a in self.asked if a.metric}
        self.intervals = {key: [student_t(s.values) for s in samples] for key, samples in self.samples.items()}
        self.notes = self._absences()

    def direction(self, asked: Asked) -> Direction:
        """Give which way a column's metric is better."""
        return self.selection.metric(asked.metric).direction

    def grid(self) -> Grid:
        """Give the grid."""
        labels = Column("row", self._label_title())
        counts = self._counts()
        columns = [labels, *([Column("n", "n", "right", numeric=True)] if counts else [])]
        columns += [self._column(a) for a in self.asked]
        cells = [[self._label(m)] for m in self.members]
        for index, n in enumerate(counts):
            cells[index].append(Cell(str(n), n))
        for asked in self.asked:
            made = self._metric_cells(asked, told=bool(counts)) if asked.metric else self._setting_cells(asked)
            for row, cell in zip(cells, made, strict=True):
                row.append(cell)
        rows = tuple(
            Row(m.label, m.label, tuple(row), tuple(run.id for run in m.runs), m.label == self.baseline)
            for m, row in zip(self.members, cells, strict=True)
        )
        return Grid(tuple(columns), rows, notes=tuple(self._grid_notes(bool(counts))))

    def differences(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Give each row's difference to each other row, by column and by the row taken as the baseline."""
        labels = [m.label for m in self.members]
        return {
            asked.key: {
                labels[base]: {
                    labels[index]: delta.to_view()
                    for index, delta in enumerate(self._deltas(asked, base))
                    if delta is not None
                }
                for base in range(len(labels))
            }
            for asked in self.asked
            if asked.metric
        }

    def _kept(self) -> list[Members]:
        """Leave runs out of groups that give none of the table's metrics a finite number; a run's own row stays."""
        metrics = [a for a in self.asked if a.metric]
        if not metrics or not self.selection.grouped:
            return list(self.selection.members)
        names = " or ".join(a.metric for a in metrics)
        kept = []
        for members in self.selection.members:
            runs = []
            for run in members.runs:
                found = [number for a in metrics if (number := a.number(run)) is not None]
                if any(map(math.isfinite, found)):
                    runs.append(run)
                else:
                    self.selection.ledger.leave_out(run, f"{'non-finite' if found else 'no'} {names}")
            kept.append(Members(members.label, tuple(runs)))
        return kept

    def _ordered(self, sort: str | None, asked: Sequence[Asked]) -> list[Members]:
        members = list(self.kept)
        if sort is not None:
            reverse = sort.startswith("-") and sort not in {a.key for a in asked}
            key = sort[1:] if reverse else sort
            found = next((a for a in asked if a.key == key), None)
            if found is None:
                known = listing((repr(a.key) for a in asked), 8)
                raise UsageError(f"{key!r} is none of the columns", where="sort", hint=f"sort by {known}")
            members.sort(key=lambda m: self._sort_key(found, m, reverse))
        # A stable sort: only the baseline moves.
        return sorted(members, key=lambda m: m.label != self.baseline)

    def _sort_key(self, asked: Asked, members: Members, reverse: bool) -> tuple[int, float, str]:
        if asked.metric:
            mean = asked.sample(members.runs).mean
            falling = (self.direction(asked) is Direction.MAX) is not reverse
            if not math.isnan(mean):
                return 0, -mean if falling else mean, ""
            return (1 if any(asked.number(run) is not None for run in members.runs) else 2), 0.0, ""
        cell = asked.setting(members.runs)
        if isinstance(cell.number, (int, float)) and math.isfinite(cell.number):
            return 0, -cell.number if reverse else float(cell.number), ""
        if cell.text == MISSING:
            return 2, 0.0, ""
        text = "".join(chr(0x10FFFF - ord(c)) for c in cell.text) if reverse else cell.text
        return 1, 0.0, text

    def _label_title(self) -> str:
        if not self.selection.grouped:
            return "run"
        names = [".".join(Address.parse(field).keys) or field for field in self.selection.fields]
        return shorten(", ".join(names) or "group")

    def _label(self, members: Members) -> Cell:
        return Cell(members.name, note=members.label if members.name != members.label else "")

    def _column(self, asked: Asked) -> Column:
        if not asked.metric:
            numeric = all(
                (cell := asked.setting(m.runs)).number is not None or cell.text == MISSING for m in self.members
            )
            title = ".".join(asked.address.keys) or asked.key
            return Column(asked.key, shorten(title), "right" if numeric else "left", numeric and bool(self.members))
        known = self.selection.metric(asked.metric)
        title = shorten(known.title or asked.metric)
        return Column(asked.key, title, "right", True, known.unit, known.direction.value)

    def _counts(self) -> list[int]:
        """Give the runs behind each row for a column of their own; none where they are the same everywhere.

        Where a row's metrics differ in their runs, each cell says its own.
        """
        if not self.selection.grouped or not self.samples:
            return []
        each = [{len(samples[index]) for samples in self.samples.values()} for index in range(len(self.members))]
        if any(len(counts) > 1 for counts in each) or len({n for counts in each for n in counts}) <= 1:
            return []
        return [next(iter(counts)) for counts in each]

    def _setting_cells(self, asked: Asked) -> list[Cell]:
        return [asked.setting(m.runs) for m in self.members]

    def _metric_cells(self, asked: Asked, *, told: bool) -> list[Cell]:
        intervals, samples = self.intervals[asked.key], self.samples[asked.key]
        decimals = self._decimals([i.mean for i in intervals], [_half(i) for i in intervals])
        marks = rank(samples, self.direction(asked)) if len(samples) <= MOST_RANKED else [Mark.NONE] * len(samples)
        uneven = not told and len({len(s) for every in self.samples.values() for s in every}) > 1
        base = next((i for i, m in enumerate(self.members) if m.label == self.baseline), None)
        deltas = self._deltas(asked, base) if base is not None else [None] * len(samples)
        cells = []
        for index, members in enumerate(self.members):
            interval, note = intervals[index], absences(asked, members.runs)
            if not interval.n:
                cells.append(self._empty(asked, members, note))
                continue
            text = measured(interval.mean, _half(interval), decimals, strict=self.digits is not None)
            if self.selection.grouped and uneven:
                text += f" (n = {interval.n})"
            there = interval.decides
            cells.append(
                Cell(
                    text,
                    interval.mean,
                    interval.low if there else None,
                    interval.high if there else None,
                    interval.n,
                    marks[index],
                    deltas[index],
                    "; ".join(filter(None, [sources(asked, members.runs), note])),
                )
            )
        return cells

    def _empty(self, asked: Asked, members: Members, note: str) -> Cell:
        """Give the cell of a row without a finite number; the number of a single run is shown as it is."""
        if not members.runs:
            return Cell(MISSING, n=0, note="no run to show")
        numbers = [asked.number(run) for run in members.runs]
        if len(numbers) == 1 and numbers[0] is not None:
            shown = fixed(numbers[0], 0)
            return Cell(
                shown, "nan" if math.isnan(numbers[0]) else ("inf" if numbers[0] > 0 else "-inf"), n=0, note=note
            )
        return Cell(MISSING, n=0, note=note)

    def _deltas(self, asked: Asked, base: int) -> list[Delta | None]:
        samples = self.samples[asked.key]
        found = [
            difference(sample, samples[base]) if index != base and len(sample) and len(samples[base]) else None
            for index, sample in enumerate(samples)
        ]
        halves = [(d.high - d.low) / 2 for d in found if d]
        # Single runs have no intervals; their differences are as precise as they are.
        alone = all(math.isnan(half) for half in halves)
        values = [i.mean for i in self.intervals[asked.key]] if alone else [d.value for d in found if d]
        decimals = self._decimals(values, halves)
        return [self._delta(asked, d, decimals) if d else None for d in found]

    def _delta(self, asked: Asked, found: Difference, decimals: int) -> Delta:
        verdict = found.verdict(self.direction(asked))
        text = signed(found.value, decimals)
        if math.isnan(found.low):
            return Delta(text, found.value, verdict=verdict)
        text += f" {half_width((found.high - found.low) / 2, decimals)} {verdict}"
        return Delta(text, found.value, found.low, found.high, verdict)

    def _decimals(self, values: list[float], halves: list[float]) -> int:
        return self.digits if self.digits is not None else decimals_for(values, halves)

    def _absences(self) -> list[str]:
        """Note the metrics for which some runs that are shown give no number."""
        metrics = [a for a in self.asked if a.metric]
        runs = [run for m in self.members for run in m.runs]
        return [said for a in metrics if (said := absences(a, runs))]

    def _grid_notes(self, told: bool) -> list[str]:
        notes = []
        sizes = sorted({len(s) for samples in self.samples.values() for s in samples if len(s)})
        if self.selection.grouped and any(i.decides for each in self.intervals.values() for i in each):
            over = f" over n = {sizes[0]} runs" if len(sizes) == 1 else " over n runs"
            notes.append(f"mean ± half-width of the 95% Student-t interval{over}")
        if self.selection.grouped and 1 in sizes:
            notes.append("n = 1 decides nothing")
        if self.baseline is not None and self.samples:
            notes.append(self._how_compared())
        return notes

    def _how_compared(self) -> str:
        base = next(i for i, m in enumerate(self.members) if m.label == self.baseline)
        found = [
            difference(sample, samples[base])
            for samples in self.samples.values()
            for index, sample in enumerate(samples)
            if index != base and len(sample) and len(samples[base])
        ]
        tested = [d for d in found if not math.isnan(d.low)]
        what = f"Δ: difference to {shorten(self.baseline)}"
        if not tested:
            return f"{what}; one run a row decides nothing"
        paired = sum(d.paired for d in tested)
        how = (
            "paired by seed" if paired == len(tested) else "Welch" if not paired else "paired by seed where seeds match"
        )
        left = sum(d.left_out for d in tested)
        rest = f", {count(left, 'run')} without a partner left out" if left else ""
        flat = "; ± 0 where the differences do not vary" if any(d.low == d.high for d in tested) else ""
        return f"{what} ± half-width of its 95% Student-t interval, {how}{rest}{flat}"


def _half(interval: Interval) -> float:
    return (interval.high - interval.low) / 2
