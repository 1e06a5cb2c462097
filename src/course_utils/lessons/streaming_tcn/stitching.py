"""Demonstrations of 11.4 and 11.5: digits stitched, what a net learns from them, and votes over its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots, tables
from course_utils.data import digits
from course_utils.lessons.streaming_tcn import nets
from course_utils.streams import signals

if TYPE_CHECKING:
    import numpy as np

MOST = 16  # samples, a quarter of a digit
LENGTHS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200)
PUBLISHED = {1: "93.0 %", 50: "96.9 %", 100: "97.9 %", 150: "98.2 %", 200: "98.3 %"}  # of images of 784 samples
TRAINED = ("digits alone", "your clip_and_stitch", "a whole other before each")


def draw_stitched(clip_and_stitch: Callable[..., np.ndarray]) -> str:
    """Draw five digits as images, and below them what became of each as a signal.

    Returns:
        how many samples were replaced in each.
    """
    import numpy as np

    data, rng = digits(8), np.random.default_rng(5)
    ones = signals(data.train_images)
    made = [np.asarray(clip_and_stitch(ones[k].copy(), ones[k + 9].copy(), MOST, rng)) for k in range(5)]
    cuts = [_cut(new, ones[k], ones[k + 9]) for k, new in enumerate(made)]
    fig, axes = plots.figure(columns=5, rows=2, width=6.5, height=2.9)
    for k, (above, below) in enumerate(axes.T):
        above.imshow(ones[k].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        above.set_title(f"a {data.train_labels[k]}", loc="center")
        below.imshow(made[k].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        below.set_title(f"{cuts[k]} of a {data.train_labels[k + 9]}", loc="center")
        for each in (above, below):
            each.set(xticks=[], yticks=[])
            each.spines[["top", "right"]].set_visible(True)
    said = ", ".join(map(str, cuts))
    plots.show(fig, f"Five digits, and below each the same with its first {said} pixels taken from another's last.")
    return said


def _cut(made: np.ndarray, one: np.ndarray, other: np.ndarray) -> int:
    """Return how many samples of the start are the other's end: the fewest that fit."""
    length = one.shape[1]
    fits = (
        m
        for m in range(length + 1)
        if (made[:, :m] == other[:, length - m :]).all() and (made[:, m:] == one[:, m:]).all()
    )
    return next(fits, 0)


def train_and_compare(clip_and_stitch: Callable[..., np.ndarray]) -> dict[str, float]:
    """Train one net on digits alone and one on digits stitched; draw how right they are in a stream, and a third.

    The third is the lesson's own: two whole digits, of which the second is to be told.

    Returns:
        share of right outputs over the last 16 samples of each digit of the test stream, by what the net learned from.
    """

    def stitch(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return clip_and_stitch(one, other, MOST, rng)

    trained = (
        nets.train(nets.new_net(), lambda one, *_: one),
        nets.train(nets.new_net(), stitch),
        nets.read_digits(),
    )
    said = {name: nets.outputs(net, nets.test_stream().samples) for name, net in zip(TRAINED, trained, strict=True)}
    right = {name: _right_by_place(labels) for name, labels in said.items()}
    fig, axes = plots.figure(width=6.5, height=3.0)
    plots.curves(
        axes, right, title="450 test digits, one after the other", xlabel="sample of the digit", ylabel="right"
    )
    axes.set(ylim=(0, 1.02), xticks=range(0, 65, 8))
    axes.legend(loc="upper left", fontsize=8)
    axes.axvspan(nets.PIXELS - nets.ANSWERING, nets.PIXELS, color="0.92")
    ends = {name: float(shares[-nets.ANSWERING :].mean()) for name, shares in right.items()}
    words = ", ".join(f"{name} {share:.3f}" for name, share in ends.items())
    plots.show(fig, f"Share of right outputs at each of a digit's 64 samples, rising late. Over the last 16: {words}.")
    return ends


def _right_by_place(labels: np.ndarray) -> np.ndarray:
    """Return, for each sample of a digit, the share of outputs there that name the digit."""
    stream = nets.test_stream()
    return (labels == stream.labels).reshape(-1, stream.length).mean(0)


def draw_votes(last_n_vote: Callable[..., Any]) -> tuple[int, dict[int, float]]:
    """Draw how right a vote of the last n outputs is at the end of each test digit, over n; show the source's table.

    Returns:
        the best n, and the accuracy for each n.
    """
    import numpy as np

    stream = nets.test_stream()
    labels = nets.outputs(nets.read_digits(), stream.samples)
    wanted = stream.labels[stream.ends]
    right = {n: float((np.asarray(last_n_vote(labels, n))[stream.ends] == wanted).mean()) for n in LENGTHS}
    best = max(right, key=lambda n: right[n])
    fig, axes = plots.figure(width=6.5, height=3.0)
    plots.curves(
        axes, {"vote": list(right.values())}, x=LENGTHS, marks=True, xlabel="n, outputs that vote", ylabel="right"
    )
    axes.axvline(stream.length, color="0.6", linewidth=0.8)
    axes.annotate("one digit", (stream.length, 1), xytext=(4, -4), textcoords="offset points", fontsize=8, va="top")
    axes.set(ylim=(0, 1.02), xscale="log", title="At the last sample of each digit")
    axes.set_xticks((1, 2, 4, 8, 16, 32, 64, 100, 200), ("1", "2", "4", "8", "16", "32", "64", "100", "200"))
    axes.minorticks_off()
    words = ", ".join(f"{n}: {share:.3f}" for n, share in right.items())
    plots.show(
        fig, f"Accuracy of a vote over n, best at {best}, falling once votes reach back into other digits: {words}."
    )
    rows = [
        {"n of 784 samples": n, "share of a digit": f"{n / 784:.2f}", "published": said}
        for n, said in PUBLISHED.items()
    ]
    tables.show(rows, "quoted from a report on a TCN for sequential MNIST")
    return best, right
