"""A streaming file of many states, with no network in it: 11.8 is tested with it, and no exporter is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import runtime

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

LONG = 2  # samples in a state


def queues(
    rng: np.random.Generator, c_in: int, classes: int, count: int
) -> tuple[ort.InferenceSession, Callable[[np.ndarray], np.ndarray]]:
    """Return a session of a file with ``count`` states, its ends in any order, and what it gives for samples (c_in, t).

    State i keeps the last samples, i + 1 times as large and 1 more; the scores sum what leaves each, with weights of
    its own. So silence, too, leaves a trace.
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    weights = rng.normal(size=(count, classes, c_in)).astype(np.float32)
    sizes = {"sample": 1} | {f"state_{i}": LONG for i in range(count)}
    ends = {name: [1, c_in, size] for name, size in sizes.items()}
    after = {"scores": [1, classes, 1]} | {f"next_{name}": ends[name] for name in list(ends)[1:]}
    numbers: dict[str, Any] = {"zero": [0], "one": [1], "end": [LONG + 1], "time": [2]}
    numbers = {name: np.array(value, np.int64) for name, value in numbers.items()}
    numbers["more"], nodes = np.float32(1), []
    for i in range(count):
        numbers |= {f"times_{i}": np.float32(i + 1), f"weights_{i}": weights[i]}
        nodes += [
            helper.make_node("Mul", ["sample", f"times_{i}"], [f"times_sample_{i}"]),
            helper.make_node("Add", [f"times_sample_{i}", "more"], [f"new_{i}"]),
            helper.make_node("Concat", [f"state_{i}", f"new_{i}"], [f"seen_{i}"], axis=2),
            helper.make_node("Slice", [f"seen_{i}", "one", "end", "time"], [f"next_state_{i}"]),
            helper.make_node("Slice", [f"seen_{i}", "zero", "one", "time"], [f"old_{i}"]),
            helper.make_node("MatMul", [f"weights_{i}", f"old_{i}"], [f"part_{i}"]),
        ]
    nodes.append(helper.make_node("Sum", [f"part_{i}" for i in range(count)], ["scores"]))
    graph = helper.make_graph(
        nodes,
        "queues",
        *(
            [_end(helper, TensorProto.FLOAT, *list(each.items())[k]) for k in rng.permutation(len(each))]
            for each in (ends, after)
        ),
        [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])

    def wanted(samples: np.ndarray) -> np.ndarray:
        kept = [(i + 1) * samples[:, : max(0, samples.shape[1] - LONG)] + 1 for i in range(count)]
        return sum(weights[i] @ np.pad(each, ((0, 0), (LONG, 0)))[:, : samples.shape[1]] for i, each in enumerate(kept))

    return runtime.session(model.SerializeToString()), wanted


def _end(helper: Any, kind: int, name: str, shape: list[int]) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)
