"""A class graded while a worker and then the coordinator are killed: at the end every mark is right, and made once."""

from __future__ import annotations

import psutil
from running import Running, marks

from course_utils.layout import Course, Lesson


def ordeal(course: Course, lesson: Lesson, due: dict[str, float | None], *options: str) -> None:
    """Grade the submissions of ``due`` with two workers; kill one after a sixth of them, all after a third.

    Args:
        due: each student's right mark, None where nothing can be graded (see mixed_class.make_class).
        options: for `course grade`.
    """
    graded = {student: mark for student, mark in due.items() if mark is not None}
    command = ("grade", lesson.id, "--workers", "2", *options)

    first = Running(course.root, *command)
    first.until(len(due) // 6)
    before = first.workers()
    assert len(before) == 2
    before[0].kill()
    first.until(len(due) // 3)
    assert first.process.poll() is None, first.process.stderr.read()
    family = first.family()
    first.process.kill()
    first.end()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []

    second = Running(course.root, *command)
    code, errors = second.end()
    *rows, summary = second.rows
    assert summary == f"{len(graded)} of {len(due)} graded"
    assert code == 1 and errors.startswith("Error: not graded: "), errors
    assert sorted(row.split(":")[0] for row in rows) == sorted(due)
    found = marks(course.root, lesson.id)
    assert found == graded, {name: (found.get(name), mark) for name, mark in graded.items() if found.get(name) != mark}

    # What the first run had said is not done twice, and a third run finds nothing to do.
    said = {row.split(":")[0] for row in first.rows if " of 20 " in row}
    assert said and said <= {row.split(":")[0] for row in rows if ", unchanged" in row}
    third = Running(course.root, *command)
    third.end()
    assert sum(", unchanged" in row for row in third.rows) == len(graded)
