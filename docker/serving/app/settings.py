"""What an operator decides, read from the environment once and checked."""

import os
import sys
from dataclasses import dataclass

SIZE = 16  # pixels a side


@dataclass(frozen=True)
class Settings:
    """The model's version, the probability from which an answer is accepted, and what computes it."""

    model_version: str
    threshold: float
    provider: str


def _read() -> Settings:
    written = os.environ.get("DECISION_THRESHOLD", "0.5")
    try:
        threshold = float(written)
    except ValueError:
        threshold = -1.0
    if not 0 <= threshold <= 1:
        sys.exit(f"DECISION_THRESHOLD is {written!r}: it must be a number from 0 to 1.")
    provider = os.environ.get("EXECUTION_PROVIDER", "CPUExecutionProvider")
    return Settings(os.environ.get("MODEL_VERSION", "unknown"), threshold, provider)


settings = _read()
