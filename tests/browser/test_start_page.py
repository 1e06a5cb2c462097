"""Where a student lands: at first on the lessons as questions, later where they left off."""

from __future__ import annotations

from pathlib import Path

from jupyter_driver import running_lab
from playwright.sync_api import Page, expect

from course_utils.layout import Course, Lesson
from course_utils.progress import progress


def test_the_lessons_stand_there_with_what_is_done_and_open_by_a_click(lesson: Lesson, tmp_path: Path, page: Page):
    text = lesson.release.read_text().replace('raise NotImplementedError(\\"not written yet\\")', "return x / 2", 1)
    lesson.release.write_text(text)
    progress(lesson.release)
    with running_lab(Course(lesson.root), tmp_path / "home") as lab:
        lab.open(page, "")
        row = page.locator(".jp-MarkdownViewer tr", has_text="What is half of it?")
        expect(row.locator("td")).to_have_text(["01", "What is half of it?", "2", "20", "15"])
        row.get_by_role("link").click()
        expect(page.locator(".jp-Notebook .jp-Cell").first).to_contain_text("What is half of it?")
        page.wait_for_timeout(3_000)  # JupyterLab saves where one is after a moment
    with running_lab(Course(lesson.root), tmp_path / "later") as lab:
        lab.open(page, "")
        expect(page.locator(".jp-Notebook .jp-Cell").first).to_contain_text("What is half of it?")
        assert "start.md" not in page.url
