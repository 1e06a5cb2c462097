"""Where a folded convolution goes wrong that pads with 0: at the edge, and how much."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.input_pipelines.stages import frames_of
from course_utils.lessons.standing_in import unusable

if TYPE_CHECKING:
    import numpy as np

    from course_utils.lessons.input_pipelines.film import Film

SIZE = 24  # rows and columns of the drawn corner


def draw_padding(fold_normalization: Callable[..., Any], film: Film) -> str:
    """Draw the largest difference of each output pixel, padded with 0 and with the mean, in a corner of a frame.

    Returns:
        in words, the largest difference at the edge and inside; "not measured" where 12.2 cannot be used yet.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(8, 3, 3, 3)) / 5, rng.normal(size=8)
    (frame,) = frames_of(film, 1)
    x = frame[:SIZE, :SIZE].transpose(2, 0, 1).astype(float)
    mean, std = np.array([60.0, 60, 60]), np.array([190.0, 190, 190])
    wanted = convolved((x - mean[:, None, None]) / std[:, None, None], weight, bias, np.zeros(3))
    fills = {"padded with 0": np.zeros(3), "padded with the mean": mean}
    try:
        folded = fold_normalization(weight.copy(), bias.copy(), mean.copy(), std.copy())
        gaps = {name: np.abs(convolved(x, *folded, fill) - wanted).max(0) for name, fill in fills.items()}
    except Exception as error:
        print(f"{unusable('12.2', error)}: there is nothing to draw.")
        return "not measured"
    fig, axes = plots.figure(columns=2, width=6.5, height=2.9)
    top = max(gap.max() for gap in gaps.values())
    for panel, (name, gap) in zip(axes, gaps.items(), strict=True):
        image = panel.imshow(gap, cmap="cividis", vmin=0, vmax=top)
        panel.set(title=f"Folded, {name}", xlabel="column", ylabel="row")
    fig.colorbar(image, ax=axes, label="largest difference", shrink=0.8)
    black = gaps["padded with 0"]
    edge, inside = black.max(), black[1:-1, 1:-1].max()
    mended = gaps["padded with the mean"].max()
    said = f"{edge:.2f} off at the edge, {inside:.0e} inside; padded with the mean {mended:.0e}"
    plots.show(fig, f"Two squares of differences. Left only the outermost pixels are bright, right none: {said}.")
    print(f"Outputs here are about {np.abs(wanted).mean():.2f} in size: {said}.")
    return said


def convolved(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """Return a 3 × 3 convolution, padded by one pixel of these values, (c_in,)."""
    import numpy as np

    planes = [np.pad(plane, 1, constant_values=value) for plane, value in zip(x, fill, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(np.stack(planes), (3, 3), axis=(1, 2))
    return np.einsum("chwij,ocij->ohw", views, weight) + bias[:, None, None]
