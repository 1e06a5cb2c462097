"""A cache of trained networks for one test alone, and a network that takes a moment to train."""

from __future__ import annotations

import pytest

from course_utils import training
from course_utils.training import RECIPES, Recipe, fit

TINY = Recipe("DigitCNN", size=8, epochs=1, lr=0.01, batch_size=64)


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache folder of its own, and a recipe that takes a moment; returns the folder and the trainings done."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    done = []

    def train(model, *args, **settings):
        done.append(type(model).__name__)
        return fit(model, *args, **settings)

    train.__wrapped__ = fit  # whose source is in the key
    monkeypatch.setattr(training, "fit", train)
    return tmp_path / "cache", done
