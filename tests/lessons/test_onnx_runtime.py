"""What lesson 04 is given keeps its promises, and every figure and table is shown, with words beside it."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import time
from functools import partial, wraps

import numpy as np
import onnxruntime as ort
import pytest
import torch

from course_utils.lessons import onnx_runtime as lesson


def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    readings = [clock()]
    for _ in range(warmup + repeats):
        fn()
        readings.append(clock())
    return np.diff(np.array(readings))[warmup:]


def summarize(samples):
    median, p95, p99 = np.percentile(samples, [50, 95, 99]) / 1e6
    return {"median_ms": median, "p95_ms": p95, "p99_ms": p99, "spread": 0.5}


def paired_speedup(a, b, rounds, clock):
    ratios = [float(time_calls(a, 0, 1, clock)[0] / time_calls(b, 0, 1, clock)[0]) for _ in range(rounds)]
    return float(np.median(ratios)), min(ratios), max(ratios)


def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]


def not_written(*args, **kwargs):
    raise NotImplementedError("not written yet")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    threads = torch.get_num_threads()
    monkeypatch.chdir(tmp_path)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def net():
    return lesson.digit_net(lesson.begin())


@pytest.fixture
def example():
    return lesson.linear_model(lesson.begin() / "example.onnx", [[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0])


def is_a_picture(bundle):
    return "data:image/png;base64," in bundle["text/html"] and len(bundle["text/plain"].split()) > 5


def test_the_module_is_light():
    code = "import sys; from course_utils.lessons import onnx_runtime; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "onnx", "onnxruntime", "matplotlib"} & set(loaded)


def test_the_folder_can_be_begun_again():
    (lesson.begin() / "kept.txt").write_text("kept")
    assert (lesson.begin() / "kept.txt").read_text() == "kept"


def test_providers_that_are_missing_are_replaced(example):
    missing = lesson.missing_providers()
    assert "CPUExecutionProvider" not in missing
    assert ort.InferenceSession(example, providers=missing[:1]).get_providers() == ["CPUExecutionProvider"]


def test_a_linear_model_computes_with_its_own_names():
    path = lesson.linear_model(lesson.begin() / "named.onnx", np.eye(3)[:, :2], np.ones(2), ("image", "score"))
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.run(["score"], {"image": np.full((4, 3), 2, np.float32)})[0].tolist() == [[3.0, 3.0]] * 4


def test_a_fake_clock_moves_by_its_tasks_alone():
    clock = lesson.FakeClock(start=2**61, drift=0.5)
    first, second = clock.task([4, 8], "a"), clock.task([100], "b")
    assert clock() == clock() == 2**61
    first(), second(), first()
    assert clock() - 2**61 == 4 + 150 + 18
    assert clock.calls() == ["a", "b", "a"]


def test_a_fake_clock_without_drift_is_exact():
    clock = lesson.FakeClock(start=2**61)
    clock.task([2**53 + 1])()
    assert clock() - 2**61 == 2**53 + 1


def test_a_fake_clock_is_not_copied():
    with pytest.raises(TypeError, match="its tasks move the original"):
        pickle.dumps(lesson.FakeClock())


def test_what_is_written_is_used(capsys):
    assert lesson.sampler(time_calls) is time_calls
    assert lesson.describer(summarize) is summarize
    assert not capsys.readouterr().out


def test_what_is_not_written_is_stood_in_for(capsys):
    clock, take = lesson.FakeClock(), lesson.sampler(not_written)
    assert take(clock.task([9, 9, 1, 2, 3]), 2, 3, clock).tolist() == [1, 2, 3]
    told = lesson.describer(not_written)(np.array([1, 2, 3, 4, 5]) * 1_000_000)
    assert told == pytest.approx({"median_ms": 3, "p95_ms": 4.8, "p99_ms": 4.96, "spread": 2 / 3})
    assert re.findall(r"(\w+) is not written yet", capsys.readouterr().out) == ["time_calls", "summarize"]


def test_an_outcome_tells_errors_apart():
    assert lesson.outcome(int, "7") == ("no error", "")
    assert lesson.outcome(int, "seven")[0] == "ValueError"
    with pytest.raises(NotImplementedError):
        lesson.outcome(not_written)


def test_help_shows_what_a_decorator_leaves():
    assert lesson.shown_by_help(lambda fn: fn, "f", "Do it.") == ("f", "Do it.")
    assert lesson.shown_by_help(lambda fn: wraps(fn)(lambda: None), "f", "Do it.") == ("f", "Do it.")
    assert lesson.shown_by_help(lambda fn: partial(fn), "f", "Do it.")[0] is None


def test_a_bound_run_takes_bindings_only(example):
    x = np.ones((1, 2), np.float32)
    got, asked = lesson.bound_run(run_bound, example, x)
    assert (got.tolist(), asked) == ([[14.0, 26.0]], ["run_with_iobinding"])
    with pytest.raises(RuntimeError, match="run_with_iobinding only"):
        lesson.bound_run(lambda session, x: session.run(None, {"x": x}), example, x)
    with pytest.raises(RuntimeError, match="before run_with_iobinding"):
        lesson.bound_run(lambda session, x: session.io_binding().copy_outputs_to_cpu(), example, x)
    with pytest.raises(RuntimeError, match="before run_with_iobinding"):  # another binding's run is not its own
        lesson.bound_run(lambda session, x: [run_bound(session, x), session.io_binding().get_outputs()], example, x)


def test_both_runtimes_compute_the_same(net):
    assert float(re.search(r"at most (\S+) away", repr(net))[1]) < 1e-4
    assert [tuple(x.shape) for x in net.images.values()] == [(n, 1, 28, 28) for n in net.images]
    assert torch.get_num_threads() == 1


def test_tables_say_who_answers_and_how_long_it_took(shown, net, example):
    opened = lambda path, name: ort.InferenceSession(path, providers=[name])  # noqa: E731
    assert "CUDA" in lesson.show_providers(opened, example) or "CUDAExecutionProvider" in ort.get_available_providers()
    with pytest.raises(NotImplementedError):
        lesson.show_providers(not_written, example)
    for fn in ("eager", "runtime"):
        object.__setattr__(net, fn, _watched(getattr(net, fn)))
    assert lesson.show_timed(net.eager, net.runtime, net, summarize) < 1e-4
    assert ["asked for" in shown[0]["text/plain"], "ONNX Runtime" in shown[1]["text/plain"]] == [True, True]


def _watched(fn):
    @wraps(fn)
    def watched(x):
        return fn(x)

    watched.samples = lambda: np.array([1_000_000, 2_000_000])
    return watched


def test_pictures_are_drawn(shown, net):
    assert lesson.draw_first_calls(time_calls, net, sessions=2, calls=12) > 0
    samples = np.arange(1, 201) * 1_000
    assert lesson.draw_tail(samples, summarize(samples)) == pytest.approx(200 / 100.5)
    reach = lesson.draw_against_itself(not_written, paired_speedup, partial(net.runtime, net.images[1]), 2, 7)
    assert set(lesson.draw_sizes(paired_speedup, net, lesson.begin(), sizes=(8, 16), rounds=2)) == {8, 16}
    gains, choices = lesson.draw_throughput(lambda latency, budget: max(latency), net, rounds=2, time_limit_s=0.5)
    assert (list(gains), gains[1], choices.count(": 64")) == (list(net.images), 1, 3)
    pictures = [bundle for bundle in shown if "<img" in bundle["text/html"]]
    assert [is_a_picture(bundle) for bundle in pictures] == [True] * 5
    assert reach in pictures[2]["text/plain"]
    assert "nan" not in pictures[4]["text/plain"]


def test_other_costs_are_shown(shown, capsys, net, example):
    assert len(lesson.show_clocks(paired_speedup, time_calls, net, rounds=2, time_limit_s=0.5)) == 4
    ratios = lesson.show_conversion(net, 2, 0.5), lesson.show_binding(run_bound, net, example, 2, 0.5)
    assert min(*ratios, lesson.second_thread(time_calls, net, blocks=1)) > 0
    assert "two threads over one, 1 blocks" in capsys.readouterr().out
    assert len(shown) == 3
