"""Whatever one student hands in, the class goes on: it is read within bounds, or one sentence says why not."""

import json
import time

import nbformat
import pytest
from classroom import code

from course_staff.grading import autograde
from course_staff.grading.apart import Apart
from course_staff.grading.autograde import Grader, Result
from course_staff.grading.entities import UNKNOWN, unescaped
from course_staff.grading.sandbox.harmless import MOST_OF_ALL, MOST_OUTPUTS, bound_all, outputs_of, plain_markdown
from course_staff.grading.submission import read
from course_utils.errors import CourseError

ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


def refuses(text):
    raise CourseError(text)


@pytest.mark.parametrize(
    ("function", "argument", "says"),
    [
        (time.sleep, 60, "takes more than 2 s"),
        (bytearray, 10**11, "takes more memory"),
        (bytearray, 100_000_000, "takes more memory"),
        (refuses, "a sentence", "a sentence"),
    ],
)
def test_a_call_that_takes_too_much_ends_and_the_next_one_works(function, argument, says):
    apart = Apart(function, seconds=2)
    try:
        with pytest.raises(CourseError, match=says):
            apart(argument)
        apart.seconds = 60
        assert function is refuses or apart(0) in (None, bytearray())
    finally:
        apart.stop()


def empty_objects():
    return '{"cells": [' + ",".join(["{}"] * 10_000_000) + "]}"


def heavy_cells():
    return json.dumps({"cells": [{"cell_type": "code", "source": f"x{k} = 1\n" * 3_000} for k in range(1_800)]})


def old_format():
    cells = [{"cell_type": "code", "input": [f"x{k}\n"] * 10, "outputs": []} for k in range(40_000)]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})


@pytest.mark.parametrize("flood", [empty_objects, heavy_cells, old_format])
def test_a_flood_is_read_apart_and_refused(grader: Grader, shared_room, student, flood):
    path = shared_room.folder(student) / "halves.ipynb"
    path.write_text(flood())
    assert path.stat().st_size > autograde.LARGE
    result = grader.prepare(student)
    assert isinstance(result, Result) and str(path.parent) in result.error, result


def test_a_large_notebook_of_pictures_is_read_apart_and_graded(grader: Grader, shared_room, student, monkeypatch):
    notebook = shared_room.solved()
    picture = nbformat.v4.new_output("display_data", {"image/png": "A" * 3_000_000})
    notebook.cells.append(code("1"))
    notebook.cells[-1].outputs = [picture]
    shared_room.submit(student, notebook)
    monkeypatch.setattr(grader, "_preparation", None)  # nothing of it is read here
    assert len(grader.prepare(student).attempt.notebook) < 100_000


def test_a_date_is_short(room):
    folder = room.folder("ann")
    room.submit("ann", room.solved())
    (folder / "timestamp.txt").write_text("1." * 350_000)
    assert read(folder, room.lesson).notes == ("timestamp.txt: left out, it holds no date",)


@pytest.mark.parametrize("flood", ["&a;", "&lt;", "<b>", "<", "&#38;", "![", "\\("])
def test_prose_without_end_is_made_harmless_all_the_same(flood):
    assert len(plain_markdown(flood * 1_000_000)) <= 8_000_000


@pytest.mark.parametrize("digits", ["9" * 5_000, "x" + "f" * 5_000])
def test_an_endless_reference_is_an_unknown_character(digits):
    assert unescaped(f"a&#{digits};b") == plain_markdown(f"a&#{digits};b") == f"a{UNKNOWN}b"
    assert unescaped("&#65;&#x42;&amp;&#1114112;") == "AB&" + UNKNOWN


def test_of_many_errors_the_first_is_kept():
    assert len(outputs_of([ERROR] * 5_000)) == MOST_OUTPUTS
    printed = [{"output_type": "stream", "name": "stdout", "text": "x"}] * 5_000
    assert [each["output_type"] for each in outputs_of([*printed, ERROR, ERROR])][MOST_OUTPUTS - 1 :] == [
        "stream",
        "error",
    ]


def test_a_notebook_keeps_so_many_outputs_and_what_decides():
    cells = [{"outputs": [dict(ERROR) for _ in range(MOST_OUTPUTS)]} for _ in range(100)]
    bound_all({"metadata": {}, "cells": cells})
    assert sum(len(cell["outputs"]) for cell in cells) <= MOST_OF_ALL + 100
    assert all(cell["outputs"] for cell in cells)


@pytest.mark.parametrize("address", ["http://a.example/x.png", "/logout", "//a.example", "ftp://a", "data:text/html,x"])
def test_a_picture_from_elsewhere_is_no_picture(address):
    for written in (f"![x]({address})", f"![x][1]\n\n[1]: {address}", f"![x\n]({address})", f"\\\\![]({address})"):
        assert "![" not in plain_markdown(written)
    assert plain_markdown("![x](data:image/png;base64,iVBO)") == "![x](data:image/png;base64,iVBO)"
