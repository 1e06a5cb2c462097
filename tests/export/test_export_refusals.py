"""Modules that cannot leave PyTorch: one sentence each, and nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript

EXAMPLE = torch.linspace(-1, 1, 8).reshape(2, 4)


class Apply(nn.Module):
    """A module of one parameter whose forward is ``function``."""

    def __init__(self, function: Callable):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.function(x * self.weight)


class Branch(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        return x - 1


BFLOAT16 = r"it computes in bfloat16, which NumPy does not have .*; export model\.float\(\)"
REFUSED_BY_BOTH = {
    "bfloat16 weights": (nn.Linear(4, 1).bfloat16(), BFLOAT16),
    "bfloat16 comes out": (Apply(lambda x: x.bfloat16()), BFLOAT16),
    "batch fixed by forward": (
        Apply(lambda x: x + torch.ones(2, 4)),
        r"forward\(\) works with a batch of 2 and fails with a batch of 3 \(.+\); take the batch size from x\.shape",
    ),
    "no such operator": (Apply(lambda x: torch.linalg.svd(x)[1]), r"ONNX has no form for the operator _?linalg_svd;"),
    "random": (Apply(lambda x: nn.functional.dropout(x, training=True)), "draws random numbers or keeps a state"),
    "a dict": (Apply(lambda x: {"x": x}), r"forward\(\) must return a tensor or a tuple of tensors"),
    "wrong example": (nn.Linear(3, 1), r"forward\(\) fails with a batch of 2 \(.+\); give an example"),
}
REFUSED = {
    "branch": (Branch(), r"decision that Python takes on the values of a tensor \(line \d+: `if x\.sum\(\) > 0:`\)"),
    "decided by the batch": (
        Apply(lambda x: x * 2 if x.shape[0] == 2 else x * 3),
        "the batch size of x cannot vary, because forward.. decides something on it and the graph keeps .* for 2",
    ),
}
REFUSED_TORCHSCRIPT = {
    "branch": (
        Branch(),
        r"gives other results .* tracing froze a value of Python at line \d+ \(`if x\.sum\(\) > 0:`\)",
    ),
    "decided by the batch": (Apply(lambda x: x * 2 if x.shape[0] == 2 else x * 3), r"other results .* tracing froze"),
    "through NumPy": (
        Apply(lambda x: torch.from_numpy(x.detach().numpy() * 2)),
        "the graph does not read x; forward.. does not use it, or takes it out of PyTorch",
    ),
}
CASES = [
    pytest.param(exporter, *case, id=f"{exporter.__name__}: {name}")
    for exporter, own in ((to_onnx, REFUSED), (to_onnx_torchscript, REFUSED_TORCHSCRIPT))
    for name, case in (REFUSED_BY_BOTH | own).items()
]


@pytest.mark.parametrize(("exporter", "model", "said"), CASES)
def test_refused_in_one_sentence_and_nothing_left(exporter: Callable, model: nn.Module, said: str, tmp_path: Path):
    path = tmp_path / "refused.onnx"
    path.write_bytes(b"what was there")
    with pytest.raises(CourseError, match=said) as error:
        exporter(model, EXAMPLE, path)
    assert str(error.value).startswith(f"{path}: ")
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("refused.onnx", b"what was there")]


def test_state_kept_in_python_is_found(tmp_path: Path):
    class Counting(nn.Module):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return x + self.calls

    with pytest.raises(CourseError, match="gives another result each time"):
        to_onnx(Counting(), EXAMPLE, tmp_path / "state.onnx")


def test_tolerance_decides(tmp_path: Path):
    """A network in half precision agrees in half precision only."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 3)).half()
    with pytest.raises(CourseError, match=r"a difference of 0\.00\d+, more than 1e-07, .* rounding"):
        to_onnx_torchscript(model, EXAMPLE.half(), tmp_path / "half.onnx", tolerance=1e-7)
    assert to_onnx_torchscript(model, EXAMPLE.half(), tmp_path / "half.onnx", tolerance=1e-2).exists()


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ((EXAMPLE, EXAMPLE[:1]), r"shapes \(2, 4\), \(1, 4\); axis 0 of each must be the same batch"),
        (torch.tensor(1.0), "axis 0 of each must be the same batch"),
        (EXAMPLE[:0], "of 1 or more"),
        ((EXAMPLE, 3), "the example must be a tensor, or a tuple of tensors"),
        (EXAMPLE.numpy(), "the example must be a tensor"),
        ((), "the example must be a tensor"),
    ],
)
def test_example_must_have_a_batch(example: object, said: str, tmp_path: Path):
    with pytest.raises(CourseError, match=said):
        to_onnx(nn.Linear(4, 3), example, tmp_path / "x.onnx")


def test_only_modules_are_exported(tmp_path: Path):
    with pytest.raises(CourseError, match=r"a function cannot be exported; give a torch\.nn\.Module"):
        to_onnx(lambda x: x, EXAMPLE, tmp_path / "x.onnx")


def test_two_gigabytes_are_refused_before_any_work(tmp_path: Path):
    model = nn.Linear(1, 1)
    model.register_buffer("table", torch.zeros(1).expand(2**29))  # takes four bytes, would be written as 2 GiB
    with pytest.raises(CourseError, match=r"2\.1 GB of weights, more than the 2 GB of one ONNX file"):
        to_onnx(model, torch.ones(1, 1), tmp_path / "x.onnx")


def test_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.onnx").mkdir()
    places = [tmp_path / "file" / "x.onnx", tmp_path / "folder.onnx"]
    if os.name == "posix":
        places.append(Path("/dev/null/x.onnx"))
    for path in places:
        with pytest.raises(CourseError, match=r"cannot be written \(.+\); choose a file in a folder of yours"):
            to_onnx_torchscript(nn.Linear(4, 3), EXAMPLE, path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.onnx"]


def test_interrupted_export_leaves_nothing(tmp_path: Path):
    def interrupt(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        to_onnx(Apply(interrupt), EXAMPLE, tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []
