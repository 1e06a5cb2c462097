"""Notebooks of older formats, and damaged or malicious ones: a gradable attempt, or one clear sentence."""

import json

import pytest
from strange import check_refused, check_solved, plain

from course_staff.grading.prepare import Prepared


def older(notebook: dict, version: int) -> dict:
    """Return a notebook in format 2 or 3, whose cells stand in a worksheet."""
    cells = []
    for cell in notebook["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            old |= {"input": text, "language": "python", "outputs": [], "collapsed": False, "prompt_number": 1}
        cells.append(old if "input" in old else old | {"source": text})
    return {"nbformat": version, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


@pytest.mark.parametrize("version", [2, 3])
def test_older_formats(hand_in, shared_room, version):
    check_solved(hand_in(older(plain(shared_room), version)))


@pytest.mark.parametrize("minor", range(6))
def test_minor_versions_without_ids(hand_in, shared_room, minor):
    notebook = plain(shared_room) | {"nbformat_minor": minor}
    for cell in notebook["cells"]:
        del cell["id"]
    prepared = hand_in(notebook)
    check_solved(prepared)
    assert prepared.notes == ()


@pytest.mark.parametrize("version", [0, 1, 5, 99, "4", None, float("nan"), 10**30])
def test_versions_that_there_are_not(hand_in, shared_room, version):
    check_solved(hand_in(plain(shared_room) | {"nbformat": version, "nbformat_minor": version}))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings(hand_in, shared_room, encoding):
    check_solved(hand_in(json.dumps(plain(shared_room)).encode(encoding)))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-32", "cp500"])
def test_encodings_that_nothing_marks(hand_in, shared_room, encoding):
    notebook = plain(shared_room, half="half = 'hälfte'")
    check_refused(hand_in(json.dumps(notebook, ensure_ascii=False).encode(encoding, "replace")), "submit it again")


def test_a_mark_without_its_text(hand_in, shared_room):
    check_refused(hand_in(json.dumps(plain(shared_room)).encode("utf-16")[:-1]), "submit it again")


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\0\0", b"null", b"NaN", b'"cells"', b"[{}]", b"1" * 10_000])
def test_what_is_no_notebook(hand_in, content):
    check_refused(hand_in(content), "submit it again")


def test_nested_without_end(hand_in, shared_room):
    text = json.dumps(plain(shared_room))
    check_refused(hand_in(f'{text[:-1]}, "z": {"[" * 50_000}{"]" * 50_000}}}'), "is damaged")
    check_solved(hand_in(f'{text[:-1]}, "z": {"[" * 500}{"]" * 500}}}'))


def test_old_format_nested_deep(hand_in, shared_room):
    notebook = older(plain(shared_room), 3)
    for _ in range(400):
        notebook["metadata"] = {"m": notebook["metadata"]}
    outcome = hand_in(notebook)
    check_solved(outcome) if isinstance(outcome, Prepared) else check_refused(outcome, "old notebook format")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 4_000])
def test_numbers_that_json_does_not_have(hand_in, shared_room, number):
    text = json.dumps(plain(shared_room)).replace('"execution_count": null', f'"execution_count": {number}')
    check_solved(hand_in(text))


def test_one_id_for_all(hand_in, shared_room):
    notebook = plain(shared_room)
    for cell in notebook["cells"]:
        cell["id"] = notebook["cells"][0]["id"]
    check_solved(hand_in(notebook))


def test_entries_that_are_no_cells(hand_in, shared_room):
    notebook = plain(shared_room)
    notebook["cells"][:0] = [None, 3, "x", [1], {}, {"cell_type": ["code"]}, {"cell_type": {"a": 1}}]
    prepared = hand_in(notebook)
    check_solved(prepared)
    assert prepared.notes == ("left out, no notebook cells: 7",)


def test_sources_of_strange_types(hand_in, shared_room):
    notebook = plain(shared_room)
    for cell, source in zip(notebook["cells"], ([["a"]], {"a": 1}, 3, None, [None, "x = 1", 3]), strict=False):
        if "solution" not in str(cell["metadata"]):
            cell["source"] = source
    assert isinstance(hand_in(notebook), Prepared)


def test_lone_surrogates_everywhere(hand_in, shared_room):
    lone = "\ud800"
    notebook = plain(shared_room)
    strange = {"nbgrader": {"grade_id": lone, "solution": True}, lone: lone}
    picture = {lone: {lone: lone}}
    notebook["cells"] += [{"cell_type": "code", "id": lone, "source": [lone], "metadata": strange}]
    notebook["cells"] += [{"cell_type": "markdown", "source": lone, "metadata": {}, "attachments": picture}]
    check_solved(hand_in(notebook))


def test_as_many_cells_as_a_person_can_write(hand_in, shared_room):
    notebook = plain(shared_room)
    own = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}
    check_solved(hand_in(notebook | {"cells": notebook["cells"] + 1_000 * [own]}))
    notebook["cells"] += 2_000 * [own]
    check_refused(hand_in(notebook), "cells, more than 2000", "submit it again")
    check_refused(hand_in(older(notebook, 3)), "cells, more than 2000", "submit it again")
