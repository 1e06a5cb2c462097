"""The answer key is the authority: what is rebuilt from what was handed in."""

import copy

import nbformat
import pytest
from classroom import HALF, code, find
from rebuilding import again, position, sources


def test_an_honest_solution(key, shared_room):
    rebuilt, notes = again(key, shared_room.solved())
    assert notes == []
    assert find(rebuilt, "half").source == HALF
    assert len(rebuilt.cells) == len(key.notebook.cells)


def test_the_key_is_not_changed(key, shared_room):
    before = copy.deepcopy(key.notebook)
    again(key, shared_room.solved())
    assert key.notebook == before


def test_nothing_handed_in(key):
    rebuilt, notes = again(key, {"cells": []})
    assert rebuilt.cells == key.notebook.cells
    assert "return x / 2" not in find(rebuilt, "half").source
    assert sum("missing" in note for note in notes) == 2


def test_deleted_solution_is_the_stub_again(key, shared_room):
    notebook = shared_room.solved()
    notebook.cells.remove(find(notebook, "half"))
    rebuilt, notes = again(key, notebook)
    assert "not written yet" in find(rebuilt, "half").source
    assert notes == ["half: the solution cell is missing; graded as not written"]


def test_deleted_test_is_put_back(key, shared_room):
    notebook = shared_room.solved()
    notebook.cells.remove(find(notebook, "half_even"))
    rebuilt, notes = again(key, notebook)
    assert "BEGIN HIDDEN TESTS" in find(rebuilt, "half_even").source
    assert notes == ["half_even: was deleted and has been put back"]


def test_edited_test_points_and_kernel(key, shared_room):
    notebook = shared_room.solved()
    find(notebook, "half_even").source = "pass"
    find(notebook, "half_odd").metadata.nbgrader.points = 500
    notebook.metadata.kernelspec.name = "bash"
    _, notes = again(key, notebook)
    assert notes == ["half_even: was edited; the original was used"]


def test_a_test_turned_into_a_solution(key, shared_room):
    notebook = shared_room.solved()
    find(notebook, "half_even").metadata.nbgrader |= {"solution": True, "locked": False, "grade": False}
    find(notebook, "half_even").source = "pass"
    find(notebook, "half_odd").metadata.tags = ["skip-execution", "demonstration"]
    again(key, notebook)


def test_copied_test_counts_once(key, shared_room):
    notebook = shared_room.solved()
    notebook.cells.append(copy.deepcopy(find(notebook, "half_even")))
    notebook.cells[-1].source = "pass"
    rebuilt, notes = again(key, notebook)
    assert "pass" not in sources(rebuilt)
    assert notes == ["half_even: stands 2 times; the original was used once"]


@pytest.mark.parametrize("worked", ["first", "last"])
def test_copied_solution_takes_the_worked_one(key, shared_room, worked):
    notebook = shared_room.solved(half=None)
    copied = copy.deepcopy(find(notebook, "half"))
    first = find(notebook, "half")
    (first if worked == "first" else copied).source = HALF
    notebook.cells.insert(position(notebook, "half") + 1, copied)
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "not written yet" not in "".join(sources(rebuilt)).replace(find(rebuilt, "quarter").source, "")
    assert "stands 2 times" in notes[0]


def test_a_solution_split_in_two_still_runs_in_order(key, shared_room):
    notebook = shared_room.solved(half="def half(x):\n    return x / two()")
    first = copy.deepcopy(find(notebook, "half"))
    first.source = "def two():\n    return 2"
    notebook.cells.insert(position(notebook, "half"), first)
    rebuilt, _ = again(key, notebook)
    texts = sources(rebuilt)
    assert texts.index("def two():\n    return 2") + 1 == position(rebuilt, "half")
    assert find(rebuilt, "half").source.endswith("x / two()")


def test_own_cells_stay_where_they_were(key, shared_room):
    notebook = shared_room.solved()
    notebook.cells.insert(0, code("top"))
    notebook.cells.insert(position(notebook, "half"), code("before", tags=["skip-execution"], collapsed=True))
    notebook.cells.insert(position(notebook, "half_odd") + 1, nbformat.v4.new_markdown_cell("note"))
    notebook.cells.append(code("end", nbgrader={"grade_id": "mine", "grade": True, "points": 99}))
    rebuilt, notes = again(key, notebook)
    texts = sources(rebuilt)
    assert texts[0] == "top" and texts[-1] == "end"
    assert texts.index("before") == position(rebuilt, "half") - 1
    assert texts.index("note") == position(rebuilt, "half_odd") + 1
    assert all(rebuilt.cells[texts.index(text)].metadata == {} for text in ("top", "before", "note", "end"))
    assert notes == []


def test_own_cell_after_a_late_copy_stays_late(key, shared_room):
    notebook = shared_room.solved()
    notebook.cells += [copy.deepcopy(find(notebook, "half")), code("uses = quarter(1)")]
    rebuilt, _ = again(key, notebook)
    assert sources(rebuilt)[-1] == "uses = quarter(1)"
