"""NumPy arrays and numbers, and torch tensors, as their type, shape and bytes."""

from __future__ import annotations

import functools
import sys
from typing import Any

import msgpack
import numpy as np

ARRAY, SCALAR, TENSOR, PARAMETER, SIZE, ORT_VALUE = *range(8, 13), 16  # the codec's
KINDS_OF_ARRAYS = {ARRAY, SCALAR, TENSOR, PARAMETER, SIZE, ORT_VALUE}
KINDS = "biufcUS"
LARGEST = 64_000_000  # bytes of one array
WIDEST = 4_096  # bytes of one item, for arrays of text
HEADER = 1_000  # bytes of what is said of an array
TENSORS = {"bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"}
TENSORS |= {"float16", "bfloat16", "float32", "float64", "complex64", "complex128"}


_packer = msgpack.Packer(buf_size=8_192)  # made once: it is needed for every array of every call
_pack = _packer.pack
extension = functools.partial(tuple.__new__, msgpack.ExtType)  # of a pair; unchecked, as it is needed as often


def encode(item: Any) -> msgpack.ExtType | None:
    """Return an array, a NumPy number or a tensor of a plain type as an extension; None for anything else."""
    if type(item) is np.ndarray:
        if item.dtype.kind not in KINDS or item.dtype.itemsize > WIDEST or item.dtype.metadata:
            return None
        _check_size(item.nbytes)
        by_columns = item.flags.f_contiguous and not item.flags.c_contiguous  # a transposed array stays one
        return extension((ARRAY, _pack([_header(item.dtype.str, item.shape, by_columns), item.tobytes("A")])))
    if isinstance(item, np.generic):
        plain = item.dtype.kind in KINDS and type(item) is item.dtype.type and item.dtype.itemsize <= WIDEST
        return extension((SCALAR, _pack([_header(item.dtype.str, ()), item.tobytes()]))) if plain else None
    runtime = sys.modules.get("onnxruntime")
    if runtime is not None and type(item) is runtime.OrtValue:
        plain = item.is_tensor() and item.device_name().lower() == "cpu"
        return msgpack.ExtType(ORT_VALUE, encode(item.numpy()).data) if plain else None
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if type(item) in (torch.Tensor, torch.nn.Parameter):
        return _tensor(torch, item)
    return msgpack.ExtType(SIZE, _pack(list(item))) if type(item) is torch.Size else None


def decode(kind: int, content: bytes) -> Any:
    """Return what ``encode`` made ``content`` of. Raises ValueError or TypeError where it does not fit together."""
    parts = msgpack.unpackb(content)
    if kind == SIZE:
        import torch

        return torch.Size(_shape(parts))
    if type(parts) is not list or len(parts) != 2:
        raise TypeError("no array")
    header, content = parts
    if type(header) is not bytes or type(content) is not bytes or len(header) > HEADER:
        raise TypeError("no array")
    name, shape, wants_gradient = _read(header)
    if kind == ARRAY and wants_gradient:  # said of an array, it is by columns
        return np.frombuffer(content, _dtype(name)).reshape(shape[::-1]).T.copy("A")
    if kind in (ARRAY, SCALAR, ORT_VALUE):
        array = np.frombuffer(content, _dtype(name)).reshape(shape)
        if kind == ORT_VALUE:
            return _ort_value(array)
        return array.copy() if kind == ARRAY else array[()]
    return _tensor_of(kind, name, shape, wants_gradient, content)


def _ort_value(array: np.ndarray) -> Any:
    import onnxruntime

    if array.dtype.kind not in "biuf":
        raise TypeError("no array of numbers")
    # One that has its own memory: what is made of it natively may outlive the array that lent it some.
    value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(array.shape, array.dtype.type, "cpu", 0)
    value.update_inplace(array)
    return value


def _tensor(torch: Any, item: Any) -> msgpack.ExtType | None:
    name = str(item.dtype).removeprefix("torch.")
    if name not in TENSORS or item.layout is not torch.strided or item.device.type == "meta" or item.is_quantized:
        return None
    _check_size(item.numel() * item.element_size())
    content = item.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)
    header = _header(name, tuple(item.shape), bool(item.requires_grad))
    kind = PARAMETER if type(item) is torch.nn.Parameter else TENSOR
    return extension((kind, _pack([header, content.numpy().tobytes()])))


def _tensor_of(kind: int, name: str, shape: tuple[int, ...], wants_gradient: bool, content: bytes) -> Any:
    import torch

    if name not in TENSORS:
        raise ValueError(f"no plain type: {name[:20]!r}")
    dtype = getattr(torch, name)
    flat = torch.frombuffer(bytearray(content), dtype=dtype) if content else torch.empty(0, dtype=dtype)
    tensor = flat.reshape(shape)
    if kind == PARAMETER:
        return torch.nn.Parameter(tensor, requires_grad=wants_gradient)
    return tensor.requires_grad_() if wants_gradient else tensor


# Types and shapes are few, and the same ones come thousands of times.
@functools.lru_cache(maxsize=256)
def _header(name: str, shape: tuple[int, ...], wants_gradient: bool = False) -> bytes:
    return msgpack.packb([name, list(shape), wants_gradient])


@functools.lru_cache(maxsize=256)
def _read(header: bytes) -> tuple[str, tuple[int, ...], bool]:
    parts = msgpack.unpackb(header)
    if type(parts) is not list or len(parts) != 3 or type(parts[0]) is not str or type(parts[2]) is not bool:
        raise TypeError("no array")
    return parts[0], _shape(parts[1]), parts[2]


@functools.lru_cache(maxsize=64)
def _dtype(name: str) -> np.dtype:
    dtype = np.dtype(name)
    if dtype.kind not in KINDS or dtype.itemsize > WIDEST or dtype.str != name or not dtype.itemsize:
        raise ValueError(f"no plain type: {name[:20]!r}")
    return dtype


def _check_size(count: int) -> None:
    if count > LARGEST:
        raise ValueError(f"an array of {count:,} bytes")


def _shape(sizes: Any) -> tuple[int, ...]:
    if type(sizes) is not list or len(sizes) > 32 or any(type(n) is not int or not 0 <= n < 2**40 for n in sizes):
        raise ValueError("no shape")
    return tuple(sizes)
