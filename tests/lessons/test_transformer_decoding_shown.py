"""What lesson 15 shows: every figure has words, returns what it found, and says which exercise it lacks."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from course_utils import decoding, sums, withheld
from course_utils.decoder import parameters_of
from course_utils.lessons import transformer_decoding as lesson
from course_utils.lessons.transformer_decoding import (
    attending,
    instead,
    nets,
    racing,
    roofline,
    small_weights,
    speculating,
    stepping,
)

own_attention = instead.attention.__wrapped__
quantize, dequantize = instead.quantize_groups.__wrapped__, instead.dequantize_groups.__wrapped__


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own, and nets as they were drawn, in place of ones that took seconds to train."""
    monkeypatch.chdir(tmp_path)
    net, other = (nets.new_net(nets.ADDER | {"layers": count}).eval() for count in (2, 1))
    monkeypatch.setattr(nets, "adder", lambda: net)
    monkeypatch.setattr(nets, "draft", lambda: other)
    few = sums.unseen()[:20]
    monkeypatch.setattr(sums, "unseen", lambda: few)
    yield tmp_path
    withheld.working_on(None)


def unwritten(*_):
    raise NotImplementedError("not written yet")


def matvec(packed, scales, x):
    return dequantize(packed, scales, len(x)) @ x


def speculate(draft, target, prompt, k):
    answer = []
    while len(answer) < 5:
        guesses = []
        for _ in range(k):
            guesses.append(draft([*prompt, *answer, *guesses]))
        said = target([*prompt, *answer, *guesses])[len(prompt) + len(answer) - 1 :]
        agreed = [one == other for one, other in zip(guesses, said, strict=False)]
        answer += said[: [*agreed, False].index(False) + 1]
    return answer[:5]


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


def test_what_heads_look_at_comes_from_the_function_that_is_given(capsys):
    share = lesson.draw_attention(own_attention)
    said = capsys.readouterr().out
    (words,) = pictures(said)
    assert "2 times 4 maps" in words and sums.text_of(sums.unseen()[0, :8].tolist()) in words and share.endswith("%")
    tokens = sums.tokens_of("123+456=97")
    maps = attending.weights_of(own_attention, nets.adder(), tokens)
    assert [each.shape for each in maps] == [(4, 10, 10)] * 2
    np.testing.assert_allclose(np.array(maps).sum(3), 1, atol=1e-9)
    blind = attending.weights_of(lambda q, k, v: np.zeros_like(v), nets.adder(), tokens)
    assert not np.any(blind)


def test_the_last_scores_computed_anew_are_the_wholes():
    params = parameters_of(nets.adder())
    tokens = [1, 2, 3, 4, 5]
    wanted = decoding.whole(tokens, params)[0][-1]
    np.testing.assert_allclose(stepping.last_scores(tokens, params, own_attention), wanted, atol=1e-4)


def test_a_token_without_a_cache_takes_longer(monkeypatch, capsys):
    monkeypatch.setattr(stepping, "LENGTHS", (8, 64))
    monkeypatch.setattr(stepping, "ASKED", 64)
    over = lesson.draw_with_and_without(unwritten, lambda token, cache, params: cache, rounds=6, seconds=0.3)
    said = capsys.readouterr().out
    assert over > 1 and "Exercise 15.1 is not written yet" in said
    assert len(pictures(said)) == 1 and "64 tokens:" in pictures(said)[0]


def test_a_published_models_numbers(capsys):
    lesson.show_published(
        lambda layers, heads, width, tokens, dtype_bytes, batch: (
            2 * layers * heads * width * tokens * dtype_bytes * batch
        ),
        instead.decode_intensity.__wrapped__,
    )
    said = capsys.readouterr().out
    assert "4.19" in said and "268.44" in said and "0.25" in said


def test_points_climb_the_roofline_and_15_3_may_be_missing(monkeypatch, capsys):
    monkeypatch.setattr(roofline, "SIDE", 256)
    monkeypatch.setattr(roofline, "machine", lambda: {"float32": 8e10, "int8": 2e11, "cache": 6e10, "memory": 5e9})
    ratio = lesson.draw_roofline(unwritten, rounds=6, seconds=0.5)
    said = capsys.readouterr().out
    assert ratio > 0 and "Exercise 15.3 is not written yet" in said
    assert "by tokens at once: 1: " in pictures(said)[0]


def test_small_weights_are_counted_and_put_in_place(capsys):
    right = lesson.show_quantized(quantize, dequantize)
    said = capsys.readouterr().out
    assert list(right)[:2] == ["float32", "8 bits, a scale a row"] and len(right) == 8
    assert "393,216" in said and "61,440" in said and "73,728" in said
    net = nets.new_net(nets.ADDER)
    before = net.layers[0].up.detach().clone()
    assert small_weights.replace(net, lambda w: (2 * w, w.size)) == 98_304
    torch.testing.assert_close(net.layers[0].up.detach(), 2 * before)


def test_the_product_from_codes_is_the_one_of_onnx_runtime(monkeypatch, capsys):
    drawn = lesson.drawn_matrix(np.random.default_rng(0), 24, 64, 32)
    x = np.random.default_rng(1).normal(size=64).astype(np.float32)
    got = racing.matmul_nbits(drawn.packed, drawn.scales).run(None, {"x": x[None]})[0][0]
    np.testing.assert_allclose(got, drawn.exact @ x, rtol=1e-3, atol=1e-2)
    times = lesson.draw_matvec_race(unwritten, matvec, side=128, seconds=0.5)
    said = capsys.readouterr().out
    assert set(times) == {racing.YOURS, racing.FLOAT, racing.NBITS} and "Exercise 15.4 is not written yet" in said
    assert "times as fast as NumPy" in pictures(said)[0]


def test_calls_are_saved_and_the_rule_forgets_the_carry(capsys):
    tokens = sums.tokens_of("195+716=")
    said = []
    for _ in range(5):
        said.append(speculating.without_carry([*tokens, *said]))
    assert sums.text_of(said) == "1080\n"  # 911, without carries 801
    found = lesson.draw_speculation(speculate, rounds=6, seconds=1)
    said = capsys.readouterr().out
    assert set(found) == {"rule", "model", "saved"} and found["saved"].startswith("5.00; ")
    assert "calls for a sum fall with k" in pictures(said)[0]


def test_the_file_writes_what_the_model_writes(capsys):
    found = lesson.show_exported()
    said = capsys.readouterr().out
    assert "kB" in found and "next_k" in said and "2 × 4 × t × 16" in said


def test_training_learns_without_touching_the_threads():
    threads, net = torch.get_num_threads(), nets.new_net({"width": 16, "layers": 1, "heads": 2})
    unseen = torch.from_numpy(sums.unseen())

    def loss():
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(net(unseen[:, :-1]).flatten(0, 1), unseen[:, 1:].flatten()))

    before = loss()
    nets.train(net, 20, 0.01)
    assert loss() < before and torch.get_num_threads() == threads
    assert 0 <= nets.right(net, unseen.numpy()) <= 1
    assert nets.answering(net)([1, 2]) == net(torch.tensor([[1, 2]]))[0].argmax(-1).tolist()
