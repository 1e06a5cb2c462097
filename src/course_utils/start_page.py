"""The page that JupyterLab opens on: the lessons as questions, what each is worth, and what is done of it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.layout import Course, Lesson
from course_utils.notebook_files import cells_of, read_notebook, text_of
from course_utils.progress.kept import last

NAME = "start.md"
FRONT = re.compile(r"^# (?P<title>.+)\n(?:.*\n)*?.*· (?P<minutes>\d+) minutes · (?P<points>\d+) points", re.M)
PAGE = """# Lean Inference

Make neural networks small and fast, and prove it. Take a lesson; its first cells say how you work.

| | question | minutes | points | done |
|---|---|---:|---:|---:|
{rows}

*Done* is what `course progress` counted last by the visible tests; run it in a terminal to count anew.
"""


def write_start_page(course: Course) -> Path:
    """Write ``notebooks/start.md`` and return its path."""
    path = course.root / "notebooks" / NAME
    rows = [row for lesson in course.released() if (row := _row(lesson))]
    write_whole(path, PAGE.format(rows="\n".join(rows)))
    return path


def _row(lesson: Lesson) -> str:
    """Return a lesson's line; nothing where its notebook cannot be read, which the lesson itself will say."""
    with suppress(CourseError):
        cells = cells_of(read_notebook(lesson.release))
        found = FRONT.search(text_of(cells[0].get("source"))) if cells else None
        title, minutes, points = found.groups() if found else (lesson.slug.replace("_", " "), "", "")
        done = last(lesson.release)
        link = f"[{title}]({lesson.id}/{lesson.release.name})"
        return f"| {lesson.number:02} | {link} | {minutes} | {points} | {'–' if done is None else f'{done:g}'} |"
    return ""
