"""Few bits: rounding after training, training through the rounding, and the float control."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.quantization import small_task
from course_utils.lessons.quantization.instead import unwritten

if TYPE_CHECKING:
    import torch

WIDTHS = (2, 3, 4, 6, 8)
EXTRA_STEPS = 100
TRAINED, CONTROL = "trained through the rounding", "float, 100 steps more"
ROUNDED = "rounded"
TICKS = (2, 5, 10, 20, 50, 100)  # percent

Function = Callable[..., Any]


def draw_few_bits(
    task: SimpleNamespace, train_quantized: Function, fake_quantize: Function, symmetric_scale: Function
) -> dict[str, float]:
    """Draw the wrong labels of the task's network over bits: rounded, trained through the rounding, and the control.

    The control gets as many steps more as the other, in float.

    Returns:
        The accuracy (0 to 1) of each at 2 bits, such as "2 bits, rounded", and of the float networks; what needs an
        exercise that is not written is left out.
    """
    control = copy.deepcopy(task.net)
    lines = {TRAINED: [_accuracy(train_quantized(bits)) for bits in WIDTHS]}
    small_task.train(task, control, small_task.in_float, EXTRA_STEPS)
    in_float = {"float": _accuracy(task.net(task.test_images).argmax(1))}
    in_float[CONTROL] = _accuracy(control(task.test_images).argmax(1))
    for name, (net, quantizer) in _rounding(task, control, fake_quantize, symmetric_scale).items():
        scores = [small_task.quantized_forward(task, net, task.test_images, bits, quantizer) for bits in WIDTHS]
        lines[name] = [_accuracy(each.argmax(1)) for each in scores]
    _draw({name: [100 * (1 - value) for value in values] for name, values in lines.items()}, in_float[CONTROL])
    return {f"2 bits, {name}": values[0] for name, values in lines.items()} | in_float


def rounding(fake_quantize: Function) -> Function:
    """Return a quantizer of tensors, for ``quantized_forward``, that rounds by fake_quantize; no gradient passes it."""

    def rounded(x: torch.Tensor, scale: Any, zero_point: int, bits: int) -> torch.Tensor:
        return _tensor(fake_quantize(x.detach().numpy(), float(scale), zero_point, bits))

    return rounded


def _rounding(task: SimpleNamespace, control: Any, fake_quantize: Function, symmetric_scale: Function) -> dict:
    import numpy as np

    if unwritten("6.2", lambda: fake_quantize(np.zeros(1), 1.0, 0, 8)):
        return {}
    rounded = rounding(fake_quantize)

    def per_channel(x: torch.Tensor, scale: Any, zero_point: int, bits: int) -> torch.Tensor:
        if not zero_point:  # inputs have no channels of their own
            return rounded(x, scale, zero_point, bits)
        own = symmetric_scale(x.detach().numpy().astype(float), bits, 0)
        return _tensor(fake_quantize(x.detach().numpy(), own, zero_point, bits))

    found = {ROUNDED: (task.net, rounded), "100 steps more, then rounded": (control, rounded)}
    if not unwritten("6.1", lambda: symmetric_scale(np.ones((1, 1)), 8, 0)):
        found = {"rounded, scales per channel": (task.net, per_channel)} | found
    return found


def _draw(wrong: dict[str, list[float]], control: float) -> None:
    fig, axes = plots.figure(width=6.5, height=3.2)
    least = 100 * (1 - control)
    levels = {f"float control: {least:.1f}": least}
    plots.curves(axes, wrong, x=WIDTHS, xlabel="bits", ylabel="wrong, %", levels=levels, marks=True)
    axes.set(yscale="log", ylim=(2, 100))
    axes.set_yticks(TICKS, [str(tick) for tick in TICKS])
    axes.set_xticks(WIDTHS)
    axes.set_xlim(0.9, 8.2)  # room for the control's name
    two = ", ".join(f"{name} {values[0]:.1f} %" for name, values in wrong.items())
    plots.show(fig, f"Wrong labels by bits. At 2 bits: {two}. The float control: {least:.1f} %.")


def _accuracy(labels: Any) -> float:
    return small_task.accuracy(labels, list(range(10)))


def _tensor(array: Any) -> torch.Tensor:
    import torch

    return torch.from_numpy(array).float()
