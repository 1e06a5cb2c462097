"""What is shown in tables and lines: starts, a batch with a caller who hung up, bytes, a repository."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from course_utils import tables
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.lessons.serving.fixtures import small_model, told
from course_utils.lessons.serving.folder import new_path
from course_utils.lessons.serving.hand_moved import HandMoved, by_hand, others_have_run
from course_utils.lessons.serving.triton import read_config

ASKED = (3, 5, 2, 7)
STARTS = (
    {},
    {"DECISION_THRESHOLD": "0.9", "MODEL_VERSION": "2026-11"},
    {"EXECUTION_PROVIDER": "CUDAExecutionProvider"},
    {"DECISION_THRESHOLD": "50"},
    {"DECISION_THRESHOLD": "nan"},
    {"EXECUTION_PROVIDER": "GPU"},
)


def show_starts(settings: Callable[..., dict[str, Any]]) -> None:
    """Show what six environments give: settings, or the sentence that an operator reads."""
    rows = []
    for environ in STARTS:
        kind, text = told(settings, environ)
        written = ", ".join(f"{name}={value}" for name, value in environ.items()) or "nothing set"
        rows.append({"environment": written, "the service": "starts" if kind == "returned" else f"ends: {text}"})
    tables.show(rows)


def show_hung_up(answer_batch: Callable[..., Any]) -> None:
    """Show what four callers get, one of whom has hung up, from a loop over zip and from a student's function."""

    def naive(predict_many: Callable[..., Any], batch: list[Any]) -> None:
        for (_, future), answer in zip(batch, predict_many([x for x, _ in batch]), strict=False):
            future.set_result(answer)

    def got(answer: Callable[..., Any]) -> list[str]:
        async def play(loop: HandMoved) -> list[str]:
            batch = [(x, loop.create_future()) for x in ASKED]
            futures = [future for _, future in batch]
            futures[1].cancel()
            with suppress(asyncio.InvalidStateError):
                answer(lambda inputs: [x * x for x in inputs], batch)
            await others_have_run()
            return [_words(future) for future in futures]

        return by_hand(play)

    both = {"zip and set_result": got(naive), "yours": got(answer_batch)}
    places = enumerate(ASKED)
    tables.show([{"caller asks": str(x)} | {name: each[k] for name, each in both.items()} for k, x in places])


def _words(future: asyncio.Future) -> str:
    if not future.done():
        return "waits for ever"
    if future.cancelled():
        return "has hung up"
    return str(future.exception() or future.result())


def show_bytes(infer_request: Callable[..., str]) -> str:
    """Show the bytes of one digit, as JSON of the protocol and as they lie in memory; return the ratio in words."""
    import numpy as np

    pixels = digits(16).test_images[0, 0]
    exact = len(infer_request({"pixels": pixels}).encode())
    grey = len(infer_request({"pixels": np.round(255 * pixels).astype(np.uint8)}).encode())
    rows = [
        {"256 pixels as": "float32", "JSON": f"{exact:,} bytes", "raw": f"{pixels.nbytes:,} bytes"},
        {"256 pixels as": "uint8", "JSON": f"{grey:,} bytes", "raw": f"{pixels.size:,} bytes"},
    ]
    tables.show(rows)
    return f"{exact / pixels.nbytes:.2g}× as float32, {grey / pixels.size:.2g}× as uint8"


def show_repository(model_repository: Callable[..., Any]) -> None:
    """Show a repository's files, its configuration as the schema reads it, and what a field too many does."""
    folder = new_path("repository")
    path = model_repository(folder, small_model("digits.onnx"), "digits", 32, 2)
    for each in sorted(place for place in folder.rglob("*") if place.is_file()):
        print(f"{each.relative_to(folder).as_posix()}: {each.stat().st_size:,} bytes")
    written = path.read_text(encoding="utf-8")
    tables.show([{"field": key, "value": str(value)} for key, value in read_config(written).items()])
    try:
        read_config(f"{written}\nbatching {{ }}\n")
    except CourseError as error:
        print(error)
