"""Whether an exported file is valid ONNX, keeps its batch free, and gives the module's results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import runtime
from course_utils.errors import CourseError
from course_utils.export import types

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

SIZES = (1, 2, 3, 5)


@dataclass(frozen=True)
class Batch:
    """Inputs (n, …) and the module's outputs for them."""

    given: list[Tensor]
    wanted: list[np.ndarray]

    @property
    def size(self) -> int:
        return len(self.given[0])


def inputs(example: Any, path: Path) -> tuple[Tensor, ...]:
    """Return ``example`` as a tuple of tensors with one batch size, copied: an exporter takes one given twice for one.

    Raises:
        CourseError: it is something else.
    """
    import torch

    tensors = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    if not tensors or not all(isinstance(tensor, torch.Tensor) for tensor in tensors):
        raise CourseError(f"{path}: the example must be a tensor, or a tuple of tensors, one for each input.")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len({shape[:1] for shape in shapes}) > 1 or not shapes[0] or not shapes[0][0]:
        named = ", ".join(map(str, shapes))
        raise CourseError(f"{path}: inputs of shapes {named}; axis 0 of each must be the same batch, of 1 or more.")
    return tuple(tensor.detach().clone() for tensor in tensors)


def references(model: nn.Module, example: tuple[Tensor, ...], path: Path) -> list[Batch]:
    """Return the module's results on the example, then on drawn batches of other sizes.

    Values are drawn from the example's own range, so that labels stay labels; each batch comes with its mirror
    image in that range, so that a decision on a sign meets both sides.

    Raises:
        CourseError: the module fails, or returns something that is no tensor.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    batches = [Batch(list(example), _outputs(model, example, path))]
    for size in [size for size in SIZES if size != len(example[0])][:3]:
        drawn = [_draw(tensor, size, generator) for tensor in example]
        for given in ([first for first, _ in drawn], [mirror for _, mirror in drawn]):
            batches.append(Batch(given, _outputs(model, given, path, known=len(example[0]))))
    return batches


def well_formed(half: Path, path: Path, names: list[str], opset: int | None) -> None:
    """Check the file, its inputs' names, that axis 0 of each has no fixed size, and the opset.

    Raises:
        CourseError: one of these does not hold.
    """
    import onnx

    try:
        onnx.checker.check_model(half, full_check=True)
    except Exception as error:
        raise CourseError(f"{path}: the exported graph is no valid ONNX ({_line(error)}).") from error
    graph = onnx.load(half)
    written = next(entry.version for entry in graph.opset_import if entry.domain in ("", "ai.onnx"))
    if opset not in (None, written):
        raise CourseError(f"{path}: opset {opset} was asked for, and only {written} can be written; ask for that.")
    if lost := [name for name in names if name not in {given.name for given in graph.graph.input}]:
        raise CourseError(
            f"{path}: the graph does not read {', '.join(lost)}; forward() does not use it, or takes it out of PyTorch"
            " (NumPy, tolist), where no exporter can follow."
        )
    for given in graph.graph.input:
        axis = given.type.tensor_type.shape.dim[0]
        if axis.HasField("dim_value"):
            raise CourseError(
                f"{path}: the batch size of {given.name} cannot vary, because forward() decides something on it and"
                f" the graph keeps the decision for {axis.dim_value}; do the same for every batch size."
            )


def agrees(
    model: nn.Module, half: Path, path: Path, batches: list[Batch], *, tolerance: float, frozen: str = ""
) -> None:
    """Compare the file with the module, in ONNX Runtime with its optimizations off: the graph as it was written.

    Args:
        frozen: a place that is the likely cause of a difference.

    Raises:
        CourseError: the file fails on a batch, or differs by more than ``tolerance``.
    """
    session = runtime.session(half, optimize="disabled")
    names = [given.name for given in session.get_inputs()]
    cause = f"tracing froze a value of Python at {frozen}, so keep it in tensors" if frozen else ""
    for batch in batches:
        feed = {name: tensor.cpu().numpy() for name, tensor in zip(names, batch.given, strict=True)}
        try:
            found = session.run(None, feed)
        except Exception as error:
            why = cause or _line(error)
            raise CourseError(
                f"{path}: the exported graph fails with a batch of {batch.size}, where the module works ({why});"
                " take the batch size from x.shape[0]."
            ) from error
        gap = max(map(_difference, found, batch.wanted))
        if gap > tolerance:
            why = cause or _cause(model, batch, path, rounding=gap <= 1e-2)
            raise CourseError(
                f"{path}: the exported graph gives other results (a difference of {gap:.2g}, more than {tolerance:g},"
                f" with a batch of {batch.size}): {why}."
            )


def _difference(got: np.ndarray, wanted: np.ndarray) -> float:
    """Largest difference, as a share of the largest finite value wanted (at least of 1); equal NaNs agree."""
    import numpy as np

    if got.shape != wanted.shape:
        return np.inf
    got, wanted = got.astype(np.float64), wanted.astype(np.float64)
    if not wanted.size:
        return 0.0
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        gap = np.nan_to_num(np.where(same, 0.0, np.abs(got - wanted)), nan=np.inf)
    return float(gap.max() / max(1.0, np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0)))


def _cause(model: nn.Module, batch: Batch, path: Path, *, rounding: bool) -> str:
    again = _outputs(model, batch.given, path)
    if any(_difference(one, other) > 0 for one, other in zip(again, batch.wanted, strict=True)):
        return "forward() gives another result each time, so it draws random numbers or keeps a state; make both inputs"
    if rounding:
        return "so little may be rounding, above all in half precision; allow it with a larger tolerance if it is"
    return "a graph keeps as a constant what forward() computes in Python or NumPy, so compute it with tensors"


def _outputs(model: nn.Module, given: Any, path: Path, known: int = 0) -> list[np.ndarray]:
    import torch

    try:
        with torch.no_grad():
            returned = model(*given)
    except Exception as error:
        works = f"works with a batch of {known} and " if known else ""
        raise CourseError(
            f"{path}: forward() {works}fails with a batch of {len(given[0])} ({_line(error)});"
            f" {'take the batch size from x.shape[0]' if known else 'give an example that the module takes'}."
        ) from error
    tensors = returned if isinstance(returned, (tuple, list)) else [returned]
    if not tensors or not all(isinstance(tensor, torch.Tensor) for tensor in tensors):
        raise CourseError(
            f"{path}: forward() must return a tensor or a tuple of tensors; wrap the module in one that does."
        )
    types.must_be_in_numpy(tensors, path)
    return [tensor.detach().cpu().numpy() for tensor in tensors]


def _draw(tensor: Tensor, size: int, generator: Any) -> tuple[Tensor, Tensor]:
    import torch

    shape = (size, *tensor.shape[1:])
    if tensor.dtype is torch.bool or not tensor.numel():
        drawn = torch.randint(0, 2, shape, generator=generator).to(tensor)
        return drawn, drawn == 0 if tensor.dtype is torch.bool else drawn
    low, high = map(float, tensor.double().aminmax())
    if tensor.is_floating_point():
        if low == high:  # zeros or ones tell nothing of the range
            low, high = low - 1, high + 1
        drawn = low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)
    else:
        drawn = torch.randint(int(low), int(high) + 1, shape, generator=generator).double()
    return drawn.to(tensor), (low + high - drawn).to(tensor)


def _line(error: Exception) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return text.rstrip(".")[:200]
