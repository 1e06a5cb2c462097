"""PyTorch module → one ONNX file that has been checked."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.export import checks, failures, types
from course_utils.files import replacing
from course_utils.quiet import quiet

if TYPE_CHECKING:
    from torch import Tensor, nn

PROTOBUF_LIMIT = 2**31  # bytes


def to_onnx(
    model: nn.Module,
    example: Tensor | Sequence[Tensor],
    path: str | os.PathLike,
    *,
    opset: int | None = None,
    tolerance: float = 1e-4,
) -> Path:
    """Write ``model`` as one ONNX file, weights inside, with PyTorch's exporter (the one built on ``torch.export``).

    Inputs are named after the parameters of ``forward()``; the output is ``output`` (several: ``output_0``, …), or
    ``output_`` where an input is called so.
    Axis 0 of every input is the batch and stays free. The model is exported in eval mode and gets its own mode back.
    The file appears only once ``onnx.checker`` accepts it and ONNX Runtime gives the module's results with it for
    batch sizes other than the example's.

    Args:
        example: one tensor (batch, …) for each input; its values set the range that the comparison draws from.
        opset: version of the ONNX operators (default: the exporter's).
        tolerance: largest difference allowed, as a share of the module's largest output (at least of 1).
            Half precision needs about 1e-2.

    Returns:
        ``path``.

    Raises:
        CourseError: a control flow the exporter cannot follow, an operator that ONNX lacks, a batch that cannot
            vary, numbers in bfloat16, a folder that cannot be written, results that differ. Whatever was at ``path``
            is still there.
    """

    def write(half: Path, inputs: list[str], outputs: list[str], tensors: tuple[Tensor, ...]) -> None:
        import torch

        axes = tuple({0: torch.export.Dim("batch")} for _ in tensors)
        program = torch.onnx.export(
            model,
            tensors,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=(axes,) if _starred(model) else axes,
            opset_version=opset,
            verbose=False,
        )
        program.save(half, external_data=False)

    return _export(model, example, path, write, opset=opset, tolerance=tolerance)


def to_onnx_torchscript(
    model: nn.Module,
    example: Tensor | Sequence[Tensor],
    path: str | os.PathLike,
    *,
    opset: int | None = None,
    tolerance: float | None = 1e-4,
) -> Path:
    """Write what the older exporter records: the operators of one traced call, BatchNormalization still among them.

    For reading and rewriting graphs; ``to_onnx`` is the way out of PyTorch. Nothing is folded or fused. A trace
    freezes every decision that Python takes: the comparison finds that out, as far as its batches reach.

    Args:
        example, opset: as for ``to_onnx``.
        tolerance: as for ``to_onnx``; None writes the graph uncompared, frozen branches and all.

    Returns:
        ``path``.

    Raises:
        CourseError: as for ``to_onnx``.
    """

    def write(half: Path, inputs: list[str], outputs: list[str], tensors: tuple[Tensor, ...]) -> None:
        import torch

        torch.onnx.export(
            model,
            tensors,
            half,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in (*inputs, *outputs)},
            opset_version=opset,
        )

    return _export(model, example, path, write, opset=opset, tolerance=tolerance)


def _export(
    model: nn.Module,
    example: Any,
    path: str | os.PathLike,
    write: Callable[[Path, list[str], list[str], tuple[Tensor, ...]], None],
    *,
    opset: int | None,
    tolerance: float | None,
) -> Path:
    import torch

    path = Path(path)
    if not isinstance(model, torch.nn.Module):
        raise CourseError(f"{path}: a {type(model).__name__} cannot be exported; give a torch.nn.Module.")
    weights = sum(tensor.numel() * tensor.element_size() for tensor in (*model.parameters(), *model.buffers()))
    if weights >= PROTOBUF_LIMIT:
        size = f"{weights / 1e9:.1f} GB"
        raise CourseError(f"{path}: {size} of weights, more than the 2 GB of one ONNX file; export it in parts.")
    tensors = checks.inputs(example, path)
    types.must_be_in_numpy((*model.parameters(), *model.buffers(), *tensors), path)
    with _replacing(path) as half, _in_eval_mode(model):
        batches = checks.references(model, tensors, path)
        names = _input_names(model, len(tensors))
        outputs = _output_names(len(batches[0].wanted), names)
        with quiet() as warned:
            try:
                write(half, names, outputs, tensors)
            except Exception as error:
                raise failures.explained(error, path) from error
        checks.well_formed(half, path, names, opset)
        if tolerance is not None:
            frozen = failures.frozen(warned)
            checks.agrees(model, half, path, batches, tolerance=tolerance, frozen=frozen)
    return path


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    try:
        with replacing(path, suffix=".onnx") as half:
            yield half
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> CourseError:
    return CourseError(f"{path}: cannot be written ({error.strerror}); choose a file in a folder of yours.")


@contextmanager
def _in_eval_mode(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _input_names(model: nn.Module, count: int) -> list[str]:
    parameters = list(inspect.signature(model.forward).parameters)
    if _starred(model):
        return [f"{parameters[0]}_{place}" for place in range(count)]
    return parameters[:count]


def _output_names(count: int, taken: list[str]) -> list[str]:
    stem, names = "output", list(taken)
    while set(names).intersection(taken):
        names = [stem] if count == 1 else [f"{stem}_{place}" for place in range(count)]
        stem += "_"
    return names


def _starred(model: nn.Module) -> bool:
    kinds = [parameter.kind for parameter in inspect.signature(model.forward).parameters.values()]
    return kinds[:1] == [inspect.Parameter.VAR_POSITIONAL]
