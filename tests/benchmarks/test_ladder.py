"""The ladder: run for real at batch 1, and its arithmetic on samples that are known."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.hardware import processor
from course_utils.timing import Comparison, Timing

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from rungs import report as words  # noqa: E402
from rungs.measuring import Batch, single_calls  # noqa: E402
from rungs.quoted import QUOTED  # noqa: E402


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One short climb at batch 1: too short to promise a speed-up, so its exit code may be 1."""
    folder = tmp_path_factory.mktemp("ladder")
    command = [sys.executable, "ladder.py", "--batch", "1", "--seconds", "10", "--save", "--to", str(folder)]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    (written,) = folder.glob("ladder-*.json")
    return done, json.loads(written.read_text()), written


def test_every_rung_is_measured_or_says_why_not(run):
    done, report, _ = run
    measured = {rung["name"] for rung in report["rungs"]}
    missing = {row["runtime"] for row in report["not_measured"]}
    assert len(measured | missing) == 27 and not measured & missing
    assert not [row for row in report["not_measured"] if "CUDA" not in row["why"] and "compile" not in row["runtime"]]
    assert all(row["why"] for row in report["not_measured"])
    assert all(name in done.stdout for name in measured | missing)
    assert report["rungs"][0]["name"] == "PyTorch, eager"


def test_the_best_rung_keeps_the_accuracy_floor(run):
    _, report, _ = run
    best = words.best(report, 1)
    assert best["accuracy"] >= report["rungs"][0]["accuracy"] - 0.01
    ours = report | {"rungs": [rung for rung in report["rungs"] if not rung["name"].startswith(("OpenVINO", "Execu"))]}
    assert words.best(ours, 1)["name"].startswith("int8 static, U8S8")


def test_a_rung_below_the_floor_is_shown_as_failed_and_never_the_best(run):
    _, report, _ = run
    fast = {
        "batch": 1,
        "p50_ms": 0.1,
        "p95_ms": 0.1,
        "images_per_s": 1e6,
        "share": 0.5,
        "speedup": 99,
        "interval": [98, 99],
    }
    broken = report["rungs"][-1] | {"name": "broken", "accuracy": 0.698, "keeps_floor": False, "batches": [fast]}
    with_it = report | {"rungs": [*report["rungs"], broken]}
    assert words.best(with_it, 1)["name"] != "broken"
    assert words.rows(with_it, 1)[-1]["speed-up"] == "99.00 (98.00 to 99.00) FAILED: below the floor"
    shown = {row["runtime"]: "FAILED" in row["speed-up"] for row in words.rows(report, 1)}
    assert shown == {rung["name"]: rung["accuracy"] < report["floor"] for rung in report["rungs"]}


def test_the_rivals_stand_beside_ours_in_float_and_in_eight_bits(run):
    _, report, _ = run
    found = {rung["name"]: rung for rung in report["rungs"]}
    for runtime in ("OpenVINO", "ExecuTorch with XNNPACK"):
        for kind in ("float32", "int8"):
            assert found[f"{runtime}, {kind}"]["numbers"] == kind
            assert found[f"{runtime}, {kind}"]["keeps_floor"]


def test_smaller_networks_keep_the_floor_and_are_no_runtime(run):
    _, report, _ = run
    separable, cut = (rung for rung in report["rungs"] if rung["macs"] != report["macs"])
    assert [(rung["taught"], rung["keeps_floor"]) for rung in (separable, cut)] == [("09", True), ("10", True)]
    (whole,) = [rung for rung in report["rungs"] if rung["name"] == "ONNX Runtime, all"]
    assert separable["macs"] < report["macs"] / 30 and separable["size"] < 60_000
    assert cut["macs"] < 0.6 * report["macs"] and cut["size"] < 0.6 * whole["size"]
    for other in (separable, cut):
        faster = report | {"rungs": [*report["rungs"], other | {"batches": [other["batches"][0] | {"speedup": 99}]}]}
        assert words.best(faster, 1)["name"] == words.best(report, 1)["name"]


