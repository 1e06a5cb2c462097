"""All that a network has learned, as bytes."""

from __future__ import annotations

import torch


def bits(model: torch.nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in model.state_dict().values())
