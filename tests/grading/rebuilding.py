"""A notebook rebuilt, with what holds for each, and where things stand in it."""

import json

import nbformat
from classroom import find, grade_id_of

from course_staff.grading.sanitize import rebuild


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
