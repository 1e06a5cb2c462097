"""Which axis is the batch: the one that a model's inputs share; what has none is handed over as it is."""

from __future__ import annotations

from pathlib import Path

import awkward_models
import numpy as np
import pytest

from course_utils.errors import CourseError
from course_utils.quantization import Reader, batches
from course_utils.quantization.feeds import Wanted


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [
        ([("n", 3)], [0]),
        ([(None, "t")], [0]),
        ([(4, 3)], [0]),
        ([None], [0]),
        ([("n", 3), ("n",)], [0, 0]),
        ([("a", 3), ("b", 3)], [0, 0]),
        ([("batch", "t"), (2, "batch", 128), ()], [0, 1, None]),
        ([(None, None), (2, None, 128), ()], [0, 1, None]),
        ([("t", "batch", 8), (2, "batch", 4)], [1, 1]),
        ([("n", "t"), ("n", "t"), (3, "n", 2, "t", 4)], [0, 0, 1]),
        ([(1, 3, "h", "w"), (1, 1, "h", "w"), (2,)], [0, 0, None]),
        ([("n", 3, "h", "w"), (2,)], [0, None]),
        ([(), ()], [None, None]),
    ],
)
def test_the_batch_is_the_axis_that_shapes_share(shapes: list, axes: list):
    wanted = {f"x{number}": Wanted("float32", shape) for number, shape in enumerate(shapes)}
    assert list(batches.axes(wanted).values()) == axes


@pytest.mark.parametrize("text", [awkward_models.VOICE, awkward_models.UNNAMED])
@pytest.mark.parametrize("rate", [np.int64(16_000), np.array(16_000)])
def test_a_state_is_cut_along_its_second_axis_and_a_rate_is_handed_over_whole(tmp_path: Path, text: str, rate: object):
    path = awkward_models.write(text, tmp_path / "voice.onnx")
    given = {
        "x": np.random.default_rng(0).normal(size=(10, 32)).astype(np.float32),
        "state": np.random.default_rng(1).normal(size=(2, 10, 4)).astype(np.float32),
        "rate": rate,
    }
    reader = Reader(given, path, batch_size=4)
    feeds = list(reader)
    assert len(reader) == 10
    assert [feed["state"].shape for feed in feeds] == [(2, 4, 4), (2, 4, 4), (2, 2, 4)]
    assert all(isinstance(feed["rate"], np.ndarray) and feed["rate"] == 16_000 for feed in feeds)
    for name, axis in (("x", 0), ("state", 1)):
        assert np.array_equal(np.concatenate([feed[name] for feed in feeds], axis), given[name])
    assert len(list(Reader(given, path, batch_size=4, limit=4))) == 1


def test_examples_are_counted_where_they_are(tmp_path: Path):
    path = awkward_models.write(awkward_models.VOICE, tmp_path / "voice.onnx")
    given = {"x": np.zeros((10, 32), np.float32), "state": np.zeros((2, 9, 4), np.float32), "rate": np.int64(1)}
    with pytest.raises(CourseError, match=r"different numbers of examples \(x: 10, state: 9\)"):
        Reader(given, path)
    with pytest.raises(CourseError, match=r"input 'rate' is a int; give a NumPy array"):
        Reader(given | {"rate": 1}, path)
