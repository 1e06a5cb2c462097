"""What is given for 12.4: what the first thread of a pipeline does, which draws the items."""

from __future__ import annotations

from collections.abc import Iterable
from queue import Queue
from threading import Event
from typing import Any

from course_utils.lessons.input_pipelines.marks import END


def feed(items: Iterable[Any], outbox: Queue, stop: Event) -> None:
    """Put items into ``outbox`` until they end or ``stop`` is set, then END.

    An Exception that ``items`` itself raises goes on in the place of its item. Where there are items left, they are
    closed, if they can be.
    """
    try:
        for item in items:
            if stop.is_set():
                break
            outbox.put(item)
        if stop.is_set() and hasattr(items, "close"):
            items.close()
    except Exception as error:
        outbox.put(error)
    outbox.put(END)
