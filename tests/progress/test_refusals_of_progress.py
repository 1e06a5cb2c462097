"""What `course progress` says of a file that is no notebook, and what it does without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.progress import progress

CELL_WITHOUT_SOURCE = (
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", "metadata": {}}]}'
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no such notebook"),
        (b"", "is empty"),
        (b"{", "is damaged"),
        (b"[]", "no notebook"),
        (b"\xff\xfe", "is empty"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "no cell in it is known"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "no notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [7]}', "no cell in it is known"),
        (CELL_WITHOUT_SOURCE, "no cell in it is known"),
    ],
)
def test_broken_notebook_is_told_in_a_sentence(tmp_path: Path, content: bytes | None, sentence: str):
    notebook = tmp_path / "halves.ipynb"
    if content is not None:
        notebook.write_bytes(content)
    with pytest.raises(CourseError, match=sentence) as error:
        progress(notebook)
    assert str(notebook) in str(error.value)
    assert "\n" not in str(error.value)


def test_needs_nothing_that_students_do_not_get():
    script = (
        "import sys, course_utils.progress, course_utils.progress.rehearsal, course_utils.lab\n"
        "heavy = ('grading', 'authoring')\n"
        "print([name for name in sys.modules if name.startswith('course_utils.') and name.split('.')[1] in heavy])\n"
        "print([name for name in ('nbgrader', 'nbclient', 'nbformat', 'jupyter_client') if name in sys.modules])\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n[]\n"
