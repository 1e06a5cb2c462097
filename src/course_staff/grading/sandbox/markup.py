"""Markup that a student's code has shown, cut down to what only shapes it, in little time."""

from __future__ import annotations

import re

TAGS = {
    "a",
    "b",
    "br",
    "code",
    "div",
    "em",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "ul",
}
TAGS |= {"caption", "col", "colgroup", "details", "figcaption", "figure", "strong", "sub", "summary", "sup", "u"}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
ATTRIBUTES = {"*": ["colspan", "rowspan", "title", "align"], "img": ["alt", "width", "height", "src"], "a": ["href"]}
PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*\Z")
LONGEST = 2_000_000  # characters; figures are long
# What reads markup takes time that grows with the square of how deep it is nested.
MOST_MARKS = 4_000  # of one output: what could begin a tag or an entity, or stand in a tag
MOST_OF_ALL = 40_000  # of a notebook
MARKS = ("<", "&", "=", "\0")


class Cleaner:
    """Cleans the markup of one notebook, which may hold no more of it than a person would look at."""

    def __init__(self) -> None:
        self.left = MOST_OF_ALL

    def clean(self, value: str) -> str | None:
        """Return the markup without anything that does something; None where it is too much, or cannot be read."""
        marks = 1 + sum(value.count(mark) for mark in MARKS)
        if len(value) > LONGEST or marks > min(self.left, MOST_MARKS):
            return None
        self.left -= marks
        try:
            return _cleaned(value)
        except Exception:  # the parser trips over some markup, which then is nothing to show
            return None


def _cleaned(value: str) -> str:
    import bleach

    def allowed(tag: str, name: str, content: str) -> bool:
        if tag == "img" and name == "src":
            return bool(PICTURE.match(content))
        if tag == "a" and name == "href":
            return content.startswith(("https://", "#"))
        return name in ATTRIBUTES["*"] or name in ATTRIBUTES.get(tag, [])

    return bleach.clean(value, tags=TAGS, attributes=allowed, protocols={"https", "data"}, strip=True)
