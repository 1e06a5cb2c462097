"""Calibration shown: what became of each network, and what the sample and the method change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course_utils import plots, quantization, tables
from course_utils.lessons.quantization import instead
from course_utils.lessons.quantization.folder import new_path
from course_utils.lessons.quantization.looks import widest_weight
from course_utils.lessons.quantization.networks import digits28, labelled, of_float

SAMPLE = 256  # images
FEW = 64


def reader(path: Path) -> instead.AtMost100:
    """Return the notebook's DigitsReader of 256 training images for the model at path, or else the course's own."""
    return instead.reader(digits28().train_images[:SAMPLE], path)


def loader_images() -> Any:
    """Return the images (256, 1, 28, 28), as an array, of the first four batches of a PyTorch loader for training."""
    import numpy as np
    import torch

    images, labels = (torch.from_numpy(each) for each in (digits28().train_images, digits28().train_labels))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=FEW)
    return np.concatenate([batch.numpy() for (batch, _), _ in zip(loader, range(4), strict=False)])


def batch_sizes(of: Any) -> list[int]:
    """Return how many images each batch of a reader has, until it gives None.

    Raises:
        CourseError: it gives more than 100 batches.
    """
    return [len(batch["input"]) for batch in iter(instead.AtMost100(of).get_next, None)]


def show_static(made: dict[Path, Path]) -> str:
    """Show what quantizing made of float models, and the first layers of the first; return its size and accuracy.

    Args:
        made: the int8 file by its float model's path.
    """
    reports = [quantization.report(out, *labelled(), against=of_float(path)) for path, out in made.items()]
    tables.show([each.summary() for each in reports], "your static int8")
    tables.show(reports[0].rows()[:4], f"the first layers of {next(iter(made)).stem}")
    for each in reports:
        if said := explained(each):
            print(said)
    first = reports[0]
    return f"{first.size_ratio:.2f} of the file, {first.points_lost:.1f} points lost"


def explained(about: quantization.Report) -> str:
    """Return the points that a model lost on this processor, with the likely cause; nothing for one point or less."""
    from course_utils.hardware import processor

    if not about.points_lost > 1:
        return ""
    cause = "calibration: too narrow a range, or too wide a one"
    if processor().saturates and widest_weight(about.path) > 64:
        cause = "pairs of products saturate on this processor, and reduce_range=True is missing (6.9)"
    return f"{about.path.stem}: {about.points_lost:.1f} points lost; likely {cause}."


def show_samples(quantize_static_model: Callable[..., Any], paths: Sequence[Path]) -> None:
    """Show the accuracy of models by the images that they are calibrated with; nothing but these differs."""
    train = digits28().train_images
    samples = {f"first {n}" if n > 1 else "first image": train[:n] for n in (1, 8, 32, 128)}
    samples["32 images of the digit 0"] = train[digits28().train_labels == 0][:32]
    rows = []
    for name, images in samples.items():
        made = {path: new_path("sampled.onnx") for path in paths}
        for path, out in made.items():
            quantize_static_model(path, out, instead.reader(images, path))
        found = {path.stem: f"{quantization.report(out, *labelled()).accuracy:.3f}" for path, out in made.items()}
        rows.append({"sample": name} | found)
    tables.show(rows, "accuracy by calibration sample")


def draw_methods(paths: Sequence[Path]) -> dict[str, str]:
    """Draw the points that models lose by calibration method, on 64 images and with the course's own settings.

    Returns:
        Each model's accuracies in words, for the closing table.
    """
    import numpy as np

    found = {path: [_calibrated(path, **settings) for settings in _methods().values()] for path in paths}
    fig, axes = plots.figure(width=6.5, height=2.6)
    for shift, path, colour, hatch in zip((-0.2, 0.2), paths, plots.CYCLE, ("", "//"), strict=False):
        places = np.arange(len(found[path])) + shift
        lost = 100 * (of_float(path).accuracy - np.array(found[path]))
        axes.bar(places, lost, width=0.36, color=colour, hatch=hatch, edgecolor="white", label=path.stem)
        for x, height, value in zip(places, lost, found[path], strict=True):
            axes.annotate(f"{value:.3f}", (x, max(height, 0)), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(range(len(_methods())), list(_methods()))
    axes.set(ylabel="points lost", title="One range for all of it? Points lost, and accuracy")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    said = {
        path.stem: ", ".join(f"{name} {value:.3f}" for name, value in zip(_methods(), values, strict=True))
        for path, values in found.items()
    }
    told = ". ".join(f"{name}: {values}" for name, values in said.items())
    plots.show(fig, f"Bars of points lost by calibration method. Accuracies of {told}.")
    return {f"{name}, by calibration method": values for name, values in said.items()}


def _methods() -> dict[str, dict[str, Any]]:
    from onnxruntime.quantization import CalibrationMethod

    def percentile(share: float) -> dict[str, Any]:
        return {"calibrate_method": CalibrationMethod.Percentile, "extra_options": {"CalibPercentile": share}}

    return {
        "all (MinMax)": {"calibrate_method": CalibrationMethod.MinMax},
        "Entropy": {"calibrate_method": CalibrationMethod.Entropy},
        "99.9 %": percentile(99.9),
        "99 %": percentile(99.0),
    }


def _calibrated(path: Path, **settings: Any) -> float:
    images = quantization.Reader.__wrapped__(digits28().train_images, path, limit=FEW)
    made = instead.static.__wrapped__(path, new_path("calibrated.onnx"), images, **settings)
    return float(quantization.report(made, *labelled()).accuracy or 0)
