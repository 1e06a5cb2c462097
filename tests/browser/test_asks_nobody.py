"""What grading keeps and gives back asks no address for anything when it is opened, whatever a student wrote."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jupyter_driver import Lab
from playwright.sync_api import Page, expect

from course_staff.grading.autograde import Grader
from course_staff.grading.feedback import feedback
from course_utils.layout import Course, Lesson

ASKED = "asked.example"
PROSE = f"""READ
![a](http://{ASKED}/a.png) ![b](/logout?b) ![c][1] <img src="http://{ASKED}/d.png"> ![e](//{ASKED}/e.png)
<link rel="stylesheet" href="http://{ASKED}/f.css"> <iframe src="http://{ASKED}/g"></iframe> &#33;[h](http://{ASKED}/h)
$\\require{{http://{ASKED}/i}}$

[1]: http://{ASKED}/c.png"""
SHOWS = f"""from IPython.display import HTML, display
for tag in ("img src", "script src", "link rel=stylesheet href", "iframe src", "object data", "embed src"):
    display(HTML("<" + tag + "='http://{ASKED}/x'>"))
display(HTML("<p style='background: url(http://{ASKED}/y)'>shown</p><style>@import 'http://{ASKED}/z';</style>"))"""


@pytest.fixture
def graded(lesson: Lesson) -> Path:
    """The executed notebook of a student who would have whoever opens it ask for something."""
    notebook = (
        json.loads(lesson.source.read_text()) if lesson.source.exists() else json.loads(lesson.release.read_text())
    )
    notebook["cells"] += [
        {"cell_type": "markdown", "id": "own-1", "metadata": {}, "source": PROSE},
        {"cell_type": "code", "id": "own-2", "metadata": {}, "source": SHOWS, "outputs": [], "execution_count": None},
    ]
    folder = lesson.root / "grading" / "submitted" / "eve" / lesson.id
    folder.mkdir(parents=True)
    (folder / lesson.release.name).write_text(json.dumps(notebook))
    with Grader(Course(lesson.root), lesson, sandbox="bubblewrap") as grader:
        assert grader.grade("eve").error is None
    return lesson.root / "grading" / "autograded" / "eve" / lesson.id / lesson.release.name


def asked(page: Page) -> list[str]:
    """Return the list that takes every address that the page asks from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def test_feedback_loads_itself_alone(graded: Path, lesson: Lesson, page: Page):
    ((_, written),) = feedback(Course(lesson.root), lesson)
    found = asked(page)
    page.goto(written.as_uri(), wait_until="networkidle")
    expect(page.locator("body")).to_contain_text("READ")
    assert found == [written.as_uri()]


def test_the_executed_notebook_asks_the_lab_alone(graded: Path, instructor: Lab, lesson: Lesson, page: Page):
    found = asked(page)
    instructor.open(page, f"lab/tree/{graded.relative_to(lesson.root).as_posix()}")
    expect(page.locator(".jp-Notebook")).to_contain_text("READ")
    page.wait_for_load_state("networkidle")
    home = urlsplit(instructor.url).netloc
    assert {urlsplit(url).netloc for url in found if not url.startswith(("data:", "blob:"))} == {home}
    assert not [url for url in found if "logout" in url]
