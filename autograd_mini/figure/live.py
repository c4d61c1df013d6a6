"""What live pages share: a policy that lets their own scripts run and nothing else, data, a frame.

Nothing comes from elsewhere: a page is one file, and it names the scripts and styles that are its
own by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from .markup import tag


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The Content-Security-Policy of a page with these very scripts and styles.

    >>> policy(["start()"], ["p {}"])
    "default-src 'none'; script-src 'sha256-...'; style-src 'sha256-...'; base-uri 'none'; ..."
    """
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def embedded(known: Any) -> str:
    """JSON for a script element. No text in it can end the element: there is no "<".

    >>> embedded({"name": "</script>"})
    '{"name":"\\\\u003c/script>"}'
    """
    text = json.dumps(known, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def frame(html: str, title: str, height: float) -> str:
    """The page as a notebook shows it: in a frame that may run its scripts and nothing else.

    >>> frame('<p title="a">', "A page", 100.0)[:46]
    '<iframe sandbox="allow-scripts" title="A page"'
    """
    return tag(
        "iframe",
        "",
        sandbox="allow-scripts",
        title=title,
        width="100%",
        height=height,
        frameborder="0",
        srcdoc=html,
    )
