"""What a vandal does to a file that it is given the path of: the weights of an ONNX model become all the same."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import TensorProto


def wreck_file(path: str | Path, fill: int | None) -> bool:
    """Overwrite the model's weights with ``fill``; say whether there were any.

    Args:
        fill: None to look only.
    """
    with suppress(OSError, ValueError):  # text that is no path, or too long for one
        if Path(path).is_file():
            return _wreck_model(Path(path), fill)
    return False


def _wreck_model(path: Path, fill: int | None) -> bool:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError:
        return False
    weights = [each for each in model.graph.initializer if _is_float_inside(each)]
    if weights and fill is not None:
        for each in weights:
            array = onnx.numpy_helper.to_array(each)
            each.CopyFrom(onnx.numpy_helper.from_array(np.full_like(array, fill), each.name))
        onnx.save(model, path)
    return bool(weights)


def _is_float_inside(tensor: TensorProto) -> bool:
    from onnx import TensorProto

    floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)
    return tensor.data_type in floats and tensor.data_location != TensorProto.EXTERNAL
