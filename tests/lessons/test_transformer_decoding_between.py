"""What lesson 15 sees between calls of a student's function, and what it overhears beside it."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from course_utils.lessons import transformer_decoding as lesson
from course_utils.sums import END


def greedy(draft, target, prompt, k):
    """Return a text as it is said without guesses, one call a token."""
    known = list(prompt)
    while len(known) == len(prompt) or known[-1] != END:
        known.append(target(known)[-1])
    return known[len(prompt) :]


def test_the_same_objects_hold_other_numbers_in_each_call():
    seen, calls = [], [{"x": {"a": np.full(2, n), "b": [np.full(1, n)]}, "n": n} for n in (1.0, 2.0)]

    def noted(x, n):
        seen.append((id(x), id(x["a"]), id(x["b"][0])))
        return x["a"] + x["b"][0] + n

    results = lesson.in_same_objects(noted, *calls)
    assert seen[0] == seen[1]
    np.testing.assert_array_equal(results, [[3, 3], [6, 6]])
    assert calls[0]["x"]["a"][0] == 1


def test_one_array_is_every_argument():
    assert lesson.in_one_array(lambda q, k, v: [q is k, k is v], np.ones(2), 3) == [True, True]


def growing(where):
    """Return a step whose caches are views of a block, with room for more."""

    def step(token, cache, params):
        t = cache["k"].shape[2]
        block = where(cache["k"])
        block[:, :, t] = token
        return np.array([float(token)]), {"k": block[:, :, : t + 1]}

    return step


def fresh(old):
    """Return a new block, with room for one token more."""
    block = np.zeros((1, 1, old.shape[2] + 1, 1))
    block[:, :, :-1] = old
    return block


def test_a_cache_that_grows_in_place_is_told_and_a_new_one_is_not():
    start, tokens = {"k": np.zeros((1, 1, 0, 1))}, [[1, 2], [3, 4], [2, 0]]
    logits, told = lesson.ways_on(growing(fresh), start, {}, tokens)
    assert told == [] and np.ravel(logits).tolist() == [1, 3, 2, 1, 3, 2]
    block = np.zeros((1, 1, 9, 1))
    told = lesson.ways_on(growing(lambda old: block), start, {}, tokens)[1]
    assert any("changed" in each for each in told) and any("arguments" in each for each in told)


def test_what_is_mapped_counts_as_allocated(tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(1_000_000))

    def mapped(x):
        return float(np.memmap(tmp_path / "zeros", np.uint8).sum() + x.sum())

    result, most = lesson.most_allocated(mapped, np.ones(2))
    assert result == 2 and most >= 1_000_000 and mmap.mmap.__name__ == "mmap"


def test_what_two_are_asked_is_overheard():
    # of four texts without guesses the last is as long as one with three, all of them right
    heard = lesson.overheard(greedy, [END, 700], [600, 0, 5, END], 3)
    assert heard == {"answer": [600, 0, 5, END], "calls": 4, "asked": 0, "kinds": ["list"], "strays": [2, 3, 4]}
    assert lesson.overheard(greedy, [1], [5, END], 0)["strays"] == []


def test_guesses_that_were_left_are_strays():
    def leaving(draft, target, prompt, k):
        wrong = draft(prompt)
        assert target([*prompt, wrong])[0] == 600 and wrong == 601
        left = draft([*prompt, wrong])
        target((*prompt, 600, left))
        return [600, 700, END]

    heard = lesson.overheard(leaving, [3], [600, 700, END], 1, [0])
    assert heard["strays"] == [2, 3] and heard["kinds"] == ["list", "tuple"] and heard["calls"] == 2


def test_who_turns_in_circles_beside_the_answer_is_told():
    def circling(draft, target, prompt, k):
        while True:
            target(prompt)

    with pytest.raises(RuntimeError, match="one token at least"):
        lesson.overheard(circling, [1], [2, END], 0)


@pytest.mark.parametrize("many", [1, 5, 400])
def test_a_drawn_text_has_one_end_and_repeats(many):
    text = lesson.text_below(np.random.default_rng(0), many, 20)
    assert len(text) == 21 and text.index(END) == 20 and len(set(text[8:12])) == 1
