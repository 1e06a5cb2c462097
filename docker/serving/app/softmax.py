"""Scores to probabilities, for engines that have no softmax at hand."""

import math
from collections.abc import Sequence


def softmax(scores: Sequence[float]) -> list[float]:
    """Return probabilities that sum to 1; the largest score is taken off first, so that nothing overflows."""
    highest = max(scores)
    weights = [math.exp(score - highest) for score in scores]
    return [weight / sum(weights) for weight in weights]
