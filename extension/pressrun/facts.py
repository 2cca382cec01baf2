"""The facts that cells leave in a notebook's outputs: the one channel between kernel, builder and readers.

A fact is the JSON value of a private mime type in an output's bundle. Whoever shows, checks or publishes a number reads
it from there, so that what a reader sees, what a claim's check used and what provenance.json says cannot disagree.
Non-finite numbers are the strings "nan", "inf" and "-inf"; a number that is not there is null.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pressrun.canonical import canonical, plain

if TYPE_CHECKING:
    from pressrun.canonical import JsonNumber
    from pressrun.records import Run

PANEL_MIME = "application/vnd.pressrun.panel.v1+json"
VALUE_MIME = "application/vnd.pressrun.value.v1+json"
CLAIM_MIME = "application/vnd.pressrun.claim.v1+json"
#: Left by `pr.runs` while a paper is built, so that the builder can lock what the query found.
QUERY_MIME = "application/vnd.pressrun.query.v1+json"

#: Panels that may be of no run: of code as it stands, or of data that an author passes.
WITHOUT_RUNS = frozenset({"attention", "code", "dataset", "drift", "monitor"})


@dataclass(frozen=True, slots=True)
class RunCite:
    """A run as a fact names it."""

    id: str
    name: str
    source: str
    digest: str
    status: str

    @classmethod
    def of(cls, run: Run) -> RunCite:
        """Cite a run."""
        return cls(run.id, run.name, run.source, run.digest, run.status.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: the URLs of its sources, and its where-expression."""

    sources: tuple[str, ...]
    where: str

    def narrowed(self, where: str) -> Asked:
        """Give the query with a further condition."""
        if not self.where.strip() or not where.strip():
            return Asked(self.sources, self.where.strip() or where.strip())
        return Asked(self.sources, f"({self.where.strip()}) and ({where.strip()})")


@dataclass(frozen=True, slots=True)
class Excluded:
    """Runs that matched and are not shown: for which one reason, and which."""

    reason: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The selection disclosure: how many runs matched, how many are shown, and what became of the others.

    Parameters
    ----------
    matched
        Runs that the queries found.
    shown
        Runs whose numbers are in what is shown.
    excluded
        The rest, by reason.
    seeds
        Seeds in each group, by the group's label.
    balanced
        Whether all groups have the same seeds; None where there are no groups.
    notes
        Further things that a reader must know, each a sentence.
    """

    matched: int
    shown: int
    excluded: tuple[Excluded, ...] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)
    balanced: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for the foot of a panel."""
        parts = [f"matched {self.matched}", f"shown {self.shown}"]
        if self.excluded:
            each = ", ".join(f"{len(e.runs)} {e.reason}" for e in self.excluded)
            parts.append(f"excluded {sum(len(e.runs) for e in self.excluded)} ({each})")
        if self.seeds:
            counts = sorted(set(self.seeds.values()))
            many = str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
            parts.append(f"{many} seeds a group" + ("" if self.balanced else ", seeds unbalanced"))
        return "; ".join([*parts, *self.notes])


@dataclass(frozen=True, slots=True)
class PanelFact:
    """What one panel shows.

    Parameters
    ----------
    kind
        The panel's module name, in Python and in TypeScript: "curves", "table", "compare", "code".
    frame
        The tidy data, by column: each a list of the same length, strict JSON. What is downloaded as CSV.
    view
        How the panel's front end is to draw it, besides the frame: labels, axes, order, starting options.
    runs
        The runs whose numbers are shown.
    queries
        Ids of the queries (`QueryFact.id`) that found them.
    """

    kind: str
    title: str
    metrics: tuple[str, ...]
    frame: Mapping[str, Sequence[Any]]
    view: Mapping[str, Any]
    runs: tuple[RunCite, ...]
    queries: tuple[str, ...]
    disclosure: Disclosure

    @property
    def mime(self) -> str:
        """The mime type under which this fact travels."""
        return PANEL_MIME


@dataclass(frozen=True, slots=True)
class ValueFact:
    """One number of the prose.

    Parameters
    ----------
    number
        The number itself; None when there is no evidence for one.
    text
        The number as it is printed; "n/a" when there is none.
    aggregation
        How runs became one number: "mean", "median", "min", "max", "best", "std", "count", "only", "difference".
    n
        Runs with a finite number.
    interval
        Lower and upper end, None where n decides nothing.
    state
        "current", or "missing" (no evidence), or "partial" (some runs gave no number; `reason` says which).
    runs
        All runs of the evidence, in order; those whose numbers do not count are in the disclosure.
    digits
        Decimals printed, where the author fixed them; None where the interval did.
    sides
        The two samples of a difference (aggregation "difference"); empty otherwise.
    asked
        The query whose whole answer `runs` are; None where they were found otherwise, and for a difference.
    """

    number: JsonNumber
    text: str
    metric: str
    aggregation: str
    n: int
    interval: tuple[JsonNumber, JsonNumber] | None
    level: float
    method: str
    unit: str
    state: str
    reason: str
    runs: tuple[RunCite, ...]
    queries: tuple[str, ...]
    disclosure: Disclosure
    digits: int | None = None
    sides: tuple[SideFact, ...] = ()
    asked: Asked | None = None

    @property
    def mime(self) -> str:
        """The mime type under which this fact travels."""
        return VALUE_MIME


