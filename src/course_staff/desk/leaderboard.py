"""A class's entries as a page and as CSV: who is right with how little, and who stands on the front."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping
from pathlib import Path

from course_staff.desk.exporting import harmless
from course_utils.files import write_whole
from course_utils.lessons.capstone.front import Entry, figure_of, front
from course_utils.markup import figure_html, table_html

COLUMNS = ("entry", "right", "bytes", "multiply_adds", "on_the_front")
STYLE = "body{font-family:sans-serif;max-width:60em;margin:2em auto}td,th{padding:.2em 1em .2em 0}img{max-width:100%}"
Row = tuple[str, float, int, int, bool]


def ranked(entries: Mapping[str, Entry]) -> list[Row]:
    """Return a row for each entry: those on the front first, and among these the most often right."""
    best = set(front.__wrapped__(entries))
    rows = [(name, *each, name in best) for name, each in entries.items()]
    return sorted(rows, key=lambda row: (not row[4], -row[1], row[2], row[3], row[0]))


def write_csv(rows: list[Row], path: Path) -> None:
    """Write rows as CSV, numbers as plain numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((harmless(name), round(right, 6), *rest, int(best)) for name, right, *rest, best in rows)
    write_whole(path, text.getvalue())


def write_page(lesson: str, rows: list[Row], path: Path) -> None:
    """Write one HTML file with the figure, its alt text inside, and the table; it asks no address for anything."""
    drawn, alt = figure_of({name: (right, size, many) for name, right, size, many, _ in rows})
    title = html.escape(f"{lesson}: who answers right with the least?")
    body = f"<h1>{title}</h1><p>{figure_html(drawn, alt)}</p>{table_html(shown(rows))}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    write_whole(path, f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>\n')


def shown(rows: list[Row]) -> list[dict[str, str]]:
    """Return rows as text for a table."""
    return [
        {
            "": f"{number}",
            "entry": name,
            "right": f"{right:.3f}",
            "bytes": f"{size:,}",
            "multiply-adds": f"{many:,}",
            "on the front": "yes" if best else "",
        }
        for number, (name, right, size, many, best) in enumerate(rows, 1)
    ]
