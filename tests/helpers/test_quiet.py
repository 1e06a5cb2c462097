"""Silence while an exporter runs, seen from outside: in a process and in a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def test_exports_print_nothing(tmp_path: Path):
    """In a process of its own, with every warning shown: the first export is the loudest, and failures talk too."""
    script = f"""
import logging, sys, warnings
import torch
from torch import nn
from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript
class Branch(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x - 1
class Svd(nn.Module):
    def forward(self, x):
        return torch.linalg.svd(x)[1]
filters, handlers = list(warnings.filters), list(logging.root.handlers)
for exporter in (to_onnx, to_onnx_torchscript):
    exporter(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), torch.rand(2, 4), r"{tmp_path}/x.onnx")
    for model in (Branch(), Svd()):
        try:
            exporter(model, torch.linspace(-1, 1, 8).reshape(2, 4), r"{tmp_path}/y.onnx")
        except CourseError:
            continue
        raise SystemExit("a failure went through")
assert warnings.filters == filters and logging.root.handlers == handlers
assert logging.getLogger("torch").isEnabledFor(logging.ERROR)
print("still heard")
print("here too", file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-W", "always", "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "still heard\n", "here too\n")


def test_exports_leave_nothing_in_a_notebook(tmp_path: Path):
    """There the handlers of logs write to the notebook's own streams, not to the process's."""
    code = f"""
import torch
from course_utils.export import to_onnx, to_onnx_torchscript
for exporter in (to_onnx, to_onnx_torchscript):
    exporter(torch.nn.Linear(4, 3), torch.rand(2, 4), r"{tmp_path}/x.onnx");
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert notebook.cells[0].outputs == []
