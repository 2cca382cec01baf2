"""Published pages written by hand, as the publisher writes them: policy, style, body, facts, scripts."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

STATIC = Path(__file__).parent.parent.parent / "extension" / "pressrun" / "static"

STYLE = """
:root { color-scheme: light dark; --pr-fg: #1c1e21; --pr-bg: #fdfdfb; --pr-muted: #5b6067; --pr-grid: #dddfe0;
  --pr-accent: #0b5cad; }
:root[data-theme="dark"] { color-scheme: dark; --pr-fg: #e4e5e3; --pr-bg: #15171a; --pr-muted: #a3a8ae;
  --pr-grid: #373c42; --pr-accent: #7db8f2; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { --pr-fg: #e4e5e3; --pr-bg: #15171a;
  --pr-muted: #a3a8ae; --pr-grid: #373c42; --pr-accent: #7db8f2; } }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 46rem; background: var(--pr-bg); color: var(--pr-fg);
  font: 1.0625rem/1.6 Charter, "Liberation Serif", Georgia, serif; }
figure { margin: 2.2rem 0; font-family: system-ui, "Liberation Sans", sans-serif; }
figcaption { font: 0.95rem/1.5 Charter, "Liberation Serif", Georgia, serif; margin-top: 0.7rem; }
img { max-width: 100%; }
.pr-disclosure { font-size: 0.78rem; color: var(--pr-muted); margin: 0.3rem 0 0; }
.pr-value { border-bottom: 1px dotted currentColor; }
.pr-tip { display: none; background: var(--pr-bg); border: 1px solid var(--pr-grid); padding: 0.3rem 0.6rem; }
.pr-value:hover .pr-tip, .pr-value:focus .pr-tip { display: block; position: absolute; }
nav.pr-toc a[aria-current] { font-weight: bold; }
.pr-code .k { color: #7928a1; } .pr-code .s2 { color: #007a4d; }
.pr-code .pr-line::before { content: attr(data-line) " "; }
"""


@dataclass
class Opened:
    """A page in the browser, and what it should have none of."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def inline_script(name: str, kind: str) -> tuple[str, str]:
    """Give a static script as an inline element, and the source that allows it in a content security policy."""
    text = (STATIC / name).read_text("utf-8")
    source = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"<script{kind}>{text}</script>", f"'sha256-{source}'"


def write_page(path: Path, body: str, facts: dict[str, dict[str, Any]]) -> Path:
    """Write a published page: policy, style, body, facts and scripts, as the publisher puts them together."""
    panels, allow_panels = inline_script("panels.js", ' type="module"')
    behaviour, allow_page = inline_script("page.js", "")
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
        f"script-src {allow_panels} {allow_page}"
    )
    data = "".join(
        f'<script type="application/json" id="{key}">{json.dumps(fact).replace("<", chr(92) + "u003c")}</script>'
        for key, fact in facts.items()
    )
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A paper</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{body}{data}{panels}{behaviour}</body></html>",
        "utf-8",
    )
    return path


def figure(key: str, anchor: str, kind: str, fallback: str, caption: str) -> str:
    """Write a figure with a panel in it."""
    return (
        f'<figure class="pr-figure" id="{anchor}"><div class="pr-panel" data-kind="{kind}" data-fact="{key}">{fallback}'
        f'</div><figcaption>{caption}</figcaption><p class="pr-disclosure">matched 15; shown 15</p></figure>'
    )
