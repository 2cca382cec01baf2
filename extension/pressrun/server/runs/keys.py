"""How requests name a run: one text for its source and id, that nobody else takes apart."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from pressrun.records import Run


def key_of(run: Run) -> str:
    """Give a run's key."""
    return make_key(run.source, run.id)


@lru_cache(100_000)
def make_key(source: str, run_id: str) -> str:
    """Give the key of a source's run."""
    return f"{quote(run_id, safe='', errors='surrogatepass')}@{source}"


def parse_key(key: str) -> tuple[str, str]:
    """Give the source and id that a key names."""
    run_id, _, source = key.partition("@")
    return source, unquote(run_id, errors="surrogatepass")
