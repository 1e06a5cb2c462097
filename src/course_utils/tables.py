"""Tables in a notebook that are also readable as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from course_utils.markup import table_html, table_text


def show(rows: Sequence[Mapping[str, Any]], caption: str = "") -> None:
    """Display rows (dicts with the same keys) as a table, in plain text too."""
    from IPython.display import display

    display({"text/html": table_html(rows, caption), "text/plain": table_text(rows)}, raw=True)
