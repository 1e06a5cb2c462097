"""Cells are read out of anything that JSON can hold."""

import pytest

from course_staff.grading.cells import defined_names, student_cells

CODE = {"cell_type": "code", "source": "x"}


@pytest.mark.parametrize("notebook", [{}, {"cells": None}, {"cells": {}}, {"cells": "code"}])
def test_no_cells(notebook):
    assert student_cells(notebook) == ([], 0)


@pytest.mark.parametrize("entry", [None, 1, "code", [], {}, {"cell_type": "heading"}, {"cell_type": ["code"]}])
def test_leaves_out_what_is_no_cell(entry):
    cells, strange = student_cells({"cells": [entry, CODE]})
    assert [cell.source for cell in cells] == ["x"]
    assert strange == 1


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (["a\n", "b"], "a\nb"),
        (["a", 1, None], "a"),
        ("a\r\nb", "a\nb"),
        (None, ""),
        (5, ""),
        ({"a": 1}, ""),
        ("\ud800x", "?x"),
    ],
)
def test_source(source, text):
    cells, _ = student_cells({"cells": [CODE | {"source": source}]})
    assert cells[0].source == text


def test_missing_source():
    assert student_cells({"cells": [{"cell_type": "code"}]})[0][0].source == ""


@pytest.mark.parametrize(
    "metadata",
    [None, [], "x", {"nbgrader": None}, {"nbgrader": ["grade_id"]}, {"nbgrader": {"grade_id": 7}}, {"tags": 3}],
)
def test_strange_metadata_is_none(metadata):
    cell = student_cells({"cells": [CODE | {"metadata": metadata, "id": 4}]})[0][0]
    assert (cell.grade_id, cell.id, cell.demonstration) == ("", "", False)


def test_a_demonstration_has_the_tag_and_no_grading():
    tags = {"tags": ["demonstration"]}
    metadatas = [tags, tags | {"nbgrader": {"grade_id": "half_even"}}, {"tags": "demonstration"}]
    cells, _ = student_cells({"cells": [CODE | {"metadata": metadata} for metadata in metadatas]})
    assert [cell.demonstration for cell in cells] == [True, False, False]


def test_keeps_well_formed_attachments_of_markdown():
    attachments = {"a.png": {"image/png": "AAAA", "bad": 1}, "b": 2}
    cells, _ = student_cells({"cells": [{"cell_type": "markdown", "source": "", "attachments": attachments}]})
    assert cells[0].attachments == {"a.png": {"image/png": "AAAA"}}


def test_defined_names_without_parsing():
    source = (
        "%matplotlib inline\ndef half(x:\n    inner = 1\nclass Net:\n    pass\nasync def go(): ...\nN: int = 3\nN == 4"
    )
    assert defined_names(source) == {"half", "Net", "go", "N"}
