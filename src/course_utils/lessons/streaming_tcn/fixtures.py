"""What the tests of 11.7 and 11.8 hand to a student's function, and how they read the file that comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect, runtime, streaming
from course_utils.lessons.streaming_tcn.folder import new_path

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort

    from course_utils.tcn import TCN

Ends = dict[str, list[int]]

# Two channels of scores: the sample before the last one, and the sum of all so far.
DELAY_AND_SUM = """<ir_version: 8, opset_import: ["" : 17]>
delay_and_sum (float[1,1,1] state_1, float[1,1,1] sample, float[1,1,2] state_0)
  => (float[1,1,2] next_state_0, float[1,2,1] scores, float[1,1,1] next_state_1)
<int64[1] zero = {0}, int64[1] one = {1}, int64[1] two = {2}, int64[1] three = {3}> {
  seen = Concat<axis=2>(state_0, sample)
  oldest = Slice(seen, zero, one, two)
  next_state_0 = Slice(seen, one, three, two)
  next_state_1 = Add(state_1, sample)
  scores = Concat<axis=1>(oldest, next_state_1)
}"""

# One score of two channels: their sum. There is nothing to remember.
SUM_OF_CHANNELS = """<ir_version: 8, opset_import: ["" : 17]>
sum_of_channels (float[1,2,1] sample) => (float[1,1,1] scores) <int64[1] channels = {1}> {
  scores = ReduceSum(sample, channels)
}"""

# One score: the sum of all so far, and the sample before this one once more, times a factor. One of its states has no
# numbers.
SUM_AND_LAST = """<ir_version: 8, opset_import: ["" : 17]>
sum_and_last (float[1,1,0] state_1, float[1,1,1] sample, float[1,1,1] state_2, float[1,1,1] state_0)
  => (float[1,1,1] next_state_2, float[1,1,0] next_state_1, float[1,1,1] scores, float[1,1,1] next_state_0)
<float[1] factor = {FACTOR}> {
  next_state_0 = Add(state_0, sample)
  next_state_1 = Identity(state_1)
  next_state_2 = Identity(sample)
  sum = Add(next_state_0, state_2)
  scores = Mul(sum, factor)
}"""


def drawn_tcn(
    rng: np.random.Generator,
    c_in: int = 1,
    classes: int = 3,
    width: int = 4,
    kernel: int = 3,
    dilations: Sequence[int] = (1, 2),
) -> TCN:
    """Return a TCN whose weights were drawn with ``rng``, large enough that every one of them shows."""
    import torch

    from course_utils.tcn import TCN

    model = TCN(c_in, classes, width, kernel, dilations).eval().requires_grad_(False)
    for weights in model.parameters():
        spread = 1.3 / max(1, weights[0].numel()) ** 0.5 if weights.ndim > 1 else 0.4
        weights.copy_(torch.from_numpy(rng.normal(scale=spread, size=tuple(weights.shape))))
    return model


def delay_and_sum() -> ort.InferenceSession:
    """Return a session of a small streaming file whose scores are known by hand; see ``DELAY_AND_SUM``."""
    return _parsed(DELAY_AND_SUM)


def sum_of_channels() -> ort.InferenceSession:
    """Return a session of a file without a state; see ``SUM_OF_CHANNELS``."""
    return _parsed(SUM_OF_CHANNELS)


def sum_and_last(factor: float = 1) -> ort.InferenceSession:
    """Return a session of a file with three states; see ``SUM_AND_LAST``."""
    return _parsed(SUM_AND_LAST.replace("FACTOR", f"{float(factor)}"))


def _parsed(text: str) -> ort.InferenceSession:
    import onnx

    return runtime.session(onnx.parser.parse_model(text).SerializeToString())


def whole(model: TCN, samples: np.ndarray) -> np.ndarray:
    """Return what the network gives for a whole signal (c_in, t) at once: scores (classes, t)."""
    import torch

    with torch.no_grad():
        return model(torch.from_numpy(samples)[None])[0].numpy()


def ends_of(session: ort.InferenceSession) -> tuple[Ends, Ends]:
    """Return the shapes of a session's inputs and outputs by name."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    return {end.name: list(end.shape) for end in inputs}, {end.name: list(end.shape) for end in outputs}


