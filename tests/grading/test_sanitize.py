"""The answer key is the authority: what is rebuilt from what was handed in."""

import copy
import json
import random

import nbformat
import pytest
from classroom import HALF, Classroom, code, find, grade_id_of

from course_staff.grading.key import _key
from course_staff.grading.sanitize import rebuild


@pytest.fixture(scope="module")
def key(built, shared_room):
    return _key(shared_room.lesson, built)


@pytest.fixture(scope="module")
def room(shared_room) -> Classroom:
    return shared_room


def again(key, notebook):
    """Rebuild from the notebook as it comes from a file, and check what always holds."""
    rebuilt, notes = rebuild(key.notebook, json.loads(json.dumps(notebook)))
    nbformat.validate(rebuilt)
    locked = [cell for cell in key.notebook.cells if grade_id_of(cell) and not cell.metadata.nbgrader.solution]
    assert [find(rebuilt, grade_id_of(cell)) for cell in locked] == locked
    names = [grade_id_of(cell) for cell in rebuilt.cells if grade_id_of(cell)]
    assert names == [grade_id_of(cell) for cell in key.notebook.cells if grade_id_of(cell)]
    assert rebuilt.metadata == key.notebook.metadata
    return rebuilt, notes


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def position(notebook, grade_id):
    return notebook.cells.index(find(notebook, grade_id))


def test_an_honest_solution(key, room):
    rebuilt, notes = again(key, room.solved())
    assert notes == []
    assert find(rebuilt, "half").source == HALF
    assert len(rebuilt.cells) == len(key.notebook.cells)


def test_the_key_is_not_changed(key, room):
    before = copy.deepcopy(key.notebook)
    again(key, room.solved())
    assert key.notebook == before


def test_nothing_handed_in(key):
    rebuilt, notes = again(key, {"cells": []})
    assert rebuilt.cells == key.notebook.cells
    assert "return x / 2" not in find(rebuilt, "half").source
    assert sum("missing" in note for note in notes) == 2


def test_deleted_solution_is_the_stub_again(key, room):
    notebook = room.solved()
    notebook.cells.remove(find(notebook, "half"))
    rebuilt, notes = again(key, notebook)
    assert "not written yet" in find(rebuilt, "half").source
    assert notes == ["half: the solution cell is missing; graded as not written"]


def test_deleted_test_is_put_back(key, room):
    notebook = room.solved()
    notebook.cells.remove(find(notebook, "half_even"))
    rebuilt, notes = again(key, notebook)
    assert "BEGIN HIDDEN TESTS" in find(rebuilt, "half_even").source
    assert notes == ["half_even: was deleted and has been put back"]


def test_edited_test_points_and_kernel(key, room):
    notebook = room.solved()
    find(notebook, "half_even").source = "pass"
    find(notebook, "half_odd").metadata.nbgrader.points = 500
    notebook.metadata.kernelspec.name = "bash"
    _, notes = again(key, notebook)
    assert notes == ["half_even: was edited; the original was used"]


def test_a_test_turned_into_a_solution(key, room):
    notebook = room.solved()
    find(notebook, "half_even").metadata.nbgrader |= {"solution": True, "locked": False, "grade": False}
    find(notebook, "half_even").source = "pass"
    find(notebook, "half_odd").metadata.tags = ["skip-execution", "demonstration"]
    again(key, notebook)


def test_copied_test_counts_once(key, room):
    notebook = room.solved()
    notebook.cells.append(copy.deepcopy(find(notebook, "half_even")))
    notebook.cells[-1].source = "pass"
    rebuilt, notes = again(key, notebook)
    assert "pass" not in sources(rebuilt)
    assert notes == ["half_even: stands 2 times; the original was used once"]


@pytest.mark.parametrize("worked", ["first", "last"])
def test_copied_solution_takes_the_worked_one(key, room, worked):
    notebook = room.solved(half=None)
    copied = copy.deepcopy(find(notebook, "half"))
    first = find(notebook, "half")
    (first if worked == "first" else copied).source = HALF
    notebook.cells.insert(position(notebook, "half") + 1, copied)
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "not written yet" not in "".join(sources(rebuilt)).replace(find(rebuilt, "quarter").source, "")
    assert "stands 2 times" in notes[0]


