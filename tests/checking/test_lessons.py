"""Every lesson of the course keeps every promise it makes."""

from __future__ import annotations

import pytest
from sample_course import ROOT

from course_staff.authoring.release import is_fresh
from course_staff.checking.promises import check
from course_utils.layout import Course, Lesson

LESSONS = Course(ROOT).authored()


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_a_lesson_keeps_its_promises(lesson: Lesson):
    report = check(lesson)
    assert report.problems == []
    assert (report.solution, report.release) == (20, 0)
    assert report.wrong[0] == report.wrong[1] > 0
    assert report.right[0] == report.right[1] > 0


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_the_committed_notebook_is_fresh(lesson: Lesson):
    assert is_fresh(lesson)