def test_every_rung_has_its_share_of_the_peak(run):
    _, report, _ = run
    assert report["macs"] == 15_786_048
    assert report["peaks"]["int8"] > report["peaks"]["float32"] > 1e9
    for rung in report["rungs"]:
        (row,) = rung["batches"]
        assert row["share"] == pytest.approx(row["images_per_s"] * rung["macs"] / report["peaks"][rung["numbers"]])
        assert 0 < row["share"] < 1.5


def test_the_numbers_come_with_the_machine_and_the_interval(run):
    _, report, _ = run
    assert report["hardware"]["cpu"] in report["hardware_line"] and report["versions"]["onnxruntime"]
    assert report["hardware"]["isa"] == list(processor().isa)
    for rung in report["rungs"][1:]:
        (row,) = rung["batches"]
        low, high = row["interval"]
        assert low <= row["speedup"] <= high
        assert 0 < row["p50_ms"] <= row["p95_ms"] and row["single_calls"] >= 100
        assert rung["size"] > 0


def test_eight_bits_are_smaller_and_half_floats_are_half(run):
    _, report, _ = run
    size = {rung["name"]: rung["size"] for rung in report["rungs"]}
    assert size["int8 static, U8S8"] < 0.35 * size["ONNX Runtime, all"]
    assert size["fp16"] < 0.55 * size["ONNX Runtime, all"]


def test_the_streaming_step_stands_beside_the_whole_window(run):
    done, report, _ = run
    stream = report["stream"]
    low, high = stream["interval"]
    assert list(stream["ms"]) == ["whole window", "streaming step, bound"]
    assert 1 < low <= stream["speedup"] <= high and stream["gap"] < 1e-4
    assert "with 784 times fewer multiplications" in done.stdout


def test_the_figure_is_saved_with_words_for_who_cannot_see_it(run):
    _, report, written = run
    assert written.with_suffix(".png").stat().st_size > 20_000
    assert written.stem == f"ladder-{processor().kind.lower().replace(' ', '-')}"
    assert "Speed-up over PyTorch, eager" in report["figure"] and "quoted" in report["figure"]


def test_what_is_quoted_is_named_with_its_hardware_and_never_among_the_measured(run):
    done, report, _ = run
    _, _, quoted = done.stdout.partition("Published elsewhere: other models, other hardware, quoted")
    assert "RTX 2080 Ti" in quoted and "0.52 ms" in quoted and "7.9" in quoted
    assert not {rung["name"] for rung in report["rungs"]} & {name for ladder in QUOTED for name in ladder.rungs}


def batch(**samples):
    timings = {name: Timing(name, np.asarray(ns, float)) for name, ns in samples.items()}
    return Batch(4, Comparison(timings), {name: list(ns) for name, ns in samples.items()})


def test_a_step_is_the_ratio_of_two_rungs_in_the_same_rounds():
    noise = np.linspace(1, 2, 20)  # what slows a round slows all of it
    measured = batch(first=8e6 * noise, second=4e6 * noise, third=1e6 * noise)
    assert measured.step("second", "third") == pytest.approx((4, 4, 4))
    assert measured.row("third")["speedup"] == pytest.approx(8)
    assert words.steps([measured], ["first", "second", "third"])[0]["speedup"]["4"] == pytest.approx([2, 2, 2])


def test_images_per_second_count_the_batch():
    assert batch(first=[2e6] * 8, second=[1e6] * 8).row("second")["images_per_s"] == pytest.approx(4000)


def test_single_calls_come_in_turns_and_the_first_of_a_block_is_not_kept():
    calls = []
    found = single_calls({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, block=3, turns=5)
    assert {name: len(ns) for name, ns in found.items()} == {"a": 15, "b": 15}
    assert calls.count("a") == calls.count("b") == 20
    assert all(len(set(calls[place : place + 4])) == 1 for place in range(0, 40, 4))


def test_frames_per_second_are_better_when_there_are_more():
    by_hardware = {ladder.hardware: ladder for ladder in QUOTED}
    assert by_hardware["GTX 1080"].speedup("TensorRT int8") == pytest.approx(190 / 81)
    assert by_hardware["RTX 2080 Ti"].speedup("TensorRT fp16, C++") == pytest.approx(3.13 / 0.41)
