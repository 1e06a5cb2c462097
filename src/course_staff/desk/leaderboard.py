"""A class's entries as a page and as CSV: who is right with how little, and who stands on the front."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from course_staff.desk.pages import write_html
from course_staff.grading.spreadsheets import csv_text, harmless
from course_utils.files import write_whole
from course_utils.lessons.capstone.front import Entry, figure_of, front
from course_utils.markup import figure_html, table_html

COLUMNS = ("entry", "right", "bytes", "multiply_adds", "on_the_front")
Row = tuple[str, float, int, int, bool]


def ranked(entries: Mapping[str, Entry]) -> list[Row]:
    """Return a row for each entry: those on the front first, and among these the most often right."""
    best = set(front.__wrapped__(entries))
    rows = [(name, *each, name in best) for name, each in entries.items()]
    return sorted(rows, key=lambda row: (not row[4], -row[1], row[2], row[3], row[0]))


def write_csv(rows: list[Row], path: Path) -> None:
    """Write rows as CSV, numbers as plain numbers."""
    plain = [(harmless(name), round(right, 6), *rest, int(best)) for name, right, *rest, best in rows]
    write_whole(path, csv_text([COLUMNS, *plain]))


def write_page(lesson: str, rows: list[Row], path: Path) -> None:
    """Write one HTML file with the figure, its alt text inside, and the table; it asks no address for anything."""
    drawn, alt = figure_of({name: (right, size, many) for name, right, size, many, _ in rows})
    body = f"<p>{figure_html(drawn, alt)}</p>{table_html(shown(rows))}"
    write_html(path, f"{lesson}: who answers right with the least?", body)


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
