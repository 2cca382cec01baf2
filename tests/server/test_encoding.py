"""What is sent: in pieces, so that others have their turn, and the same text as in one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from pressrun.server.schemas import encode, is_long, pieces

#: What a message may hold, the awkward of it first.
_CELLS = (None, True, 0, -0.0, 1e-320, 1.7976931348623157e308, "nan", "", 'a "b"\\\n\u2028', "\x00", "π 🦊", 10**20)


def grown(chance: random.Random, depth: int) -> Any:
    """Make a payload by chance: lists of cells, of rows and of objects, empty ones and long ones among them."""
    if depth == 0:
        return chance.choice(_CELLS)
    length = chance.choice((0, 1, 2, 300, 5000)) if depth < 3 else chance.choice((1, 3))
    if chance.random() < 0.3:
        return {f"key {chance.choice(_CELLS)} {number}": grown(chance, depth - 1) for number in range(length % 400)}
    if chance.random() < 0.2:
        return tuple(chance.choice(_CELLS) for _ in range(length))
    if length > 400:
        return [grown(chance, 0) if chance.random() < 0.999 else [1, {"a": ()}] for _ in range(length)]
    return [grown(chance, depth - 1 if number < 3 else 0) for number in range(length)]


@pytest.mark.parametrize("seed", range(25))
def test_a_message_is_what_json_would_write(seed: int) -> None:
    payload = {"id": "s1", "body": grown(random.Random(seed), 4)}
    assert encode(payload) == json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("long", [False, True])
def test_half_a_character_travels_as_an_escape(long: bool) -> None:
    payload = {"name": "run \udce4", "values": [0.5] * (20_000 if long else 2), "rows": [["\ud83e"], []] * 3}
    assert is_long(payload) is long
    assert json.loads(encode(payload)) == payload


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused_wherever_it_stands(bad: float) -> None:
    for payload in ([bad], {"a": [0.0] * 20_000 + [bad]}, {"rows": [[1, 2]] * 9000 + [[bad, 1]]}):
        with pytest.raises(ValueError, match="not JSON compliant"):
            encode(payload)


def test_no_piece_of_a_long_panel_keeps_others_waiting() -> None:
    frame = {"step": list(range(300_000)), "run": ["a run with a name"] * 300_000}
    message = {"fact": {"frame": frame, "rows": [[number, "x"] for number in range(50_000)]}}
    sizes = [len(piece) for piece in pieces(message)]
    assert sum(sizes) == len(json.dumps(message, separators=(",", ":")))
    assert max(sizes) < 200_000
