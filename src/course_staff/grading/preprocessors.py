"""Steps that nbgrader_config.py puts into nbgrader's passes, so that its own commands and Formgrader have them too."""

from __future__ import annotations

import json
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Integer

from course_staff.authoring.notebook import DEMONSTRATION
from course_staff.grading.hidden import Redactor, split_hidden

Made = tuple[Any, Any]


class SkipDemonstrations(NbGraderPreprocessor):
    """Sanitizing: lets no cell but a demonstration be left out of execution.

    A test cell that is not executed has no output, and nbgrader gives full marks for no output. So a cell of
    nbgrader's keeps no tags at all, and another keeps only the demonstration's. On a cell of their own that tag gains
    a student nothing: a cell that does not run does what a deleted cell does.
    """

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> Made:
        tags = cell.metadata.pop("tags", None)
        if cell.metadata.get("nbgrader") == {}:
            # DeduplicateIds leaves this on a copied cell; CheckCellMetadata would stop the whole class over it.
            del cell.metadata["nbgrader"]
        elif "nbgrader" not in cell.metadata and isinstance(tags, list) and DEMONSTRATION in tags:
            cell.metadata["tags"] = [DEMONSTRATION]
        return cell, resources


class BoundOutput(NbGraderPreprocessor):
    """Autograding, before the scores are saved: bounds the bytes kept of each cell's outputs, and changes no score.

    nbgrader scores a test cell by its first error, stderr or result; that output stays whatever its size, cut to
    something that scores the same.
    """

    max_text = Integer(64_000, help="characters kept of one text").tag(config=True)
    max_cell = Integer(1_000_000, help="characters kept of all outputs of one cell").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> Made:
        # The state of widgets is output too, and no score depends on it.
        if len(json.dumps(nb.metadata.get("widgets"))) > self.max_cell:
            del nb.metadata["widgets"]
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> Made:
        if cell.cell_type != "code":
            return cell, resources
        kept, size, decided, dropped = [], 0, False, 0
        for output in cell.outputs:
            decides = not decided and _scores(output)
            decided = decided or decides
            self._cut(output, keep_number=decides)
            length = len(json.dumps(output))
            if decides or size + length <= self.max_cell:
                kept.append(output)
                size += length
            else:
                dropped += 1
        if dropped:
            kept.append(_remark(f"… {dropped} outputs cut at {self.max_cell} characters for the cell"))
        cell.outputs = kept
        return cell, resources

    def _cut(self, output: Any, keep_number: bool) -> None:
        if output.output_type == "stream":
            output.text = self._text(output.text)
        elif output.output_type == "error":
            output.ename, output.evalue = self._text(output.ename), self._text(output.evalue)
            output.traceback = self._lines(output.traceback)
        else:
            output.data = {kind: self._data(kind, data, keep_number) for kind, data in output.data.items()}
            if len(json.dumps(output.metadata)) > self.max_text:
                output.metadata = {}

    def _data(self, kind: str, data: Any, keep_number: bool) -> Any:
        if kind.startswith("text/") and isinstance(data, str):
            number = _number(data) if keep_number and len(data) > self.max_text else None
            return self._text(data) if number is None else number
        # Half an image is no image; the cell's own bound takes it whole.
        return data if len(json.dumps(data)) <= self.max_cell else f"… output cut at {self.max_cell} characters"

    def _text(self, text: str) -> str:
        return (
            text
            if len(text) <= self.max_text
            else f"{text[: self.max_text]}\n… output cut at {self.max_text} characters"
        )

    def _lines(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        return lines if len(text) <= self.max_text else [self._text(text)]


class HideTests(NbGraderPreprocessor):
    """Feedback: no line of a hidden test reaches the student.

    Test cells lose their hidden regions and the tracebacks, which quote them; the message of a failed test stays. A
    student's code can print a test cell it was called from, so every output loses the lines that hold a hidden one.
    """

    def preprocess(self, nb: Any, resources: Any) -> Made:
        hidden = [line for cell in nb.cells if _is_test(cell) for line in split_hidden(cell.source)[1]]
        self._redactor = Redactor(hidden)
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> Made:
        if _is_test(cell):
            cell.source = split_hidden(cell.source)[0]
        for output in cell.get("outputs", []):
            self._clean(output, short=_is_test(cell))
        return cell, resources

    def _clean(self, output: Any, short: bool) -> None:
        clean = self._redactor.clean
        if output.output_type == "stream":
            output.text = clean(output.text)
        elif output.output_type == "error":
            output.ename, output.evalue = clean(output.ename), clean(output.evalue)
            if short or self._redactor.found("\n".join(output.traceback)):
                output.traceback = [f"{output.ename}: {output.evalue}".removesuffix(": ")]
        else:
            output.data = {kind: self._clean_data(data) for kind, data in output.data.items()}

    def _clean_data(self, data: Any) -> Any:
        if isinstance(data, str):
            return self._redactor.clean(data)
        return "" if self._redactor.found(json.dumps(data, ensure_ascii=False)) else data


def _is_test(cell: Any) -> bool:
    return bool(is_grade(cell) and not is_solution(cell))


def _scores(output: Any) -> bool:
    return output.output_type in ("error", "execute_result") or output.get("name") == "stderr"


def _number(text: str) -> str | None:
    try:
        return repr(float(text))
    except ValueError:
        return None


def _remark(text: str) -> Any:
    from nbformat import v4

    return v4.new_output("stream", name="stdout", text=text)
