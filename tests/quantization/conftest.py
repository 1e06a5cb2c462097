"""What the tests of quantization begin with: a float model, and images for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from sample_graphs import classifier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A float classifier with a residual block, as an exporter leaves it: shapes of weights noted."""
    onnx.save(classifier(), tmp_path / "float.onnx")
    return tmp_path / "float.onnx"


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(64, 1, 8, 8)).astype(np.float32)
