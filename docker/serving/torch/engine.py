"""Digits by PyTorch."""

import sys
from collections.abc import Callable

import numpy as np
import torch
from models import DigitCNN
from settings import SIZE, Settings

DEVICES = {"CPUExecutionProvider": "cpu", "CUDAExecutionProvider": "cuda"}


def load(settings: Settings) -> Callable[[list[list[float]]], list[float]]:
    """Load the weights on the device asked for; leave with a sentence where that one cannot be had."""
    if settings.provider not in DEVICES:
        sys.exit(f"EXECUTION_PROVIDER is {settings.provider!r}: this image offers {', '.join(DEVICES)}.")
    device = DEVICES[settings.provider]
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"EXECUTION_PROVIDER is {settings.provider!r}: it does not work here; is there a GPU, and its driver?")
    torch.set_num_threads(1)
    model = DigitCNN().eval()
    model.load_state_dict(torch.load("model.pt", map_location="cpu", weights_only=True))
    model.to(device)

    def predict(pixels: list[list[float]]) -> list[float]:
        image = torch.from_numpy(np.asarray(pixels, np.float32).reshape(1, 1, SIZE, SIZE)).to(device)
        with torch.inference_mode():
            return torch.softmax(model(image)[0], dim=0).tolist()

    return predict
