"""What of a web page does something when it is opened."""

from __future__ import annotations

from html.parser import HTMLParser

RUNS = {"script", "iframe", "object", "embed", "svg", "math", "base", "form", "input", "template"}
ADDRESSES = {"href", "src", "action", "data", "srcdoc", "formaction"}


def active(page: str) -> list[str]:
    """Return the page's elements that run or load something, event handlers and addresses that are scripts."""
    parser = _Parser()
    parser.feed(page)
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in RUNS:
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or (name in ADDRESSES and address.startswith(("javascript:", "vbscript:"))):
                self.found.append(f"{tag} {name}={value}")
