"""The calibration reader: batches by input name, as often as wanted, and data that does not fit told at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import parser
from sample_graphs import HEAD, classifier

from course_utils.errors import CourseError
from course_utils.quantization import Reader

IMAGES = np.arange(10 * 64, dtype=np.float32).reshape(10, 1, 8, 8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    onnx.save(classifier(), tmp_path / "float.onnx")
    return tmp_path / "float.onnx"


@pytest.fixture
def two_inputs(tmp_path: Path) -> Path:
    model = parser.parse_model(f"{HEAD} g (float[n, 2] x, int64[n] index) => (float[n, 2] y) {{ y = Relu (x) }}")
    onnx.save(model, tmp_path / "two.onnx")
    return tmp_path / "two.onnx"


@pytest.fixture
def batch_of_four(tmp_path: Path) -> Path:
    model = parser.parse_model(f"{HEAD} g (float[4, 1, 8, 8] image) => (float[4, 1, 8, 8] y) {{ y = Relu (image) }}")
    onnx.save(model, tmp_path / "four.onnx")
    return tmp_path / "four.onnx"


def sizes(reader: Reader) -> list[int]:
    return [len(feed["image"]) for feed in reader]


def test_onnx_runtime_takes_it_for_its_own(path: Path):
    from onnxruntime.quantization import CalibrationDataReader

    assert isinstance(Reader(IMAGES, path), CalibrationDataReader)


@pytest.mark.parametrize("source", [IMAGES, torch.from_numpy(IMAGES), {"image": IMAGES}])
def test_arrays_come_in_batches_as_often_as_rewound(path: Path, source: object):
    reader = Reader(source, path, batch_size=4)
    for _ in range(2):
        batches = list(reader)
        assert [list(feed) for feed in batches] == [["image"]] * 3
        assert np.array_equal(np.concatenate([feed["image"] for feed in batches]), IMAGES)
        assert (sizes(reader), reader.get_next()) == ([], None)
        reader.rewind()
    assert len(reader) == 10


def test_a_limit_ends_it_earlier(path: Path):
    reader = Reader(IMAGES, path, batch_size=4, limit=6)
    for _ in range(2):
        assert (sizes(reader), len(reader)) == ([4, 2], 6)
        reader.rewind()
    loader = torch.utils.data.DataLoader(torch.from_numpy(IMAGES), batch_size=4)
    assert sizes(Reader(loader, path, limit=5)) == [4, 4]


def test_a_loader_with_labels_is_read_again_and_again(path: Path):
    labelled = torch.utils.data.TensorDataset(torch.from_numpy(IMAGES), torch.arange(10))
    reader = Reader(torch.utils.data.DataLoader(labelled, batch_size=4), path)
    for _ in range(2):
        batches = list(reader)
        assert np.array_equal(np.concatenate([feed["image"] for feed in batches]), IMAGES)
        reader.rewind()
    with pytest.raises(TypeError, match="does not know how many"):
        len(reader)


def test_several_inputs_come_by_name(two_inputs: Path):
    source = {"x": np.ones((5, 2), np.float32), "index": np.arange(5)}
    feeds = list(Reader(source, two_inputs, batch_size=3))
    assert [feed["index"].tolist() for feed in feeds] == [[0, 1, 2], [3, 4]]
    with pytest.raises(CourseError, match="different numbers of examples"):
        Reader({"x": source["x"], "index": np.arange(4)}, two_inputs)
    with pytest.raises(CourseError, match="several inputs"):
        Reader(source["x"], two_inputs)


def test_a_model_with_a_fixed_batch_gets_it(batch_of_four: Path):
    assert sizes(Reader(IMAGES[:8], batch_of_four, batch_size=4)) == [4, 4]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (IMAGES.astype(np.float64), r"input 'image' is float64; convert it with \.astype\(np\.float32\)"),
        (IMAGES[:, 0], r"of shape \(10, 8, 8\); the model takes float32 \(any, 1, 8, 8\)"),
        (IMAGES[:0], "input 'image' is empty"),
        ({"input": IMAGES}, "the inputs given are 'input'; the model's are 'image'"),
        (IMAGES * np.nan, "input 'image' is not finite"),
        (iter([IMAGES]), "cannot be read twice; give an array"),
        (7, "a int cannot be read twice"),
    ],
)
def test_data_that_does_not_fit_is_told_at_once(path: Path, source: object, said: str):
    with pytest.raises(CourseError, match=said) as error:
        Reader(source, path)
    assert str(error.value).startswith("Reader for ")


@pytest.mark.parametrize(
    ("loader", "said"),
    [
        ([], "the loader has no batches"),
        ([(IMAGES.astype(np.float64), 0)], "is float64"),
        ([IMAGES, IMAGES[:, :, 1:]], "of shape"),
    ],
)
def test_a_loader_that_does_not_fit_is_told_where_it_is_read(path: Path, loader: list, said: str):
    reader = Reader(loader, path)
    with pytest.raises(CourseError, match=said):
        list(reader)


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"limit": 0}])
def test_numbers_below_one_are_refused(path: Path, wrong: dict):
    with pytest.raises(CourseError, match="must be at least 1"):
        Reader(IMAGES, path, **wrong)
