"""Tables in a notebook that are also readable as plain text."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any


def show(rows: Sequence[Mapping[str, Any]], caption: str = "") -> None:
    """Display rows (dicts with the same keys) as a table, in plain text too."""
    from IPython.display import display

    columns = list(rows[0]) if rows else ["nothing yet"]
    cells = [[str(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    plain = "\n".join(
        "  ".join(text.ljust(n) for text, n in zip(line, widths, strict=True)) for line in [columns, *cells]
    )
    head = "".join(f'<th scope="col" style="text-align:left">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{html.escape(text)}</td>' for text in line) + "</tr>"
        for line in cells
    )
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    display(
        {
            "text/html": f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
            "text/plain": plain,
        },
        raw=True,
    )
