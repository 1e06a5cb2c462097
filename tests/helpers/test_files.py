"""Files written whole or not at all, and called by the names that people know."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.files import replacing


def test_an_error_about_the_file_being_written_names_the_one_it_stands_for(tmp_path: Path):
    path = tmp_path / "a.onnx"
    with pytest.raises(CourseError) as error, replacing(path, suffix=".onnx") as half:
        raise CourseError(f"{half}: no ONNX model, or only a part of one.")
    assert str(error.value) == f"{path}: no ONNX model, or only a part of one."
    assert not list(tmp_path.iterdir())
