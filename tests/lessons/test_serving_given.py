"""What lesson 13's tests draw and read: arrays, bodies, errors, and Triton's configuration by its schema."""

from __future__ import annotations

import math
import os
import shutil

import numpy as np
import pytest

from course_utils.errors import CourseError
from course_utils.expect import Unmet
from course_utils.lessons import serving as lesson
from course_utils.lessons.serving.triton import read_config

pytest.importorskip("fastapi")


def test_an_array_that_is_written_as_it_lies_is_told():
    array = np.arange(24.0).reshape(2, 3, 4)
    assert lesson.written_as_it_lies(lambda arrays: str(arrays["x"].tolist()), array) == []
    told = lesson.written_as_it_lies(lambda arrays: str(arrays["x"].ravel(order="K").tolist()), array)
    assert told == ["column by column", "its middle axis slowest"]


def test_errors_are_told_by_name():
    assert lesson.told(int, "x")[0] == "ValueError"
    assert lesson.told(int, "7") == ["returned", "7"]


@pytest.mark.parametrize("seed", range(3))
def test_drawn_arrays_have_every_type_and_their_extremes(seed):
    arrays = lesson.drawn_arrays(np.random.default_rng(seed), [(5,), (2, 3), (), (4, 1)])
    kinds = [str(array.dtype) for array in arrays.values()]
    assert all(kinds.count(kind) >= 2 for kind in lesson.DATATYPES)
    assert any(not array.flags.c_contiguous for array in arrays.values())
    assert all(np.isfinite(array.astype(float)).all() for array in arrays.values())
    for array in arrays.values():
        assert all(each == due for each, due in lesson.pairs(array.flatten().tolist(), array))
        assert not all(each == due for each, due in lesson.pairs([], array))
    for kind in ("float16", "float32", "float64"):
        hard = arrays[f"all of {kind}"]
        with np.errstate(over="ignore"):
            assert np.isinf(hard.sum()) and np.isinf(np.ptp(hard))


def test_a_zero_without_its_sign_is_another_number():
    negative = np.array([-0.0], np.float32)
    assert [one == due for one, due in lesson.pairs([0.0], negative)] == [True, False]
    assert [one == due for one, due in lesson.pairs([-0.0], negative)] == [True, True]
    assert [one == due for one, due in lesson.pairs([2], np.array([2.0]))] == [True, True]


def test_a_copy_outlives_what_it_was_made_of_and_a_link_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def by(way):
        def model_repository(folder, model, name, most, instances):
            (folder / name / "1").mkdir(parents=True)
            way(model, folder / name / "1" / "model.onnx")

        return model_repository

    assert lesson.outlives(by(shutil.copyfile)) and not lesson.outlives(by(os.link))


def test_json_is_read_strictly():
    assert lesson.strictly('{"a": [1, 2.5]}') == {"a": [1, 2.5]}
    for text in ('{"a": NaN}', "[Infinity]", "{"):
        with pytest.raises(ValueError):
            lesson.strictly(text)
    assert math.isinf(1e999) and lesson.plain(np.int64(3)) == 3


GOOD = 'name: "12" backend: "b" max_batch_size: 4 dynamic_batching { max_queue_delay_microseconds: 5 }'


def test_triton_s_configuration_is_read_by_its_schema():
    assert read_config(f"{GOOD} instance_group [ {{ count: 2 kind: KIND_CPU }} ]") == {
        "name": "12",
        "backend": "b",
        "max_batch_size": 4,
        "dynamic_batching": {"max_queue_delay_microseconds": 5},
        "instance_group": [{"count": 2, "kind": "KIND_CPU"}],
    }
    whole = 'input [ { name: "3" data_type: TYPE_FP32 dims: [ -1, 9 ] } ] version_policy { specific { versions: 1 } }'
    found = read_config(whole)
    assert found["input"] == [{"name": "3", "data_type": "TYPE_FP32", "dims": [-1, 9]}]
    assert found["version_policy"] == {"specific": {"versions": [1]}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dynamic_batching { enabled: true }", 'no field named "enabled"'),
        ("batching { }", 'no field named "batching"'),
        ("instance_group [ { kind: CPU } ]", 'no value named "?CPU'),
        ('max_batch_size: "8"', "integer"),
        ('{"name": "x"}', "config.pbtxt"),
    ],
)
def test_what_the_schema_does_not_have_is_an_error(text, said, tmp_path):
    with pytest.raises(CourseError, match=said):
        read_config(text)
    path = tmp_path / "config.pbtxt"
    path.write_text(text)
    with pytest.raises(Unmet, match=f"Not yet: the configuration of mine\n.*\n  got .*{said}"):
        lesson.configured(path, "mine")
