"""The report on a lesson's tests: a page with a figure and a table, and the same as CSV; no names but where asked."""

from __future__ import annotations

from pathlib import Path

from course_staff.desk.items import FEWEST, Item
from course_staff.desk.pages import write_html
from course_staff.grading.spreadsheets import csv_text
from course_utils.files import write_whole
from course_utils.markup import figure_html, table_html

COLUMNS = ("test", "exercise", "points", "graded", "passed", "separates", "low", "high", "late", "not_run", "remark")
MOST = 3  # likely causes of a test that the table shows


def shown(items: list[Item]) -> list[dict[str, str]]:
    """Return the items as text for a table."""
    return [
        {
            "test": item.test,
            "points": f"{item.points:g}",
            "passed": f"{item.passed} of {len(item.shares)}",
            "separates": "–" if item.separates is None else "{:.2f} ({:.2f} to {:.2f})".format(*item.separates),
            "time out": str(item.late or ""),
            "not run": str(item.lost or ""),
            "look at it": item.remark,
        }
        for item in items
    ]


def causes(items: list[Item]) -> list[dict[str, str]]:
    """Return the likely causes that students met most, test by test, as text for a table."""
    return [
        {"test": item.test, "students": str(count), "likely cause that they saw": cause}
        for item in items
        for cause, count in item.causes.most_common(MOST)
    ]


def write_csv(items: list[Item], path: Path) -> None:
    """Write the items as CSV, numbers as plain numbers; the last column has the likely causes, how many saw each."""
    rows = [[*COLUMNS, "likely_causes"]]
    for item in items:
        separates = ["", "", ""] if item.separates is None else [round(each, 4) for each in item.separates]
        told = "; ".join(f"{count} × {cause}" for cause, count in item.causes.most_common())
        row = [item.test, item.exercise, item.points, len(item.shares), item.passed, *separates, item.late, item.lost]
        rows.append([*row, item.remark, told])
    write_whole(path, csv_text(rows))


def write_page(lesson: str, items: list[Item], path: Path, names: bool = False) -> None:
    """Write one HTML file, which asks no address for anything.

    Args:
        names: say, too, who did not get all points of which test.
    """
    students = max(len(item.shares) for item in items)
    few = f" Below {FEWEST} students nothing is said about what separates." if students < FEWEST else ""
    parts = [f"<p>{students} students graded.{few}</p><p>{figure_html(*drawn(items))}</p>"]
    parts.append(table_html(shown(items)))
    parts.append(
        "<p>Separates: the correlation of a test with the rest of the score, with its 95 % interval; near 0 it says "
        "nothing about who is strong, below 0 it contradicts the other tests.</p>"
    )
    if told := causes(items):
        parts.append(f"<h2>What students saw</h2>{table_html(told)}")
    if names:
        rows = [{"test": item.test, "not all points": ", ".join(_failed(item)) or "nobody"} for item in items]
        parts.append(f"<h2>Who</h2>{table_html(rows)}")
    write_html(path, f"{lesson}: what its tests tell", "".join(parts))


def drawn(items: list[Item]) -> tuple[object, str]:
    """Return a figure of what share passed each test and how well it separates, and its alt text."""
    from course_utils import plots

    figure, (left, right) = plots.figure(columns=2, width=8.5, height=0.9 + 0.3 * len(items))
    places = range(len(items))[::-1]
    shares = [item.passed / max(1, len(item.shares)) for item in items]
    left.barh(places, shares, color=plots.SKY)
    left.set(xlim=(0, 1), xlabel="share of students with all points")
    left.set_yticks(places, [item.test for item in items], fontsize=8)
    for place, item in zip(places, items, strict=True):
        if item.separates is not None:
            value, low, high = item.separates
            colour, mark = (plots.VERMILION, "v") if high < 0 or item.remark.startswith("strong") else (plots.BLUE, "o")
            right.errorbar(value, place, xerr=[[value - low], [high - value]], fmt=mark, color=colour, capsize=3)
    right.axvline(0, color="0.6", linewidth=0.8)
    right.set(xlim=(-1, 1), ylim=left.get_ylim(), xlabel="separates strong from weak, 95 % interval")
    right.set_yticks(places, [])
    right.set_xticks([-0.8, -0.4, 0, 0.4, 0.8])
    said = "; ".join(f"{row['test']}: {row['passed']} passed, separates {row['separates']}" for row in shown(items))
    return figure, f"Bars of how many passed each test, and how well it separates. {said}."


def _failed(item: Item) -> list[str]:
    return sorted(student for student, share in item.shares.items() if share < 1)
