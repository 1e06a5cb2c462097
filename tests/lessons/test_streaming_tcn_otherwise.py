"""What lesson 11 asks a student's function for beside it: other layouts, objects used again, draws, a second file."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch

from course_utils.lessons import streaming_tcn as lesson
from course_utils.lessons.streaming_tcn.stepping import streamed
from course_utils.streaming import export_streaming

X = np.arange(12.0).reshape(3, 4)
own = export_streaming.__wrapped__


def test_who_reads_memory_in_place_of_numbers_is_told():
    assert lesson.laid_out(lambda x, n: n * x, X, 2) == []
    told = lesson.laid_out(lambda x: x.ravel(order="K").copy(), X)
    assert told == ["another result where the numbers lie column after column"]
    told = lesson.laid_out(lambda x: x.as_strided((2, 3), (3, 1)).clone(), torch.arange(6.0).reshape(2, 3))
    assert len(told) == 2 and "in a larger array" in told[1]


def test_what_is_kept_for_an_object_shows_once_it_is_filled_anew():
    kept = {}
    assert lesson.refilled(lambda x, n: sum(x) * n, ([1, 2], 1), ([3, 4, 5], 2)) == [3, 24]
    got = lesson.refilled(lambda x: kept.setdefault(id(x), x.copy()), (X,), (-X,))
    assert np.array_equal(got[1], X)
    got = lesson.refilled(lambda x: 2 * x, (torch.ones(2),), (torch.zeros(2),))
    assert [each.tolist() for each in got] == [[2, 2], [0, 0]]


def test_results_that_lie_in_an_argument():
    assert lesson.shared(lambda x, y, n: (x + n, y[:0]), X, X, 1) == []
    told = lesson.shared(lambda x, y, n: (y, x[1:]), X, -X, 1)
    assert told == ["result 1 lies in argument 2", "result 2 lies in argument 1"]


def stitched(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


def test_the_numbers_that_one_generator_draws():
    assert set(lesson.numbers_taken(stitched, 3, 4, [7], 60)) == {0, 1, 2, 3}
    assert set(lesson.numbers_taken(stitched, 3, 4, [7], 60, "Philox")) == {0, 1, 2, 3}
    same = lesson.numbers_taken(lambda *each: stitched(*each[:3], copy.deepcopy(each[3])), 3, 4, [7], 60)
    assert len(set(same)) == 1


def test_results_that_are_not_one_and_the_end_of_the_other():
    given = X, -X - 1, 3, 7, 30
    assert lesson.misfits(stitched, *given) == []
    assert len(lesson.misfits(lambda one, other, *_: other, *given)) == 3
    assert len(lesson.misfits(lambda one, *_: one.ravel(), *given)) == 3
    turned = lesson.misfits(lambda one, *_: one.ravel(order="K").reshape(one.shape), *given)
    assert turned[0] == X.ravel(order="F").reshape(3, 4).tolist()


def test_a_file_is_written_anew_and_computes_one_output_at_a_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, path = lesson.drawn_tcn(np.random.default_rng(0), 1, 2, 2, 2, [1]), lesson.new_path("anew.onnx")
    before = copy.deepcopy(model)
    assert lesson.exported_anew(own, model, path, 5, b"a file") == []
    lesson.redraw(before, 5)
    assert set(before.blocks[0].first.weight.flatten().tolist()) <= lesson.numbers_in(path)
    assert lesson.spans_in(path) == [1]


def test_what_an_export_left_of_a_net_is_told_and_so_is_a_file_that_stayed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, path = lesson.drawn_tcn(np.random.default_rng(0), 1, 1, 1, 1, [1]), lesson.new_path("anew.onnx")

    def leaving(model, path):
        if not path.exists():
            torch.onnx.export(model, (), path)
        model.train().requires_grad_(True).note = "exported"
        model.head.bias.data += 1
        Path("copy.onnx").touch()

    told = lesson.exported_anew(leaving, model, path, 5, b"the first")
    assert path.read_bytes() == b"the first"
    named = "the attributes of its layers", "its weights", "whether it is in eval mode", "which weights are trained"
    assert told == sorted([*named, "copy.onnx was written beside the notebook"])


def test_queues_are_computed_as_their_file_does():
    session, wanted = lesson.queues(np.random.default_rng(0), 2, 3, 12)
    x = np.random.default_rng(1).normal(size=(2, 9)).astype(np.float32)
    inputs, outputs = lesson.ends_of(session)
    assert inputs["state_11"] == outputs["next_state_11"] == [1, 2, 2] and len(inputs) == len(outputs) == 13
    assert list(inputs) != sorted(inputs)

    def unwritten(*_):
        raise NotImplementedError

    assert np.allclose(streamed(unwritten, session, x), wanted(x), atol=1e-4)
