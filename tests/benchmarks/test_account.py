"""The account of a profile: operators by kind, their products counted by the weights, their bytes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import account

from course_utils.profiling import _by_operator


def event(name: str, operator: str, took: int, out: list[int], moved: tuple[int, int] = (100, 50)) -> dict:
    said = {"op_name": operator, "output_type_shape": [{"uint8": out}]}
    said |= {"activation_size": str(moved[0]), "output_size": str(moved[1])}
    return {"cat": "Node", "name": f"{name}_kernel_time", "dur": took, "args": said}


WEIGHTS = {"a": (8, 4, 3, 3), "b": (16, 8, 1, 1), "d": (10, 16)}
RUNS = [
    [
        event("a", "QLinearConv", 10 + late, [1, 5, 6, 8]),
        event("b", "QLinearConv", 6, [1, 5, 6, 16]),
        event("c", "QLinearAdd", 3, [1, 5, 6, 16], (200, 100)),
        event("p", "QLinearGlobalAveragePool", 2, [1, 1, 1, 16]),
        event("d", "QGemm", 1, [1, 10]),
        {"cat": "Session", "name": "model_run", "dur": 30},
    ]
    for late in (0, 0, 40, 0)  # one was interrupted
]


def test_products_and_bytes_are_added_up_by_kind():
    found = account._by_kind(_by_operator([each for run in RUNS for each in run]), WEIGHTS)
    assert list(found)[:2] == ["convolutions, 3×3", "convolutions, 1×1"]
    assert found["convolutions, 3×3"] == {"operators": 1, "us": 10, "macs": 30 * 8 * 36, "bytes": 150 + 8 * 36}
    assert found["convolutions, 1×1"]["macs"] == 30 * 16 * 8
    assert found["additions"] == {"operators": 1, "us": 3, "macs": 0, "bytes": 300}
    assert found["the dense layer"]["macs"] == 160
    assert found["moving, pooling, in and out"]["us"] == 2


def test_a_row_says_what_the_products_alone_would_take():
    kinds = account._by_kind(_by_operator(RUNS[0]), WEIGHTS)
    (first, *_) = account.rows({"kinds": kinds, "peaks": {"int8": 8640e6}, "lanes": 64})
    assert first["operators"] == "1 convolutions, 3×3"
    assert float(first["µs at the peak"]) == pytest.approx(1.0)
    assert first["instructions, thousands"] == "0"
