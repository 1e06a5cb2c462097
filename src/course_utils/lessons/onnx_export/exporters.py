"""What several exporters write, measured and told."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from course_utils import graphs, tables
from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.lessons.onnx_export.folder import FOLDER, empty_folder
from course_utils.lessons.onnx_export.given import Export, exported

if TYPE_CHECKING:
    import torch

SHOWN = 5  # kinds of operators


def compare_exporters(export: Export, net: torch.nn.Module, example: torch.Tensor) -> tuple[float, float]:
    """Export a net with a student's function and with TorchScript, and show what is in each file.

    Returns:
        TorchScript's nodes to torch.export's, and torch.export's time to TorchScript's: two ratios.
    """
    import torch

    newer, older = FOLDER / "newer.onnx", FOLDER / "torchscript.onnx"
    start = perf_counter()
    exported(export, net, example, newer)
    between = perf_counter()
    torch.onnx.export(net, (example,), older, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
    slower = (between - start) / (perf_counter() - between)
    rows = []
    for name, file in (("torch.export", newer), ("TorchScript", older)):
        counted = graphs.operators(file)
        common = sorted(counted, key=lambda operator: -counted[operator])[:SHOWN]
        listed = ", ".join(f"{counted[operator]} {operator}" for operator in common)
        rows.append({"exporter": name, "nodes": sum(counted.values()), "most of them": listed})
    tables.show(rows, "One causal net, exported once by each")
    return rows[1]["nodes"] / rows[0]["nodes"], slower


def export_with_lightning() -> None:
    """Export a dense layer and a dropout with Lightning, and print which files and operators that gives."""
    import torch

    try:
        from lightning import LightningModule
    except ImportError:
        print("Lightning is not installed here: pip install lightning, and run this cell again.")
        return
    module, folder = LightningModule(), empty_folder("lightning")
    module.net = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.Dropout())
    module.forward = module.net.forward
    module.to_onnx(folder / "lightning.onnx", torch.zeros(1, 30), input_names=["images"], verbose=False)
    print("files:", ", ".join(sorted(file.name for file in folder.iterdir())))
    print("operators:", ", ".join(graphs.operators(folder / "lightning.onnx")))


def export_a_branch(module: torch.nn.Module, example: torch.Tensor) -> tuple[str, Path]:
    """Try both exporters on a module that decides by its input's values, and print what each makes of it.

    Returns:
        Which of them refuse, in words, and the file that TorchScript wrote.
    """
    refuse = []
    try:
        to_onnx(module, example, FOLDER / "refused.onnx")
    except CourseError as error:
        refuse.append("torch.export")
        print("torch.export:", error)
    frozen = to_onnx_torchscript(module, example, FOLDER / "frozen.onnx", tolerance=None)
    print("TorchScript wrote", graphs.operators(frozen))
    return " and ".join(refuse) or "neither", frozen
