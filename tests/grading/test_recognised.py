"""Cells that have lost their names are recognised where there is no doubt, and nothing crashes where there is."""

import json
import random

import nbformat
from classroom import HALF, code, find
from rebuilding import again, position

from course_staff.grading.sanitize import rebuild


def test_changed_grade_id_is_recognised_by_cell_id(key, shared_room):
    notebook = shared_room.solved()
    find(notebook, "half").metadata.nbgrader.grade_id = "mine"
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "recognised" in notes[0]


def test_lost_grade_ids_are_recognised_by_what_is_defined(key, shared_room):
    notebook = shared_room.solved()
    for name in ("half", "quarter"):
        find(notebook, name).update(id=f"random-{name}", metadata={})
    rebuilt, notes = again(key, notebook)
    assert find(rebuilt, "half").source == HALF
    assert "half(half(x))" in find(rebuilt, "quarter").source
    assert len(notes) == 2


def test_two_cells_that_could_be_it_are_not_guessed_between(key, shared_room):
    notebook = shared_room.solved()
    find(notebook, "half").update(id="random", metadata={})
    notebook.cells.append(code("def half(x):\n    return 0"))
    rebuilt, notes = again(key, notebook)
    assert "not written yet" in find(rebuilt, "half").source
    first, *others = notes
    assert first == "half: the solution cell is missing; graded as not written"
    assert [note.partition(" cell ")[0] for note in others] == ["half: half is defined in your own"] * 2


def test_code_solution_turned_into_markdown(key, shared_room):
    notebook = shared_room.solved()
    cell = find(notebook, "half")
    notebook.cells[position(notebook, "half")] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    rebuilt, _ = again(key, notebook)
    assert (find(rebuilt, "half").cell_type, find(rebuilt, "half").source) == ("code", HALF)


def is_demonstration(cell) -> bool:
    return "demonstration" in cell.metadata.get("tags", [])


def test_demonstrations_stay_demonstrations(key, shared_room):
    notebook = shared_room.solved()
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


def test_cells_without_ids_are_matched_by_text(key, shared_room):
    notebook = shared_room.solved()
    for cell in notebook.cells:
        del cell["id"]
    rebuilt, notes = again(key, notebook)
    assert len(rebuilt.cells) == len(key.notebook.cells)
    assert notes == []


def test_never_crashes_on_damaged_cells(key, shared_room):
    """Every value of a good notebook replaced by something else, 500 times, from a fixed seed."""
    draw = random.Random(0)
    strange = [None, 0, -1.5, True, "", "x", "code", [], [1], ["a\n"], {}, {"a": 1}, float("nan"), "\ud800"]
    for _ in range(500):
        notebook = json.loads(json.dumps(shared_room.solved()))
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
