"""The same array, lying in memory in other ways: on its way from one process to another each would lie row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course_utils.lessons.beside import beside_the_answer


@beside_the_answer
def written_as_it_lies(infer_request: Callable[[dict], str], array: Any) -> list[str]:
    """Return, in words, how an array (three axes) lies in memory where ``infer_request`` writes another body for it."""
    import numpy as np

    turned = np.ascontiguousarray(np.moveaxis(array, 0, 1))
    wide = np.repeat(array, 2, axis=-1)
    layouts = {
        "column by column": np.array(array, order="F"),
        "its middle axis slowest": np.moveaxis(turned, 1, 0),
        "every second number of a larger one": wide[..., ::2],
        "from its end": array[::-1, :, ::-1].copy()[::-1, :, ::-1],
    }
    due = infer_request({"x": array.copy()})
    return [words for words, other in layouts.items() if infer_request({"x": other}) != due]