@dataclass(frozen=True, slots=True)
class SideFact:
    """One side of a claim: a group of runs, what its metric amounts to, and the query whose whole answer it is."""

    label: str
    n: int
    mean: JsonNumber
    interval: tuple[JsonNumber, JsonNumber] | None
    runs: tuple[RunCite, ...]
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """A statement, its evidence, and what the evidence says.

    Parameters
    ----------
    form
        "greater", "less", "at_least", "at_most", "noninferior" or "equivalent".
    verdict
        "holds", "fails", "unresolved" or "unsupported".
    reason
        One sentence that says why the verdict is what it is, with the numbers in it.
    sides
        The groups compared: two for a comparison, one for a threshold.
    estimate, interval, level
        The quantity that the form is about (a difference, or a mean) and its confidence interval; the interval is None
        where the test can reject nothing with so few.
    bound
        The threshold or the equivalence margin; of non-inferiority the difference that is just too much; None for plain
        comparisons.
    n
        Observations behind the estimate: pairs where paired, the smaller side's runs where not.
    pairing
        "seed" when observations were paired by seed, "" when not.
    statistic, df, p_value
        Of the test named by `method`; None where the data allow none.
    p_corrected, correction
        The p-value after correction for the paper's other claims, and by which method; the builder's work.
    effect
        The standardised effect size named by `effect_name`; its interval is `effect_interval`.
    runs
        All runs of the evidence, side by side in order; those whose numbers do not count are in the disclosure.
    paired, nonfinite, test
        What the author asked for: "auto", "always" or "never" pair by seed; "refuse" or "exclude" non-finite numbers;
        the "t", "permutation" or "rank" test.
    """

    statement: str
    form: str
    verdict: str
    reason: str
    metric: str
    sides: tuple[SideFact, ...]
    estimate: JsonNumber
    interval: tuple[JsonNumber, JsonNumber] | None
    level: float
    bound: JsonNumber
    n: int
    pairing: str
    method: str
    statistic: JsonNumber
    df: JsonNumber
    p_value: JsonNumber
    p_corrected: JsonNumber
    correction: str
    effect: JsonNumber
    effect_name: str
    runs: tuple[RunCite, ...]
    queries: tuple[str, ...]
    disclosure: Disclosure
    paired: str = "auto"
    nonfinite: str = "refuse"
    test: str = "t"
    effect_interval: tuple[JsonNumber, JsonNumber] | None = None

    @property
    def mime(self) -> str:
        """The mime type under which this fact travels."""
        return CLAIM_MIME


@dataclass(frozen=True, slots=True)
class QueryFact:
    """One query and its answer.

    Parameters
    ----------
    id
        "q-" and twelve hex digits over sources and where-expression, so the same query has the same id everywhere.
    sources
        Source URLs as the author wrote them.
    where
        The where-expression, "" for all runs.
    runs
        The answer, in order.
    locked
        Whether the answer came from the lock rather than from the sources as they are now.
    """

    id: str
    sources: tuple[str, ...]
    where: str
    runs: tuple[RunCite, ...]
    locked: bool

    @property
    def mime(self) -> str:
        """The mime type under which this fact travels."""
        return QUERY_MIME


Fact = PanelFact | ValueFact | ClaimFact | QueryFact

_MIMES: dict[str, type[PanelFact] | type[ValueFact] | type[ClaimFact] | type[QueryFact]] = {
    PANEL_MIME: PanelFact,
    VALUE_MIME: ValueFact,
    CLAIM_MIME: ClaimFact,
    QUERY_MIME: QueryFact,
}


def query_id(sources: Iterable[str], where: str) -> str:
    """Give the id of a query, the same for the same sources and where-expression everywhere."""
    text = canonical({"sources": list(sources), "where": where.strip()})
    return "q-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def disclosed(fact: PanelFact | ValueFact | ClaimFact) -> str:
    """Give the line for a fact's foot: code and data that no run is asked for select none, so they have only notes."""
    if isinstance(fact, PanelFact) and fact.kind in WITHOUT_RUNS and not fact.runs:
        return "; ".join(fact.disclosure.notes)
    return fact.disclosure.text


def to_json(fact: Fact | Disclosure | RunCite | Excluded | SideFact) -> dict[str, Any]:
    """Give a fact as strict JSON, ready for a mime bundle."""
    data = plain(dataclasses.asdict(fact))
    if isinstance(fact, (ValueFact, ClaimFact, SideFact)):
        data = without_query(data, whole=False)
    if isinstance(fact, (PanelFact, ValueFact, ClaimFact)):
        data["disclosure"]["text"] = disclosed(fact)
    assert isinstance(data, dict)
    return data


def without_query(fact: Mapping[str, Any], *, whole: bool = True) -> dict[str, Any]:
    """Give a value's or claim's fact without the queries that its runs answer, or only without those that are none.

    What is published is about runs: a query would say nothing of them that its version does not hold already.
    """

    def left(part: Any) -> Any:
        if not isinstance(part, Mapping):
            return part
        return {key: said for key, said in part.items() if key != "asked" or not (whole or said is None)}

    found: dict[str, Any] = left(fact)
    sides = fact.get("sides")
    return {**found, "sides": [left(side) for side in sides]} if isinstance(sides, list) else found


def facts_in(bundle: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Give the (mime type, fact) pairs of an output's mime bundle, malformed ones left out."""
    return [(mime, bundle[mime]) for mime in _MIMES if isinstance(bundle.get(mime), dict)]
