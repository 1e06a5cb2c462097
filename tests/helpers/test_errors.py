"""What a notebook shows of an error that a person is meant to read."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def test_a_notebook_shows_the_sentence_without_a_traceback():
    with capture_output() as captured:
        InteractiveShell().run_cell(
            "from course_utils.errors import CourseError\n"
            "try:\n    1 / 0\n"
            "except ZeroDivisionError as error:\n    raise CourseError('a.onnx: is empty; export it again.') from error"
        )
    assert captured.stdout.strip() == "CourseError: a.onnx: is empty; export it again."
