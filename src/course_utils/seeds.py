"""Random numbers that can be drawn again: one function to fix them, one to draw afresh and say how."""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

VARIABLE = "COURSE_SEED"


def seeded(seed: int) -> np.random.Generator:
    """Fix every source of randomness (random, NumPy, PyTorch where it is imported); return a NumPy generator."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    return np.random.default_rng(seed)


@contextmanager
def fresh_draw() -> Iterator[np.random.Generator]:
    """Yield a generator with a new seed; a failure inside says which, so that it can be drawn again.

    Set ``COURSE_SEED`` to draw with that seed instead.
    """
    import numpy as np

    seed = int(os.environ.get(VARIABLE) or secrets.randbits(32))
    try:
        yield np.random.default_rng(seed)
    except Exception as error:
        error.add_note(f"Drawn with {VARIABLE}={seed}: set it to draw the same numbers again.")
        raise
