"""What the command prints: tables and progress bars, plain where the output is no terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


def console() -> Any:
    """Return the terminal; piped output is not cut at 80 columns."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=160)


@contextmanager
def progress_bar(what: str, rate: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs; yield the function to call with steps done and the number of all.

    Args:
        rate: show steps per minute and the time left too.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text("" if not task.speed else f"{60 * task.speed:.0f}/min")

    screen = console()
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    if rate:
        columns += [Rate(), TextColumn("left"), TimeRemainingColumn()]
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def interrupts() -> Iterator[Callable[[], None]]:
    """Yield what raises KeyboardInterrupt where Ctrl-C was pressed in the block, though a library swallowed it."""
    pressed = False

    def press(number: int, frame: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def printable(text: str) -> str:
    """Return text of a stranger's, such as a file's name, so that it stays on its line and moves no cursor."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; ``columns`` are headings, numbers in ``rows`` are already text."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)
