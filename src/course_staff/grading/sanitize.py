"""A submission rebuilt on the answer key, so that nothing but the student's own work can differ from it."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from course_staff.authoring.notebook import DEMONSTRATION
from course_staff.grading.cells import StudentCell, defined_names, student_cells
from course_staff.grading.hidden import split_hidden
from course_staff.grading.remarks import doubles

OWN = "own-"  # then a cell's place among those that were handed in: its id


def rebuild(key_notebook: Any, submitted: dict) -> tuple[Any, list[str]]:
    """Return the notebook to grade, and remarks on what was mended.

    Every cell of the key is there, in the key's order, with the key's metadata. A solution cell holds the student's
    text; a test or read-only cell holds the key's; any other cell of the key holds the student's version of it, if
    there is one. The student's own cells follow the cell they followed, without metadata (a demonstration stays one).

    Where a solution stands several times, the last one that differs from the release's stub is the solution: a
    student who copies a cell goes on in one of the two, and below wins when the notebook runs. Other worked copies
    stay as cells of the student's own, so that a solution split over two cells still works.

    Args:
        key_notebook: ``Key.notebook``: hidden tests in, stubs in place of the solutions. It is not changed.
        submitted: ``Submission.notebook``: any JSON object.
    """
    build = _Rebuild(key_notebook, submitted)
    return build.notebook(), build.notes


class _Rebuild:
    def __init__(self, key_notebook: Any, submitted: dict) -> None:
        self.key = key_notebook
        self.students, strange = student_cells(submitted)
        self.notes: list[str] = []
        if strange:
            self.notes.append(f"left out, no notebook cells: {strange}")
        self.place: list[int | None] = [None] * len(self.students)
        self._match_by_grade_id()
        self._match_by_id()
        self._match_by_text()
        self._recover_solutions()
        self.copies: dict[int, list[int]] = defaultdict(list)
        for index, place in enumerate(self.place):
            if place is not None:
                self.copies[place].append(index)

    def notebook(self) -> Any:
        notebook = copy.deepcopy(self.key)
        chosen = [self._fill(place, cell) for place, cell in enumerate(notebook.cells)]
        own = self._own(chosen)
        notebook.cells = own[-1] + [each for place, cell in enumerate(notebook.cells) for each in (cell, *own[place])]
        self.notes += doubles(notebook.cells, self._numbers())
        return notebook

    def _numbers(self) -> dict[str, int]:
        """Return the numbers of the cells that are the student's own and run, by the ids that they get."""
        own = (index for index, student in self._unplaced() if not student.demonstration)
        return {f"{OWN}{index}": index + 1 for index in own}

    def _fill(self, place: int, cell: Any) -> int | None:
        """Put the student's text into a cell of the key, and return which of the student's cells it came from."""
        copies, name, key_text = self.copies[place], _grade_id(cell), cell.source
        if not name:
            if copies:
                cell.source = self.students[copies[0]].source
            return copies[0] if copies else None
        if not _is_solution(cell):
            self._remark_on_locked(name, key_text, copies)
            return None
        if not copies:
            self.notes.append(f"{name}: the solution cell is missing; graded as not written")
            return None
        chosen = ([index for index in copies if self._worked(index, key_text)] or copies)[-1]
        if len(copies) > 1:
            self.notes.append(
                f"{name}: the solution cell stands {len(copies)} times; the last one worked in was graded"
            )
        cell.source = self.students[chosen].source
        if cell.cell_type == "markdown" and self.students[chosen].attachments:
            cell.attachments = self.students[chosen].attachments
        return chosen

    def _own(self, chosen: list[int | None]) -> dict[int, list]:
        own: dict[int, list] = defaultdict(list)
        seen = -1
        for index, (student, place) in enumerate(zip(self.students, self.place, strict=True)):
            if place is None or self._is_worked_copy(index, place, chosen[place]):
                own[seen].append(_own_cell(student, index))
            if place is not None and self.copies[place][0] == index:
                seen = place
        return own

    def _is_worked_copy(self, index: int, place: int, chosen: int | None) -> bool:
        cell = self.key.cells[place]
        return _is_solution(cell) and index != chosen and self._worked(index, cell.source)

    def _worked(self, index: int, stub: str) -> bool:
        return self.students[index].source.strip() not in ("", stub.strip())

    def _remark_on_locked(self, name: str, key_text: str, copies: list[int]) -> None:
        visible = split_hidden(key_text)[0].strip()
        if not copies:
            self.notes.append(f"{name}: was deleted and has been put back")
        elif len(copies) > 1:
            self.notes.append(f"{name}: stands {len(copies)} times; the original was used once")
        elif self.students[copies[0]].source.strip() != visible:
            self.notes.append(f"{name}: was edited; the original was used")

    def _match_by_grade_id(self) -> None:
        places = {_grade_id(cell): place for place, cell in enumerate(self.key.cells) if _grade_id(cell)}
        for index, student in enumerate(self.students):
            self.place[index] = places.get(student.grade_id)

    def _match_by_id(self) -> None:
        places = {cell.id: place for place, cell in enumerate(self.key.cells)}
        for index, student in self._unplaced():
            place = places.get(student.id)
            if place is not None and place not in self.place and student.kind == self.key.cells[place].cell_type:
                self.place[index] = place
                self._remark_on_recovered(place)

    def _match_by_text(self) -> None:
        # A notebook that went through another tool may have lost its cells' ids.
        for index, student in self._unplaced():
            for place, cell in enumerate(self.key.cells):
                same = (student.kind, student.source.strip()) == (cell.cell_type, cell.source.strip())
                if same and not _grade_id(cell) and place not in self.place:
                    self.place[index] = place
                    break

    def _recover_solutions(self) -> None:
        """A solution whose grade id was lost is known by what it defines, where only one cell defines that."""
        for place, cell in enumerate(self.key.cells):
            names = defined_names(cell.source)
            if place in self.place or not _is_solution(cell) or cell.cell_type != "code" or not names:
                continue
            fits = [
                index
                for index, student in self._unplaced()
                if student.kind == "code" and names <= defined_names(student.source)
            ]
            if len(fits) == 1:
                self.place[fits[0]] = place
                self._remark_on_recovered(place)

    def _remark_on_recovered(self, place: int) -> None:
        if _is_solution(self.key.cells[place]):
            name = _grade_id(self.key.cells[place])
            self.notes.append(f"{name}: the solution cell had lost its grade id and was recognised")

    def _unplaced(self) -> list[tuple[int, StudentCell]]:
        return [(index, self.students[index]) for index, place in enumerate(self.place) if place is None]


def _own_cell(student: StudentCell, index: int) -> Any:
    from nbformat import v4

    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}[student.kind]
    cell = make(student.source, id=f"{OWN}{index}", metadata={"tags": [DEMONSTRATION]} if student.demonstration else {})
    if student.attachments:
        cell.attachments = student.attachments
    return cell


def _grade_id(cell: Any) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _is_solution(cell: Any) -> bool:
    return cell.metadata.get("nbgrader", {}).get("solution", False)
