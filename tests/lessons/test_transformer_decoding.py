"""What lesson 15 tests with: drawn weights, matrices made of codes, drafts and targets, and what goes along."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import expect
from course_utils.lessons import transformer_decoding as lesson
from course_utils.lessons.transformer_decoding import exporting, instead
from course_utils.sums import END

pytestmark = pytest.mark.usefixtures("folder")


def test_importing_it_imports_neither_torch_nor_matplotlib():
    code = "import sys, course_utils.lessons.transformer_decoding; print({'matplotlib', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_this_lessons_answers_rest_and_its_folder_is_emptied_once(folder):
    (folder / "work15").mkdir()
    (folder / "work15" / "old").touch()
    lesson.begin()
    path = lesson.new_path("new.onnx")
    path.touch()
    lesson.begin()
    assert path.exists() and not (folder / "work15" / "old").exists()
    for call in (instead.attention, instead.quantize_groups, instead.dequantize_groups, instead.decode_intensity):
        with pytest.raises(Exception, match=r"exercise 15\."):
            call()
    with pytest.raises(Exception, match=r"exercise 15\.2"):
        exporting.export_cached(None, path)


def test_every_drawn_weight_shows_in_the_scores():
    params = lesson.drawn_params(np.random.default_rng(0), layers=2, heads=2, width=4)
    scores, _ = lesson.whole([1, 2, 3], params)
    assert scores.shape == (3, 5)
    for name in params["layers"][1]:
        other = copy.deepcopy(params)
        other["layers"][1][name] *= 1.5
        assert np.abs(lesson.whole([1, 2, 3], other)[0] - scores).max() > 1e-3, name
    moved = lesson.with_place(params, 2, 0)
    assert (moved["places"][2] == params["places"][0]).all() and (params["places"][2] != params["places"][0]).any()
    assert np.abs(lesson.whole([1, 2, 3], moved)[0][-1] - scores[-1]).max() > 1e-3


@pytest.mark.parametrize(("rows", "columns", "group"), [(1, 1, 2), (3, 7, 4), (2, 8, 4), (2, 33, 16), (4, 2, 8)])
@pytest.mark.parametrize("bits", [2, 3, 4])
def test_a_matrix_of_codes_is_what_both_ways_give(rows, columns, group, bits):
    quantize, dequantize = instead.quantize_groups.__wrapped__, instead.dequantize_groups.__wrapped__
    for seed in range(5):
        drawn = lesson.drawn_matrix(np.random.default_rng(seed), rows, columns, group, bits, zeros=seed % 2 == 0)
        packed, scales = quantize(drawn.w, group, bits)
        np.testing.assert_array_equal(packed, drawn.packed)
        np.testing.assert_allclose(scales, drawn.scales, rtol=1e-5)
        np.testing.assert_allclose(dequantize(drawn.packed, drawn.scales, columns), drawn.exact, rtol=1e-6)
        assert drawn.w.shape == (rows, columns) and drawn.w.dtype == drawn.scales.dtype == np.float32
        assert (seed % 2 == 0) == bool((drawn.scales == 0).any())


def test_attention_of_the_package_is_pytorchs():
    q, k, v = np.random.default_rng(0).normal(size=(3, 2, 5, 4))
    np.testing.assert_allclose(instead.attention.__wrapped__(q, k, v), lesson.by_torch(q, k, v), rtol=1e-9)
    assert instead.attention.__wrapped__(*(each.astype(np.float32) for each in (q, k, v))).dtype == np.float32


def test_a_target_keeps_to_its_text_and_ends_off_it():
    target, calls = lesson.scripted([4, 7], [5, 6, END], beyond=[1])
    assert target([4, 7]) == [8, 5]
    assert target([4, 7, 5, 6, END]) == [8, 5, 6, END, 1]
    assert target([4, 7, 9, 6]) == [8, 5, END, END]
    assert calls == [[4, 7], [4, 7, 5, 6, END], [4, 7, 9, 6]]


def test_a_draft_guesses_by_place_and_who_turns_in_circles_is_told():
    draft, asked = lesson.guessing([4, 7], [5, 0])
    assert [draft([4, 7]), draft([4, 7, 1]), draft([4, 7, 1, 1])] == [5, 0, 0] and len(asked) == 3
    with pytest.raises(RuntimeError, match="one token at least"):
        for _ in range(1_000):
            draft([4, 7])


def test_spoiled_guesses_have_an_early_end_and_the_others_none():
    rng = np.random.default_rng(0)
    for _ in range(50):
        prompt, text = lesson.drawn_text(rng, 8)
        assert len(prompt) in (2, 3, 4) and len(text) == 8 and text.index(END) == 7
        assert lesson.spoiled(rng, text, 1.0) == text
        wrong = lesson.spoiled(rng, text, 0.0)
        assert all(one != other for one, other in zip(wrong, text, strict=True))
        assert END in lesson.spoiled(rng, text, 0.6)[:7]


def test_rounds_are_counted_and_what_leads_there_is_known():
    text = [5, 3, 8, 1, END]
    assert lesson.starts(text, text, 2) == [0, 3]
    assert lesson.starts(text, [5, 0, 8, 1, END], 2) == [0, 2]
    assert lesson.starts(text, [9] * 5, 3) == [0, 1, 2, 3, 4]
    assert lesson.starts(text, text, 0) == [0, 1, 2, 3, 4]
    guesses = [5, 0, 8, 1, END]
    assert lesson.leads([7, 5, 3, 8], [7], text, guesses, 2)  # 5 and 3 known, 8 guessed
    assert lesson.leads([7, 5, 0, 8], [7], text, guesses, 3)
    assert not lesson.leads([7, 5, 0, 8], [7], text, guesses, 1)  # three guesses
    assert not lesson.leads([5, 3], [7], text, guesses, 3)


def test_a_wandering_target_depends_on_all_before_and_ends():
    target, greedy = lesson.wandering(np.random.default_rng(0))
    answers = {tuple(greedy([one, 2, 3])) for one in range(9)}
    assert len(answers) > 4 and all(answer[-1] == END and answer.count(END) == 1 for answer in answers)
    said = target([1, 2, 3])
    assert len(said) == 3 and said[-1] == greedy([1, 2, 3])[0]
    draft = lesson.mostly(target)
    assert draft([1, 2]) == target([1, 2])[-1] and draft([1, 2, 3]) != said[-1]


def test_results_that_stay_are_no_news_and_others_are_told():
    cache = {}
    one, two = np.ones(3), np.full(3, 2.0)
    assert lesson.results_kept(lambda x: (2 * x, {"k": x + 1}), (one,), (two,)) == []
    told = lesson.results_kept(lambda x: (1, {"k": cache.setdefault(0, x)}), (one,), (two,))
    assert told and "written into" in told[-1]
    buffer = np.zeros(3)
    told = lesson.results_kept(lambda x: np.multiply(x, 2, out=buffer), (one,), (two,))
    assert told[0] == "the result of call 1 has changed by the end of all calls"


def test_what_is_allocated_is_seen_in_numpy_and_in_pytorch_and_when_it_is_kept():
    x, kept = np.ones(1_000, np.float32), []
    assert lesson.most_allocated(np.sum, x)[1] < 20_000
    assert lesson.most_allocated(lambda x: np.outer(x, x).sum(), x)[1] > 4_000_000
    assert lesson.most_allocated(lambda x: float(torch.outer(*[torch.from_numpy(x)] * 2).sum()), x)[1] >= 4_000_000

    def once(x):
        kept.append(kept[0] if kept else np.outer(x, x))
        return 1

    assert lesson.most_allocated(once, x) == (1, pytest.approx(4_000_000, rel=0.05))


def test_an_exported_decoder_steps_as_the_whole_computes(folder):
    from course_utils import decoding, runtime
    from course_utils.decoder import Decoder, parameters_of

    torch.manual_seed(0)
    model = Decoder(13, 6, width=8, layers=2, heads=2).eval()
    session = runtime.session(exporting.export_cached.__wrapped__(model, folder / "decoder.onnx"))
    params = parameters_of(model)
    cache, scores = decoding.empty_cache(params), []
    for token in (3, 1, 4, 1, 5, 9):
        logits, cache = exporting._step(session, token, cache)
        scores.append(logits)
    wanted, after = decoding.whole([3, 1, 4, 1, 5, 9], params)
    expect.close(np.array(scores), wanted, "the logits", atol=1e-4)
    expect.close(cache, after, "the cache", atol=1e-4)