def test_a_solution_split_in_two_still_runs_in_order(key, room):
    notebook = room.solved(half="def half(x):\n    return x / two()")
    first = copy.deepcopy(find(notebook, "half"))
    first.source = "def two():\n    return 2"
    notebook.cells.insert(position(notebook, "half"), first)
    rebuilt, _ = again(key, notebook)
    texts = sources(rebuilt)
    assert texts.index("def two():\n    return 2") + 1 == position(rebuilt, "half")
    assert find(rebuilt, "half").source.endswith("x / two()")


def test_own_cells_stay_where_they_were(key, room):
    notebook = room.solved()
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


def test_own_cell_after_a_late_copy_stays_late(key, room):
    notebook = room.solved()
    notebook.cells += [copy.deepcopy(find(notebook, "half")), code("uses = quarter(1)")]
    rebuilt, _ = again(key, notebook)
    assert sources(rebuilt)[-1] == "uses = quarter(1)"


def test_changed_grade_id_is_recognised_by_cell_id(key, room):
    notebook = room.solved()
    find(notebook, "half").metadata.nbgrader.grade_id = "mine"
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "recognised" in notes[0]


def test_lost_grade_ids_are_recognised_by_what_is_defined(key, room):
    notebook = room.solved()
    for name in ("half", "quarter"):
        find(notebook, name).update(id=f"random-{name}", metadata={})
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "half(half(x))" in find(rebuilt, "quarter").source
    assert len(notes) == 2


def test_two_cells_that_could_be_it_are_not_guessed_between(key, room):
    notebook = room.solved()
    find(notebook, "half").update(id="random", metadata={})
    notebook.cells.append(code("def half(x):\n    return 0"))
    rebuilt, notes = again(key, notebook)
    assert "not written yet" in find(rebuilt, "half").source
    first, *others = notes
    assert first == "half: the solution cell is missing; graded as not written"
    assert [note.partition(" cell ")[0] for note in others] == ["half: half is defined in your own"] * 2


def test_code_solution_turned_into_markdown(key, room):
    notebook = room.solved()
    cell = find(notebook, "half")
    notebook.cells[position(notebook, "half")] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    rebuilt, _ = again(key, notebook)
    assert (find(rebuilt, "half").cell_type, find(rebuilt, "half").source) == ("code", HALF)


def is_demonstration(cell) -> bool:
    return "demonstration" in cell.metadata.get("tags", [])


def test_demonstrations_stay_demonstrations(key, room):
    notebook = room.solved()
    demo = next(cell for cell in notebook.cells if is_demonstration(cell))
    demo.source += "\nedited"
    demo.metadata = {}
    notebook.cells.append(code("copied", tags=["demonstration", "skip-execution"]))
    rebuilt, _ = again(key, notebook)
    tagged = [cell for cell in rebuilt.cells if is_demonstration(cell)]
    demonstrations = [cell for cell in key.notebook.cells if is_demonstration(cell)]
    assert [tagged[0].source, tagged[-1].source] == [demo.source, "copied"]
    assert [cell.metadata for cell in tagged] == [
        *(cell.metadata for cell in demonstrations),
        {"tags": ["demonstration"]},
    ]


def test_cells_without_ids_are_matched_by_text(key, room):
    notebook = room.solved()
    for cell in notebook.cells:
        del cell["id"]
    rebuilt, notes = again(key, notebook)
    assert len(rebuilt.cells) == len(key.notebook.cells)
    assert notes == []


def test_never_crashes_on_damaged_cells(key, room):
    """Every value of a good notebook replaced by something else, 500 times, from a fixed seed."""
    draw = random.Random(0)
    strange = [None, 0, -1.5, True, "", "x", "code", [], [1], ["a\n"], {}, {"a": 1}, float("nan"), "\ud800"]
    for _ in range(500):
        notebook = json.loads(json.dumps(room.solved()))
        for _ in range(draw.randint(1, 6)):
            target = draw.choice(notebook["cells"])
            while isinstance(target, dict) and target:
                name = draw.choice(list(target))
                if draw.random() < 0.5 or not isinstance(target[name], dict):
                    target[name] = draw.choice(strange)
                    break
                target = target[name]
        again(key, notebook)
        nbformat.writes(rebuild(key.notebook, notebook)[0]).encode()
