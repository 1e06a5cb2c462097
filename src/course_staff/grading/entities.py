"""Character references, such as ``&amp;`` and ``&#65;``, read as a browser reads them."""

from __future__ import annotations

import html
import re

# More digits than any character's number has; of thousands Python makes no number at all.
BEYOND = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
UNKNOWN = "\ufffd"


def without_endless(text: str) -> str:
    """Return the text with the sign for an unknown character where a reference is too long to be one."""
    return BEYOND.sub(UNKNOWN, text)


def unescaped(text: str) -> str:
    """Return the text with its references read; ``html.unescape`` raises ValueError for one of 5,000 digits."""
    return html.unescape(without_endless(text))
