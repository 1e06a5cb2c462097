"""What a warm process does once for all its cells."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.onnx._internal.exporter._registration import ONNXRegistry

from course_staff.grading.checker.plan import IMPORT, given, needs
from course_staff.grading.sandbox import roles


def test_the_exporter_reads_its_operators_once_and_writes_the_same_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def exported(name: str) -> bytes:
        torch.onnx.export(torch.nn.Linear(3, 2), (torch.ones(4, 3),), tmp_path / name, verbose=False)
        return (tmp_path / name).read_bytes()

    read, real = [], ONNXRegistry.from_torchlib
    monkeypatch.setattr(
        ONNXRegistry, "from_torchlib", staticmethod(lambda *how, **named: read.append(how) or real(*how, **named))
    )
    torch.manual_seed(0)
    before = exported("before.onnx")
    assert len(read) == 1
    roles._registry_once()
    for name in ("first.onnx", "second.onnx"):
        torch.manual_seed(0)
        assert exported(name) == before
    assert len(read) == 2


def test_what_a_lessons_own_cells_import_is_known_and_nothing_of_a_students() -> None:
    def cell(source, locked=True):
        return {"cell_type": "code", "source": source, "metadata": {"nbgrader": {"locked": locked}}}

    own = "from course_utils.lessons import serving as lesson\nimport json.tool"
    cells = [cell(own), cell("import antigravity", locked=False), cell("%matplotlib inline\nimport this")]
    found = {need.removeprefix(IMPORT) for need in needs(given(cells)) if need.startswith(IMPORT)}
    assert found == {"course_utils.lessons", "course_utils.lessons.serving", "json.tool"}
