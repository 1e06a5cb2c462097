"""Engines loaded and run: needs a GPU, and is named as not run where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import small_models

from course_utils import runtime, tensorrt
from course_utils.errors import CourseError

pytestmark = pytest.mark.gpu
FEED = {"x": np.linspace(-1, 1, 5 * 8, dtype=np.float32).reshape(5, 8)}


@pytest.fixture
def path(tmp_path):
    return small_models.write(small_models.DENSE, tmp_path / "dense.onnx", z="product", y="bend")


@pytest.fixture
def engine(path):
    return tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, tensorrt.HERE).engine


@pytest.mark.parametrize("pinned", [True, False])
def test_it_gives_what_onnx_runtime_gives(path, engine, pinned):
    loaded = tensorrt.load(engine, pinned=pinned)
    wanted = runtime.session(path).run(None, FEED)[0]
    for _ in range(2):
        np.testing.assert_allclose(loaded.run(FEED)["y"], wanted, rtol=1e-2, atol=1e-3)  # TF32 where the GPU has it
    assert loaded.run({"x": FEED["x"][:2]})["y"].shape == (2, 4)
    assert all(value >= 0 for value in loaded.milliseconds.values())


def test_shapes_outside_the_profile_are_refused(engine):
    loaded = tensorrt.load(engine)
    with pytest.raises(CourseError, match=r"has shape \(17, 8\), and the engine takes \(1, 8\) to \(16, 8\)"):
        loaded.run({"x": np.zeros((17, 8), np.float32)})
    with pytest.raises(CourseError, match="needs an input 'x'"):
        loaded.run({})


def test_an_engine_of_another_gpu_is_refused(path):
    import torch

    here = "SM{}{}".format(*torch.cuda.get_device_capability())
    other = next(name for name in tensorrt.targets() if name not in (here, "SM75"))
    engine = tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, other).engine
    with pytest.raises(CourseError, match="built for another GPU than the one here"):
        tensorrt.load(engine)


def test_the_inspector_tells_the_layers_that_the_log_tells(path):
    made = tensorrt.build(path, {"x": small_models.DENSE_SHAPES}, tensorrt.HERE)
    told = tensorrt.load(made.engine).layers()
    assert {layer["Name"] for layer in told} >= {layer.name for layer in made.layers if layer.works}


def test_the_cache_builds_for_the_gpu_that_is_here(path, tmp_path):
    cache = tensorrt.EngineCache(tmp_path / "cache")
    first = cache.engine(path, {"x": small_models.DENSE_SHAPES})
    assert cache.engine(path, {"x": small_models.DENSE_SHAPES}) == first
    assert tensorrt.load(first).run(FEED)["y"].shape == (5, 4)
