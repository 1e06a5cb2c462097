"""What an instructor meets in JupyterLab: Formgrader with the marks, and nbgrader's lists."""

from __future__ import annotations

import shutil

import pytest
from jupyter_driver import Lab, menu
from playwright.sync_api import Page, expect

from course_staff.grading.autograde import Grader
from course_utils.layout import Course, Lesson


@pytest.fixture
def graded(lesson: Lesson) -> str:
    """A student whose right submission has been graded."""
    there = lesson.root / "grading" / "submitted" / "ada" / lesson.id / lesson.release.name
    there.parent.mkdir(parents=True)
    shutil.copy(lesson.source, there)
    with Grader(Course(lesson.root), lesson, timeout=60) as grader:
        grader.grade("ada")
    return "ada"


def test_opens_on_formgrader_with_the_marks(graded: str, instructor: Lab, lesson: Lesson, page: Page):
    instructor.open(page)
    formgrader = page.frame_locator("iframe")
    row = formgrader.get_by_role("row").filter(has_text=lesson.id)
    row.get_by_role("link", name="1", exact=True).click()
    row = formgrader.get_by_role("row").filter(has_text=graded)
    expect(row).to_contain_text("20 / 20")
    expect(row).to_contain_text("graded")


@pytest.fixture
def handed_out(lesson: Lesson) -> str:
    """The lesson's name, once it lies where nbgrader hands out from."""
    there = lesson.root / "grading" / "exchange" / "lean_inference" / "outbound" / lesson.id
    there.mkdir(parents=True)
    shutil.copy(lesson.release, there)
    return lesson.id


def test_assignment_list_finds_its_exchange(handed_out: str, instructor: Lab, page: Page):
    instructor.open(page)
    menu(page, "Nbgrader", "Assignment List")
    assignments = page.locator("#nbgrader-assignment-list")
    expect(assignments).to_contain_text(handed_out)
    expect(assignments).to_contain_text("There are no submitted assignments.")
