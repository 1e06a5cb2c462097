"""Number types that PyTorch has and NumPy lacks: what is exported in them can be compared with nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor


def must_be_in_numpy(tensors: Iterable[Tensor], path: Path) -> None:
    """Refuse bfloat16, the 8-bit floats and the like.

    Raises:
        CourseError: a tensor of such a type.
    """
    import torch

    for kind in dict.fromkeys(tensor.dtype for tensor in tensors):
        try:
            torch.empty(0, dtype=kind).numpy()
        except TypeError as error:
            raise CourseError(
                f"{path}: it computes in {str(kind).removeprefix('torch.')}, which NumPy does not have and ONNX "
                "Runtime's CPU kernels mostly lack; export model.float(), or model.half() for 16 bits."
            ) from error
