"""What a cell does: be the student's process, or the checker's; and what both need imported before they are forked."""

from __future__ import annotations

import copy
import functools
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from course_staff.grading.checker.plan import HEAVY, IMPORT
from course_staff.grading.sandbox import itself
from course_utils import c_compiler

# Imported once and shared by all cells; what is missing here is imported by the cell that needs it.
USUAL = (
    "IPython.core.interactiveshell",
    "cloudpickle",
    "msgpack",
    "numpy",
    "torch",
    "torch.nn.functional",
    "torch.onnx",
    "lightning.pytorch.callbacks",
    "onnx",
    "onnx.helper",
    "onnx.parser",
    "onnxscript",
    "onnxruntime",
    "onnxruntime.quantization",
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "skl2onnx",
    "fastapi",
    "httpx",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "course_utils.data",
    "course_utils.errors",
    "course_utils.expect",
    "course_utils.export",
    "course_utils.graphs",
    "course_utils.models",
    "course_utils.plots",
    "course_utils.runtime",
    "course_utils.seeds",
    "course_utils.tables",
    "course_utils.timing",
    "course_utils.training",
    "course_staff.grading.checker.main",
    "course_staff.grading.sandbox.student",
)

IMPORTING = {"course_utils.models": "torch", "httpx": "fastapi"}


def warm(needs: frozenset[str]) -> None:
    """Import what is usual, and let the libraries do what they do only once.

    Args:
        needs: which of the heavy packages to import, and "import x.y" for others; "exporter": PyTorch's exporters,
            whose first use takes seconds; "executorch": so does its; "compiler": cells start it.

    Raises:
        RuntimeError: something has started a thread, which no fork would have.
    """
    import course_utils  # noqa: F401  # turns telemetry off before onnxruntime comes

    for name in USUAL:
        package = IMPORTING.get(name, name.partition(".")[0])
        if package not in HEAVY or package in needs:
            _import(name)
    for need in sorted(needs):
        if need.startswith(IMPORT):
            _import(need.removeprefix(IMPORT))
    _first_uses()
    if "torch" in sys.modules:
        _first_uses_of_torch()
    if "exporter" in needs:
        _registry_once()
        _first_export()
    if "executorch" in needs:
        _first_lowering()
    if "compiler" in needs:
        itself.say_that_it_is(c_compiler.program())
    threads = os.listdir("/proc/self/task")  # noqa: PTH208
    if len(threads) > 1:
        raise RuntimeError(f"{len(threads)} threads run before the first fork")


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        if name.startswith("course_staff.grading"):
            raise


def _first_uses() -> None:
    from course_staff.grading.sandbox.outputs import Outputs
    from course_staff.grading.sandbox.shell import make_shell

    shell = make_shell()
    shell.outputs = Outputs()
    shell.run_cell("raise ValueError", store_history=False)  # what shows a traceback is loaded at the first one


def _first_uses_of_torch() -> None:
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()  # reads /proc/cpuinfo, which the cells cannot
    torch.optim.Adam(layer.parameters()).step()  # the first optimizer imports half of torch
    torch.manual_seed(0)


def _registry_once() -> None:
    """Let PyTorch's exporter read the sources of its 500 operators once; it does so anew for every file."""
    try:
        from torch.onnx._internal.exporter._registration import ONNXRegistry
    except ImportError:  # then each export takes its time
        return
    read = functools.cache(ONNXRegistry.from_torchlib)

    def copied(*args: Any, **kwargs: Any) -> Any:
        registry = copy.copy(read(*args, **kwargs))
        registry.functions = {operator: list(found) for operator, found in registry.functions.items()}
        return registry

    ONNXRegistry.from_torchlib = staticmethod(copied)


def _first_export() -> None:
    import tempfile

    import torch
    from tqdm import tqdm

    from course_utils.export import to_onnx, to_onnx_torchscript

    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten())
    tqdm.monitor_interval = 0  # else its first bar starts a thread
    with tempfile.TemporaryDirectory() as folder:
        for place, export in enumerate((to_onnx, to_onnx_torchscript)):
            export(module.eval(), torch.ones(2, 1, 4, 4), f"{folder}/{place}.onnx")


def _first_lowering() -> None:
    import importlib.util

    if importlib.util.find_spec("executorch") is None:
        return
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # else its first bar starts a thread
    importlib.import_module("executorch.runtime")
    layers = torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.ReLU(), torch.nn.Dropout()
    program = torch.export.export(torch.nn.Sequential(*layers).eval(), (torch.ones(2, 2),))
    to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()]).to_executorch()


def _student(descriptors: list[int]) -> None:
    from course_staff.grading.sandbox.student import main

    main(*descriptors)


def _checker(descriptors: list[int]) -> None:
    from course_staff.grading.checker.main import main

    main(*descriptors)


WORK: dict[str, Callable[[list[int]], None]] = {"student": _student, "checker": _checker}
