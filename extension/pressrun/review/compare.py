"""What changed between two builds of a paper, in the paper's own terms: claims, numbers, panels, queries, prose.

It reads fact files and notebooks as they were published, so it can compare any two versions without a kernel or a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pressrun.canonical import canonical
from pressrun.records import Status
from pressrun.review.change import Change as Change
from pressrun.review.change import ChangeKind as ChangeKind

Fact: TypeAlias = Mapping[str, Any]
#: A fact before and after; None where it is not there.
Pair: TypeAlias = tuple[Fact | None, Fact | None]
#: Gives what a fact is about.
About: TypeAlias = Callable[[Fact], tuple[Any, ...]]

#: How many runs are named before they are only counted.
_NAMED = 4


def changes(old: Fact, new: Fact) -> tuple[Change, ...]:
    """Give what changed from one fact file (`provenance.json`) to another: claims, numbers, panels, queries, inputs.

    Facts are matched by their ids, and where a cell was moved or written anew by what they are about. Prose is not in
    fact files: `prose_changes` compares notebooks.
    """
    inputs = _input_changes(old.get("inputs") or {}, new.get("inputs") or {})
    reasons = tuple(
        f"{c.what} changed" if c.old and c.new else f"{c.what} is {'no longer ' if c.old else ''}read" for c in inputs
    )
    if len(reasons) > _NAMED:
        reasons = (*reasons[:_NAMED], f"{len(reasons) - _NAMED} more inputs changed")
    found = [
        *_claims(old.get("claims") or (), new.get("claims") or (), reasons),
        *_values(old.get("values") or (), new.get("values") or (), reasons),
        *_panels(old.get("panels") or (), new.get("panels") or (), reasons),
        *_queries(old.get("queries") or (), new.get("queries") or ()),
        *inputs,
    ]
    return tuple(found)


def prose_changes(old: Fact, new: Fact) -> tuple[Change, ...]:
    """Give the cells whose source differs between two notebooks (nbformat 4 JSON), in the order of the new one."""
    before = {_cell_key(cell, place): cell for place, cell in enumerate(old.get("cells", ()))}
    after = {_cell_key(cell, place): cell for place, cell in enumerate(new.get("cells", ()))}
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = _source(before.get(key)), _source(after.get(key))
        if was != now:
            cell = after.get(key) or before[key]
            kind = ChangeKind.CODE if cell.get("cell_type") == "code" else ChangeKind.PROSE
            found.append(Change(kind, _heading(now or was, key), was, now))
    return tuple(found)


def run_changes(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[str, ...]:
    """Say which runs were added, removed, replaced by one of the same name, or changed, between two lists of cites."""
    before = {(c["source"], c["id"]): c for c in old}
    after = {(c["source"], c["id"]): c for c in new}
    lost = [
        str(after[key]["name"])
        for key in after
        if _is_deleted(after[key]) and (key not in before or not _is_deleted(before[key]))
    ]
    added = [after[key] for key in after if key not in before and not _is_deleted(after[key])]
    removed = [before[key] for key in before if key not in after]
    replaced: list[str] = []
    for gone in list(removed):
        # A name that one run of each side bears stands for one experiment that was run again.
        same = [cite for cite in added if cite["name"] == gone["name"]]
        if len(same) == 1 and sum(cite["name"] == gone["name"] for cite in removed) == 1:
            replaced.append(f"{gone['name']} ({gone['id']} → {same[0]['id']})")
            added.remove(same[0])
            removed.remove(gone)
    restated = [
        f"{after[key]['name']} is now {after[key]['status']}"
        for key in after
        if key in before and before[key]["status"] != after[key]["status"] and not _is_deleted(after[key])
    ]
    changed = [
        str(after[key]["name"])
        for key in after
        if key in before
        and before[key]["status"] == after[key]["status"]
        and before[key]["digest"] != after[key]["digest"]
    ]
    return (
        *_clause(lost, "is gone", "are gone"),
        *restated[:_NAMED],
        *_clause(replaced, "was replaced", "were replaced"),
        *_clause([str(cite["name"]) for cite in added], "was added", "were added"),
        *_clause([str(cite["name"]) for cite in removed], "was removed", "were removed"),
        *_clause(changed, "changed", "changed"),
    )


def _is_deleted(cite: Fact) -> bool:
    return Status(cite["status"]) is Status.DELETED


def _clause(names: list[str], one: str, many: str) -> tuple[str, ...]:
    if not names:
        return ()
    if len(names) == 1:
        return (f"run {names[0]} {one}",)
    if len(names) <= _NAMED:
        return (f"runs {', '.join(names[:-1])} and {names[-1]} {many}",)
    return (f"{len(names)} runs {many}",)


def _claims(old: Sequence[Fact], new: Sequence[Fact], inputs: tuple[str, ...]) -> Iterator[Change]:
    for was, now in _matched(old, new, lambda f: (f.get("label"), f["statement"]), lambda f: (f["form"], f["metric"])):
        if was is None or now is None:
            one = now or was
            assert one is not None
            said = f"{one['verdict']}: {one['statement']}"
            yield Change(ChangeKind.CLAIM, _claim_name(one), said if was else "", said if now else "")
            continue
        told = _told(was, now)
        if told is not None:
            because = run_changes(was["runs"], now["runs"]) or inputs
            yield Change(ChangeKind.CLAIM, _claim_name(now), *told, because)


def _told(was: Fact, now: Fact) -> tuple[str, str] | None:
    """Say how a claim differs, the verdict first; None if it does not."""
    if was["verdict"] != now["verdict"]:
        return f"{was['verdict']} ({was['reason']})", f"{now['verdict']} ({now['reason']})"
    if was["statement"] != now["statement"]:
        return f"{was['statement']!r}", f"{now['statement']!r}"
    if any(_differs(was.get(key), now.get(key)) for key in ("bound", "level", "form")):
        return f"{was['form']} {was['bound']} at {was['level']}", f"{now['form']} {now['bound']} at {now['level']}"
    keys = ("estimate", "interval", "n", "pairing", "p_value", "p_corrected", "effect")
    if any(_differs(was.get(key), now.get(key)) for key in keys):
        return f"{was['verdict']}, {_numbers(was)}", f"{_numbers(now)}"
    return None


def _numbers(claim: Fact) -> str:
    parts = [_short(claim["estimate"])] if claim["estimate"] is not None else []
    if claim["interval"] is not None:
        parts.append(f"[{_short(claim['interval'][0])}, {_short(claim['interval'][1])}]")
    p = claim["p_value"] if claim["p_corrected"] is None else claim["p_corrected"]
    if p is not None:
        parts.append(f"p = {float(p):.2g}")
    return " ".join([*parts, f"n = {claim['n']}"])


def _values(old: Sequence[Fact], new: Sequence[Fact], inputs: tuple[str, ...]) -> Iterator[Change]:
    def about(fact: Fact) -> tuple[object, ...]:
        return fact.get("expression"), fact["metric"], fact["aggregation"]

    for was, now in _matched(old, new, about, lambda f: (f["metric"], f["aggregation"])):
        one = now or was
        assert one is not None
        name = f"{one['aggregation']} of {one['metric']}"
        name = f"{one['expression']} ({name})" if one.get("expression") else name
        if was is None or now is None:
            text = str(one["text"])
            yield Change(ChangeKind.VALUE, name, text if was else "", text if now else "")
        elif any(_differs(was[key], now[key]) for key in ("number", "text", "n", "state", "interval")):
            because = run_changes(was["runs"], now["runs"]) or inputs
            yield Change(ChangeKind.VALUE, name, _printed(was, now), _printed(now, was), because)


def _printed(fact: Fact, other: Fact) -> str:
    """Print a value, with as much more of it as sets it apart from the other."""
    text = str(fact["text"])
    if fact["state"] != other["state"] and fact["reason"]:
        return f"{text} ({fact['state']}: {fact['reason']})"
    if text != str(other["text"]):
        return text
    if _differs(fact["number"], other["number"]):
        return f"{text} ({fact['number']!r})"
    return f"{text} ({_spread(fact)})"


def _spread(fact: Fact) -> str:
    """Give N and the interval of a value or claim, as short as tells it from another."""
    if fact["interval"] is None:
        return f"n = {fact['n']}"
    low, high = (_short(end) for end in fact["interval"])
    return f"[{low}, {high}], n = {fact['n']}"


def _panels(old: Sequence[Fact], new: Sequence[Fact], inputs: tuple[str, ...]) -> Iterator[Change]:
    for was, now in _matched(
        old, new, lambda f: (f["kind"], f.get("label"), f["title"]), lambda f: (f["kind"], f["metrics"])
    ):
        one = now or was
        assert one is not None
        name = str(one.get("label") or one["title"] or one["kind"])
        if was is None or now is None:
            text = f"{one['kind']} of {_runs(one)}"
            yield Change(ChangeKind.PANEL, name, text if was else "", text if now else "")
            continue
        because = run_changes(was["runs"], now["runs"])
        if because:
            yield Change(ChangeKind.PANEL, name, _runs(was), _runs(now), because)
        elif _differs(_data(was), _data(now)) or was["title"] != now["title"]:
            yield Change(ChangeKind.PANEL, name, f"{_runs(was)}", "the same runs, shown otherwise", inputs)


def _data(panel: Fact) -> object:
    return panel.get("data", panel.get("digest"))


def _runs(panel: Fact) -> str:
    return "1 run" if len(panel["runs"]) == 1 else f"{len(panel['runs'])} runs"


def _queries(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Change]:
    before, after = {q["id"]: q for q in old}, {q["id"]: q for q in new}
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        one = now or was
        assert one is not None
        name = f"{', '.join(one['sources'])}{' where ' + one['where'] if one['where'] else ''}"
        if was is None or now is None:
            yield Change(ChangeKind.QUERY, name, _runs(one) if was else "", _runs(one) if now else "")
        elif because := run_changes(was["runs"], now["runs"]):
            yield Change(ChangeKind.QUERY, name, _runs(was), _runs(now), because)


def _input_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    found = []
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            state = ("", "read") if name in new else ("read", "")
            found.append(Change(ChangeKind.INPUT, name.removeprefix("file:"), *state))
        elif _differs(old[name], new[name]):
            found.append(Change(ChangeKind.INPUT, name.removeprefix("file:"), "as it was", "changed"))
    return found


def _matched(old: Sequence[Fact], new: Sequence[Fact], exact: About, rough: About) -> list[Pair]:
    """Pair facts, in the order of the new ones, those that are gone last.

    First by id and what they are exactly about, then by that alone, then by id and what they are roughly about.
    """
    keys: tuple[About, ...] = (
        lambda fact: (fact.get("id"), *exact(fact)),
        exact,
        lambda fact: (fact.get("id"), *rough(fact)),
    )
    twins: dict[int, int] = {}
    taken: set[int] = set()
    for key in keys:
        waiting: dict[str, list[int]] = {}
        for place, fact in enumerate(old):
            if place not in taken:
                waiting.setdefault(canonical(key(fact)), []).append(place)
        for place, fact in enumerate(new):
            if place not in twins and (same := waiting.get(canonical(key(fact)))):
                twins[place] = same.pop(0)
                taken.add(twins[place])
    kept: list[Pair] = [(old[twins[p]] if p in twins else None, fact) for p, fact in enumerate(new)]
    return [*kept, *((fact, None) for place, fact in enumerate(old) if place not in taken)]


def _differs(a: object, b: object) -> bool:
    return canonical(a) != canonical(b)


def _claim_name(claim: Fact) -> str:
    return str(claim.get("label") or repr(claim["statement"]))


def _short(number: object) -> str:
    return f"{number:.4g}" if isinstance(number, (int, float)) else str(number)


def _cell_key(cell: Fact, place: int) -> str:
    return str(cell.get("id") or f"cell {place + 1}")


def _source(cell: Fact | None) -> str:
    source = "" if cell is None else cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _heading(source: str, key: str) -> str:
    """Name a cell for people: by its label, or its first line of text."""
    for line in source.splitlines():
        text = line.strip()
        if text.startswith("#| label:"):
            return text.removeprefix("#| label:").strip()
        if text and not text.startswith(("#|", "---")):
            text = text.lstrip("# ")
            return f"“{text[:57]}…”" if len(text) > 60 else f"“{text}”"
    return key