def numbers_in(path: Path) -> set[float]:
    """Return the numbers of a file's weights, whatever their shapes."""
    import onnx

    graph = onnx.load(path).graph
    constants = [each.t for node in graph.node for each in node.attribute if each.type == onnx.AttributeProto.TENSOR]
    arrays = map(onnx.numpy_helper.to_array, [*graph.initializer, *constants])
    return {float(number) for array in arrays for number in array.ravel()}


def spans_in(path: Path) -> list[int]:
    """Return how many samples long the outputs of a file's convolutions are, those of other lengths once each."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    lengths = {each.name: each.type.tensor_type.shape.dim for each in (*graph.value_info, *graph.output)}
    made = [lengths.get(node.output[0]) for node in graph.node if node.op_type == "Conv"]
    return sorted({dims[-1].dim_value for dims in made if dims})


def opened(export: Any, model: TCN, path: Path | str) -> ort.InferenceSession:
    """Return a session of what ``export`` wrote to a path, or to a new one of this name, optimizations off.

    Raises:
        expect.Unmet: it wrote no file there, wrote others beside it, returned something else than its path, or changed
            the weights.
    """
    path = new_path(path) if isinstance(path, str) else path
    before = {name: weights.clone() for name, weights in model.state_dict().items()}
    got = export(model, path)
    what = "export_streaming(model, path)"
    expect.close(dict(expect.after(model).state_dict()), before, f"the model's weights after {what}", atol=0)
    expect.true(path.is_file(), what, expected=f"a file {path.name}", got="no such file")
    likely = "is a `return` missing?" if got is None else "return path"
    same = isinstance(got, str | Path) and Path(got) == path
    expect.true(same, f"what {what} returns", expected=str(path), got=got, likely=likely)
    beside = sorted(each.name for each in path.parent.iterdir())
    likely = "the weights went to a second file: external_data=False keeps them inside"
    expect.equal(beside, [path.name], "the files in its folder", likely=likely)
    return runtime.session(path, optimize="disabled")


def by_names(stream: Callable[..., Any], session: ort.InferenceSession, samples: np.ndarray, what: str) -> np.ndarray:
    """Return the scores of a student's ``stream``; where ONNX Runtime refuses what it is fed, say the likely cause.

    Raises:
        expect.Unmet: it refused.
    """
    try:
        return stream(session, samples)
    except Exception as error:
        if not type(error).__module__.startswith("onnxruntime"):
            raise
        said = str(error)
    likely = "all float32; sample (1, c_in, 1); states by name, as inputs stand in any order, each shaped as its input"
    return expect.true(False, what, expected="scores", got=f"an error of ONNX Runtime: {said}", likely=likely)


def gap(session: ort.InferenceSession, model: TCN, samples: np.ndarray) -> float:
    """Return the largest difference between a streaming file's scores and the whole window's, for samples (c_in, t)."""
    return gaps(session, model, samples)[0]


def gaps(session: ort.InferenceSession, model: TCN, *signals: np.ndarray) -> list[float]:
    """Return it for each of several signals of one length, which one session streams in turns, sample by sample."""
    import numpy as np

    pushes = [streaming.bound.__wrapped__(session) for _ in signals]
    taken = [
        [push(x[None, :, t : t + 1])[0, :, 0].copy() for push, x in zip(pushes, signals, strict=True)]
        for t in range(signals[0].shape[1])
    ]
    found = np.array(taken)  # (t, signals, classes)
    return [float(np.abs(found[:, place].T - whole(model, x)).max()) for place, x in enumerate(signals)]
