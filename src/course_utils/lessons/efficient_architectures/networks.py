"""The networks that the demonstrations look at and race, untrained: how long they take does not depend on weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from course_utils import runtime
from course_utils.export import to_onnx_torchscript
from course_utils.lessons.efficient_architectures.folder import passing_path

if TYPE_CHECKING:
    import onnxruntime as ort
    import torch

    from course_utils.models import DigitMobileNet, DigitResNet

Call = Callable[[], Any]


def resnet() -> DigitResNet:
    """Return the course's ResNet in eval mode."""
    from course_utils.models import DigitResNet

    return DigitResNet().eval()


def mobilenet() -> DigitMobileNet:
    """Return the course's MobileNet in eval mode."""
    from course_utils.models import DigitMobileNet

    return DigitMobileNet().eval()


def images(count: int = 1, channels: int = 1, side: int = 28) -> torch.Tensor:
    """Return drawn images, (count, channels, side, side) float32."""
    import torch

    return torch.rand(count, channels, side, side, generator=torch.manual_seed(0))


def eagerly(net: torch.nn.Module, x: torch.Tensor) -> Call:
    """Return a call of a module without gradients."""
    import torch

    def run() -> torch.Tensor:
        with torch.inference_mode():
            return net(x)

    return run


def opened(net: torch.nn.Module, x: torch.Tensor) -> ort.InferenceSession:
    """Return a session, on one thread, on what a module exports to."""
    with passing_path("net.onnx") as path:
        return runtime.session(to_onnx_torchscript(net, x.expand(2, *x.shape[1:]), path))


def exported(net: torch.nn.Module, x: torch.Tensor) -> Call:
    """Return a call of what a module exports to, in ONNX Runtime, on one thread."""
    session = opened(net, x)
    return partial(session.run, None, {session.get_inputs()[0].name: x.numpy()})
