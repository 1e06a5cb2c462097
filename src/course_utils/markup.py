"""Numbers, tables and figures as text and as HTML: what a notebook shows of an object that describes itself."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EMPTY = "nothing yet"
UNITS = (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0))


def unit_of(ns: float) -> tuple[str, float]:
    """Return the unit in which ``ns`` reads best, and how many ns it has."""
    return next((unit for unit in UNITS if ns >= unit[1]), UNITS[-1])


def duration(ns: float) -> str:
    """Return nanoseconds with three digits and a unit, such as ``1.23 ms``; ``–`` for nan."""
    if ns != ns:
        return "–"
    name, size = unit_of(float(f"{ns:.3g}"))
    return f"{significant(ns / size)} {name}"


def significant(number: float, digits: int = 3) -> str:
    """Return a positive number with so many digits, never as a power of ten; ``–`` for nan."""
    if number != number:
        return "–"
    if number == 0:
        return "0"
    rounded = float(f"{number:.{digits}g}")
    whole = len(str(int(rounded))) if rounded >= 1 else int(f"{rounded:e}".split("e")[1]) + 1
    return f"{rounded:.{max(0, digits - whole)}f}"


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows (dicts with the same keys) as aligned columns."""
    columns = list(rows[0]) if rows else [EMPTY]
    lines = [columns, *([str(row[column]) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(text.ljust(n) for text, n in zip(line, widths, strict=True)) for line in lines)


def table_html(rows: Sequence[Mapping[str, Any]], caption: str = "") -> str:
    """Return rows (dicts with the same keys) as an HTML table."""
    left = 'style="text-align:left"'
    head = "".join(f'<th scope="col" {left}>{html.escape(column)}</th>' for column in (rows[0] if rows else [EMPTY]))
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{html.escape(str(text))}</td>" for text in row.values()) + "</tr>" for row in rows
    )
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def figure_html(drawn: Figure, alt: str) -> str:
    """Return a figure as an HTML image that carries its alt text."""
    import base64
    import io

    picture = io.BytesIO()
    drawn.savefig(picture, format="png", dpi=144, metadata={"Description": alt})
    data = base64.b64encode(picture.getvalue()).decode()
    width = round(drawn.get_figwidth() * 96)
    return f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/png;base64,{data}">'
