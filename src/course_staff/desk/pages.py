"""Pages of the desk: one HTML file each, which asks no address for anything."""

from __future__ import annotations

import html
from pathlib import Path

from course_utils.files import write_whole

STYLE = "body{font-family:sans-serif;max-width:60em;margin:2em auto}td,th{padding:.2em 1em .2em 0}img{max-width:100%}"


def write_html(path: Path, title: str, body: str) -> None:
    """Write a page.

    Args:
        title: as text.
        body: as HTML, what stands below the title.
    """
    title = html.escape(title)
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = f"<h1>{title}</h1>{body}"
    write_whole(path, f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>\n')
