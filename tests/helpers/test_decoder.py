"""The small transformer: what a score depends on, its pieces in NumPy, and the sums that it learns from."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import decoding, sums
from course_utils.decoder import Decoder, norm, parameters_of


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Decoder(13, 12, width=12, layers=2, heads=3, hidden=20).eval()


def test_what_runs_in_numpy_imports_no_torch():
    code = "import sys, course_utils.decoding, course_utils.sums; print({'numpy', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_no_score_depends_on_a_later_token_and_each_on_all_before(model):
    tokens = torch.tensor([[3, 1, 4, 1, 5]])
    scores = model(tokens)
    assert scores.shape == (1, 5, 13)
    for changed in range(5):
        other = tokens.clone()
        other[0, changed] = 9
        apart = (model(other) - scores).abs().amax(2)[0] > 1e-4
        assert apart.tolist() == [place >= changed for place in range(5)]


def test_the_same_token_is_another_at_another_place(model):
    scores = model(torch.tensor([[2, 2, 2]]))[0]
    assert (scores[0] - scores[1]).abs().max() > 0.01


def test_its_weights_as_plain_data_give_the_same_scores(model):
    params = parameters_of(model, "float64")
    scores, cache = decoding.whole([3, 1, 4], params)
    assert params["heads"] == 3 and [sorted(each) for each in params["layers"]] == [sorted(params["layers"][0])] * 2
    np.testing.assert_allclose(scores, model(torch.tensor([[3, 1, 4]]))[0].detach(), atol=1e-5)
    assert cache["k"].shape == cache["v"].shape == (2, 3, 3, 4)
    longer = decoding.whole([3, 1, 4, 0], params)[1]
    np.testing.assert_allclose(longer["k"][:, :, :3], cache["k"], atol=1e-12)


def test_a_cache_begins_without_tokens(model):
    cache = decoding.empty_cache(parameters_of(model))
    assert {name: (each.shape, str(each.dtype)) for name, each in cache.items()} == dict.fromkeys(
        "kv", ((2, 3, 0, 4), "float32")
    )


def test_a_norm_makes_the_mean_square_one_and_keeps_zeros_and_types():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose((decoding.norm(x) ** 2).mean(1), [1, 0], atol=1e-5)
    np.testing.assert_allclose(decoding.norm(x), norm(torch.from_numpy(x)), atol=1e-12)
    assert decoding.norm(x.astype(np.float32)).dtype == np.float32


def test_a_sum_is_written_with_its_answer_reversed():
    tokens = sums.written(np.array([123, 999]), np.array([456, 1]))
    assert [sums.text_of(row.tolist()) for row in tokens] == ["123+456=9750\n", "999+001=0001\n"]
    assert tokens.shape == (2, sums.LENGTH) and tokens[0, sums.PROMPT - 1] == sums.tokens_of("=")[0]
    assert sums.tokens_of("7\n") == [7, sums.END]
    with pytest.raises(ValueError, match="substring"):
        sums.tokens_of("a")


def test_no_unseen_sum_is_among_those_to_learn_from():
    unseen = sums.unseen()
    hidden = {row.tobytes() for row in unseen[:, : sums.PROMPT].copy()}
    assert unseen.shape == (1_000, sums.LENGTH) and len(hidden) == 1_000
    np.testing.assert_array_equal(unseen, sums.unseen())
    drawn = sums.drawn(np.random.default_rng(0), 20_000)
    assert drawn.shape == (20_000, sums.LENGTH) and drawn.dtype == np.int64
    assert not any(row.tobytes() in hidden for row in drawn[:, : sums.PROMPT].copy())
    assert set(drawn[:, 0].tolist()) == set(drawn[:, 6].tolist()) == set(range(10))
