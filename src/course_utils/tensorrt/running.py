"""Engines loaded and run, where a GPU is.

Written against TensorRT's documentation of ``IRuntime``, ``ICudaEngine`` and ``IExecutionContext``, on a machine
without a GPU: whatever needs one here is not measured. The tests marked ``gpu`` run it where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.tensorrt import refusals
from course_utils.tensorrt.choosing import library
from course_utils.tensorrt.listening import listening, logger

if TYPE_CHECKING:
    import numpy as np

TORCH_TYPES = {"FLOAT": "float32", "HALF": "float16", "INT8": "int8", "UINT8": "uint8"}
TORCH_TYPES |= {"INT32": "int32", "INT64": "int64", "BOOL": "bool"}


def gpu() -> str:
    """Return the name of the GPU that engines would run on; empty where there is none that PyTorch can use."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def load(engine: bytes, *, pinned: bool = True, trt: Any = None) -> Engine:
    """Return a serialized engine, ready to run on this machine's GPU.

    Args:
        pinned: whether host buffers are page-locked, so that copies run beside other work.
        trt: the library, default ``library()``; it must be the one that built the engine.

    Raises:
        CourseError: no GPU here, another GPU's engine, another version's, or a damaged one.
        NotHere: no TensorRT here.
    """
    trt = trt or library()
    what = f"engine of {len(engine):,} bytes"
    with listening() as heard:
        runtime = trt.Runtime(logger(trt))
        if hasattr(runtime, "get_engine_validity") and len(engine) > 0:
            runtime.get_engine_validity(engine)  # logs whose version it is, on a machine without a GPU, too
        opened = runtime.deserialize_cuda_engine(engine)
    if opened is None:
        raise refusals.of_loading([text for severity, text in heard.messages if severity != "VERBOSE"], what)
    return Engine(runtime, opened, trt, pinned)


class Engine:
    """An engine with an execution context, a stream and buffers of its own; made by ``load``. Not for two threads."""

    def __init__(self, runtime: Any, opened: Any, trt: Any, pinned: bool) -> None:
        import torch

        self._runtime, self._engine, self._trt, self._pinned = runtime, opened, trt, pinned
        with listening() as heard:
            self._context = opened.create_execution_context()  # TensorRT-RTX finishes its kernels here
        if self._context is None:
            raise refusals.of_loading(heard.errors(), "engine")
        self._stream = torch.cuda.Stream()
        self._host: dict[str, Any] = {}
        self._device: dict[str, Any] = {}
        names = [opened.get_tensor_name(place) for place in range(opened.num_io_tensors)]
        self.inputs = [name for name in names if opened.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
        self.outputs = [name for name in names if name not in self.inputs]
        self.milliseconds = {"to": 0.0, "run": 0.0, "back": 0.0}

    def run(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs by name; ``milliseconds`` then holds the GPU's own times: to, run, back.

        Raises:
            CourseError: an input is missing or has a shape outside the profile, or the run fails.
        """
        import torch

        for name in self.inputs:
            self._fill(name, feed)
        for name in self.outputs:
            self._room(name, tuple(self._context.get_tensor_shape(name)))
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(4)]
        with listening() as heard, torch.cuda.stream(self._stream):
            marks[0].record()
            for name in self.inputs:
                self._device[name].copy_(self._host[name], non_blocking=True)
            marks[1].record()
            done = self._context.execute_async_v3(self._stream.cuda_stream)
            marks[2].record()
            for name in self.outputs:
                self._host[name].copy_(self._device[name], non_blocking=True)
            marks[3].record()
        self._stream.synchronize()
        if not done:
            raise CourseError(f"the engine fails to run ({'; '.join(heard.errors())[:300] or 'it does not say why'}).")
        times = [start.elapsed_time(end) for start, end in pairwise(marks)]
        self.milliseconds = dict(zip(("to", "run", "back"), times, strict=True))
        return {name: self._host[name].numpy().copy() for name in self.outputs}

    def layers(self) -> list[dict[str, Any]]:
        """Return what EngineInspector tells of each layer: names and types, as ``layers`` reads from the log."""
        inspector = self._engine.create_engine_inspector()
        told = json.loads(inspector.get_engine_information(self._trt.LayerInformationFormat.JSON))
        return [layer if isinstance(layer, dict) else {"Name": layer} for layer in told["Layers"]]

    def _fill(self, name: str, feed: Mapping[str, np.ndarray]) -> None:
        import torch

        if name not in feed:
            raise CourseError(f"the engine needs an input {name!r}; it has {', '.join(self.inputs)}.")
        shape = tuple(feed[name].shape)
        low, _, high = self._engine.get_tensor_profile_shape(name, 0)
        within = len(shape) == len(tuple(low)) and all(
            a <= b <= c for a, b, c in zip(tuple(low), shape, tuple(high), strict=True)
        )
        if not within:
            raise CourseError(
                f"the input {name!r} has shape {shape}, and the engine takes {tuple(low)} to {tuple(high)}; build one "
                "with a profile that holds it."
            )
        self._context.set_input_shape(name, shape)
        self._room(name, shape)
        self._host[name].copy_(torch.from_numpy(feed[name]))

    def _room(self, name: str, shape: tuple[int, ...]) -> None:
        """Keep a buffer on each side, made anew where the shape changes, and tell the context its address."""
        import torch

        if name not in self._device or tuple(self._device[name].shape) != shape:
            told = self._engine.get_tensor_dtype(name).name
            if told not in TORCH_TYPES:
                raise CourseError(f"{name!r} has the type {told}, which NumPy lacks; build it with ends in float.")
            kind = getattr(torch, TORCH_TYPES[told])
            self._host[name] = torch.empty(shape, dtype=kind, pin_memory=self._pinned)
            self._device[name] = torch.empty(shape, dtype=kind, device="cuda")
            self._context.set_tensor_address(name, self._device[name].data_ptr())
