"""Finding the course, and lessons in it."""

from __future__ import annotations

import pytest

from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.layout import Course


def test_the_course_is_found_from_a_folder_inside_it(sample):
    assert Course.find(sample.root / "solutions" / "01_halves") == sample


def test_outside_a_course_there_is_a_sentence(tmp_path):
    with pytest.raises(CourseError, match=r"no course here or above .*; change into the course's folder"):
        Course.find(tmp_path)


def test_lessons_are_chosen_by_name_or_beginning(sample):
    lessons = sample.authored()
    assert [lesson.id for lesson in lessons] == ["01_halves"]
    assert sample.choose((), lessons) == lessons
    assert sample.choose(("01",), lessons) == sample.choose(("01_halves",), lessons) == lessons
    with pytest.raises(CourseError, match="02: no lesson of that name; there are: 01_halves"):
        sample.choose(("02",), lessons)


def test_a_beginning_that_fits_two_lessons_is_refused(sample):
    write_whole(sample.root / "solutions" / "02_thirds" / "thirds.nb.py", "")
    with pytest.raises(CourseError, match="0: several lessons"):
        sample.choose(("0",), sample.authored())


def test_a_student_has_released_lessons_only(sample):
    assert sample.released() == []
    write_whole(sample.authored()[0].release, "{}")
    assert [lesson.id for lesson in sample.released()] == ["01_halves"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, "one\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "one\n"
    assert list(path.parent.iterdir()) == [path]
