"""The preset that fits a processor, and what is said of one that does not: 16-bit sums of bytes saturate, silently."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
from awkward_models import extreme
from onnx import numpy_helper

from course_utils import hardware
from course_utils.hardware import Processor
from course_utils.quantization import PRESETS, QuantizationWarning, Reader, for_this_cpu, moved, quantize
from course_utils.quantization.choosing import ill_suited
from course_utils.quantization.comparing import MUCH

WITH = Processor("new", "x86-64", ("avx2", "avx512_vnni"))
WITHOUT = Processor("old", "x86-64", ("avx2",))
ARM = Processor("phone", "ARM", ("asimddp",))
OLD_ARM = Processor("old phone", "ARM", ())
X = np.random.default_rng(0).uniform(0.5, 1, size=(64, 32)).astype(np.float32)


@pytest.mark.parametrize(
    ("cpu", "static", "dynamic", "reason"),
    [
        (WITH, "cpu_int8", "dynamic_gemm", "x86-64 with VNNI adds products of bytes in 32 bits"),
        (
            WITHOUT,
            "cpu_int8_without_vnni",
            "dynamic_gemm_without_vnni",
            "x86-64 without VNNI adds two products of bytes in 16 bits, which saturate",
        ),
        (ARM, "cpu_int8", "dynamic_gemm", "ARM with dot product adds products of bytes in 32 bits"),
        (OLD_ARM, "cpu_int8", "dynamic_gemm", "so nothing saturates"),
    ],
)
def test_the_preset_that_fits_says_why(cpu: Processor, static: str, dynamic: str, reason: str):
    for calibrated, name in ((True, static), (False, dynamic)):
        chosen = for_this_cpu(cpu, calibrated=calibrated)
        assert (chosen.name, chosen.calibrated) == (name, calibrated)
        assert reason in chosen.reason and chosen.reason.endswith(PRESETS[name].reason)
        assert chosen.settings() == PRESETS[name].settings()
        assert not ill_suited(chosen, cpu)


@pytest.mark.parametrize(("name", "fits"), [(n, f"{n}_without_vnni") for n in ("cpu_int8", "dynamic_gemm")])
def test_the_wrong_preset_is_told_with_the_one_that_fits(name: str, fits: str):
    said = ill_suited(PRESETS[name], WITHOUT)
    assert said.startswith(f"preset {name} on this processor: x86-64 without VNNI adds two products")
    assert f"take {fits}, or run the file where there is VNNI." in said
    assert not ill_suited(PRESETS[name], WITH) and not ill_suited(PRESETS[name], ARM)
    assert not ill_suited(PRESETS["tensorrt_int8"], WITHOUT), "it runs on a GPU"


def test_dynamic_gemm_without_vnni_has_weights_of_seven_bits(tmp_path: Path):
    path, largest = extreme(tmp_path / "float.onnx"), {}
    for name in ("dynamic_gemm", "dynamic_gemm_without_vnni"):
        with warnings.catch_warnings(record=True):  # where there is no VNNI, the first is told to be wrong
            out = quantize(path, tmp_path / "q.onnx", name)
        weights = [numpy_helper.to_array(each) for each in onnx.load(out).graph.initializer if len(each.dims) > 1]
        largest[name] = max(int(np.abs(each.astype(int)).max()) for each in weights)
    assert largest["dynamic_gemm"] >= 126 and largest["dynamic_gemm_without_vnni"] <= 64


@pytest.mark.isa
@pytest.mark.parametrize("calibrated", [True, False])
def test_the_preset_that_fits_is_right_here(tmp_path: Path, calibrated: bool, recwarn: pytest.WarningsRecorder):
    path = extreme(tmp_path / "float.onnx")
    out = quantize(path, tmp_path / "q.onnx", for_this_cpu(calibrated=calibrated), Reader(X, path))
    difference = moved(path, out, {"x": X})
    assert difference.here < 0.02 and difference.meant < 0.02
    assert not recwarn.list


@pytest.mark.isa
@pytest.mark.parametrize("name", ["cpu_int8", "dynamic_gemm"])
def test_eight_bit_weights_are_told_where_they_saturate_and_only_there(tmp_path: Path, name: str):
    path = extreme(tmp_path / "float.onnx")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = quantize(path, tmp_path / "q.onnx", name, Reader(X, path))
    difference = moved(path, out, {"x": X})
    if name == "cpu_int8":  # in Q/DQ; the dynamic one is written in integer operators
        assert difference.meant < 0.02, "what the file means is the same everywhere"
    if hardware.processor().saturates:
        assert difference.here > MUCH
        assert {each.category for each in caught} == {QuantizationWarning}
        assert {each.filename for each in caught} == {__file__}, "at the line that asked for it"
        first, second = (str(each.message) for each in caught)
        assert f"preset {name} on this processor" in first
        assert f"sums saturate on this processor: preset {name}_without_vnni fits it." in second
    else:
        assert difference.here < 0.02 and not caught
