"""Keep secrets out of what is recorded: passwords and tokens in command lines and messages become `***`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

_SECRET = frozenset(
    {"password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "apikey", "authorization", "bearer"}
    | {"auth", "credential", "credentials", "accesskey", "privatekey", "secretkey", "authtoken", "pat", "cookie"}
)
_KEY_OWNER = frozenset({"api", "access", "private", "secret", "auth", "account", "encryption", "signing", "license"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# Each pattern begins where a word begins and is bounded, so that no text takes more than time in proportion.
#: `name=value` and `name: value` within longer text such as a shell line, a header or JSON.
_ASSIGNED = re.compile(
    r"""(?<![\w.-])(?P<name>-{0,2}[A-Za-z][\w.-]{0,200})(?P<between>["']?\s*[=:]\s*["']?(?:(?:Bearer|Basic|Token)\s+)?)"""
    r"""(?P<value>[^\s"'&;,}]+)""",
    re.IGNORECASE,
)
_OPTION = re.compile(r"(?<!\S)(?P<name>--?[A-Za-z][\w.-]{0,200})(?P<between>\s+[\"']?)(?P<value>[^\s\"'-][^\s\"';|&]*)")
_IN_URL = re.compile(r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,40}://)[^/\s@]{1,400}@")
#: Tokens that tell by their own form whose they are.
_KNOWN = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|sk-[\w-]{16,}"
    r"|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|pypi-[\w-]{16,})"
)


def is_secret(name: str) -> bool:
    """Whether an option or variable of this name holds a secret: `--api-key` does, `--max-tokens` does not."""
    words = [word.lower() for word in _WORD.findall(name)]
    if any(word in _SECRET for word in words):
        return True
    return any(word == "key" and before in _KEY_OWNER for before, word in pairwise(words))


def mask_text(text: str) -> str:
    """Mask the secrets within a text: assigned to a telling name, in a URL, or of a well-known form."""
    text = _IN_URL.sub(lambda m: f"{m['scheme']}{MASK}@", text)
    text = _KNOWN.sub(MASK, text)
    for pattern in (_ASSIGNED, _OPTION):
        text = pattern.sub(lambda m: f"{m['name']}{m['between']}{MASK}" if is_secret(m["name"]) else m[0], text)
    return text


def mask_command(command: Iterable[str]) -> tuple[str, ...]:
    """Mask the secrets of a command line, among them the argument after an option such as `--password`."""
    masked = []
    follows = False
    for argument in command:
        if follows and not argument.startswith("--"):
            masked.append(MASK)
            follows = False
            continue
        masked.append(mask_text(argument))
        follows = argument.startswith("-") and "=" not in argument and " " not in argument and is_secret(argument)
    return tuple(masked)
