"""What strange submissions have in common: how they are handed in, and what may become of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import nbformat
from classroom import HALF, QUARTER, Classroom, find

from course_staff.grading.autograde import Grader, Result
from course_staff.grading.prepare import Prepared

HandIn = Callable[..., Prepared | Result]


def handing_in(room: Classroom, grader: Grader, student: str) -> HandIn:
    """Return what puts bytes, text or JSON into a student's folder, and tells what becomes of it."""

    def put(content: object, name: str = "halves.ipynb") -> Prepared | Result:
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        with open(os.fsencode(room.folder(student) / name), "wb") as file:  # noqa: PTH123  # a name may be no text
            file.write(text if isinstance(text, bytes) else text.encode())
        return grader.prepare(student)

    return put


def plain(room: Classroom, **sources) -> dict:
    return json.loads(nbformat.writes(room.solved(**sources)))


def check_solved(prepared):
    assert isinstance(prepared, Prepared), prepared.error
    assert [find(prepared.notebook, name).source for name in ("half", "quarter")] == [HALF, QUARTER]
    # What goes to a worker and what is kept are files, and no file can hold everything that JSON can.
    prepared.attempt.notebook.encode()
    nbformat.validate(nbformat.reads(prepared.attempt.notebook, 4))


def check_refused(result, *words):
    assert isinstance(result, Result), result.notes
    assert result.score is None
    assert all(word in result.error for word in words), result.error
    assert "\n" not in result.error and "please report" not in result.error
