"""Draws that are fresh, and can be had again."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from course_utils.seeds import fresh_draw, seeded


def test_seeded_fixes_every_source():
    def draw():
        rng = seeded(3)
        return rng.normal(), random.random(), np.random.rand(), torch.rand(1).item()

    assert draw() == draw()
    assert seeded(4).normal() != seeded(3).normal()


def test_fresh_draws_differ(monkeypatch):
    monkeypatch.delenv("COURSE_SEED", raising=False)
    with fresh_draw() as one, fresh_draw() as other:
        assert one.normal() != other.normal()


def test_a_failure_says_how_to_draw_the_same(monkeypatch):
    monkeypatch.delenv("COURSE_SEED", raising=False)
    with pytest.raises(AssertionError) as caught, fresh_draw() as rng:
        drawn = rng.normal()
        raise AssertionError
    (note,) = caught.value.__notes__
    monkeypatch.setenv("COURSE_SEED", note.partition("COURSE_SEED=")[2].partition(":")[0])
    with fresh_draw() as rng:
        assert rng.normal() == drawn
