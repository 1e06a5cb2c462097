"""A residual block, as a model and as a file."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from sample_graphs import residual_block


@pytest.fixture
def residual() -> onnx.ModelProto:
    return residual_block()


@pytest.fixture
def file(residual: onnx.ModelProto, tmp_path: Path) -> Path:
    onnx.save(residual, tmp_path / "block.onnx")
    return tmp_path / "block.onnx"
