"""Every lesson of the course keeps every promise it makes."""

from __future__ import annotations

import random

import pytest
from sample_course import ROOT

from course_staff.authoring.release import is_fresh
from course_staff.checking.noticing import notice
from course_staff.checking.promises import check
from course_utils.layout import Course, Lesson

LESSONS = Course(ROOT).authored()
EDITS = 3  # of each lesson, others each time; `course check --mutants` tries all


@pytest.mark.timeout(1800)  # lesson 14 builds its C libraries first, on a processor that may be slow and busy
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


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_edits_drawn_now_are_noticed(lesson: Lesson):
    seed = random.SystemRandom().randrange(10**6)
    noticed = notice(lesson, sample=EDITS, seed=seed)
    assert noticed.unnoticed == [], f"seed {seed}"
    assert noticed.stale == []
