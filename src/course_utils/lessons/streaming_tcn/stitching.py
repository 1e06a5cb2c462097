"""Demonstrations of 11.4 and 11.5: what nets learn from digits stitched, and votes over the outputs of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.lessons.streaming_tcn import nets

if TYPE_CHECKING:
    import numpy as np

MOST = 31  # samples, a quarter of the receptive field of 125
LENGTHS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200)
PUBLISHED = {1: "93.0 %", 50: "96.9 %", 100: "97.9 %", 150: "98.2 %", 200: "98.3 %"}  # of images of 784 samples
NEAR = 32  # outputs, where a vote is near its best
TICKS = (1, 2, 4, 8, 64, 200)
TRAINED = ("digits alone", "your clip_and_stitch", "a whole other before each")


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
    ends = {name: float(shares[-nets.ANSWERING :].mean()) for name, shares in right.items()}
    fig, axes = plots.figure(width=6.5, height=3.0)
    lines = {f"{name}: {ends[name]:.2f} of the last {nets.ANSWERING}": shares for name, shares in right.items()}
    plots.curves(
        axes, lines, title="450 test digits, one after the other", xlabel="sample of the digit", ylabel="right"
    )
    axes.set(ylim=(0, 1.02), xticks=range(0, 65, 8))
    axes.legend(loc="upper left", fontsize=8)
    axes.axvspan(nets.PIXELS - nets.ANSWERING, nets.PIXELS, color="0.92")
    axes.text(nets.PIXELS - nets.ANSWERING / 2, 0.03, f"the last {nets.ANSWERING}", ha="center", fontsize=8)
    words = ", ".join(f"{name} {share:.3f}" for name, share in ends.items())
    plots.show(fig, f"Share of right outputs at each of a digit's 64 samples, rising late. Over the last 16: {words}.")
    return ends


def _right_by_place(labels: np.ndarray) -> np.ndarray:
    """Return, for each sample of a digit, the share of outputs there that name the digit."""
    stream = nets.test_stream()
    return (labels == stream.labels).reshape(-1, stream.length).mean(0)


def draw_votes(last_n_vote: Callable[..., Any]) -> tuple[int, dict[int, float]]:
    """Draw how right a vote of the last n outputs is at the end of each test digit, over n; quote the source's.

    Returns:
        the best n, and the accuracy for each n.
    """
    import numpy as np

    stream = nets.test_stream()
    labels = nets.outputs(nets.read_digits(), stream.samples)
    wanted = stream.labels[stream.ends]
    right = {n: float((np.asarray(last_n_vote(labels, n))[stream.ends] == wanted).mean()) for n in LENGTHS}
    best = max(right, key=lambda n: right[n])
    fig, axes = plots.figure(columns=2, width=6.5, height=3.0)
    near = [n for n in LENGTHS if n <= NEAR]
    for each, shown in zip(axes, (near, LENGTHS), strict=True):
        votes = {"vote": [right[n] for n in shown]}
        plots.curves(each, votes, x=shown, marks=True, xlabel="n, outputs that vote", ylabel="right")
        each.plot(best, right[best], "o", color=plots.ORANGE, markersize=9, fillstyle="none")
        each.set(xscale="log")
        each.set_xticks(shown, [str(n) if n in (*TICKS, best, shown[-1]) else "" for n in shown])
        each.minorticks_off()
    axes[0].set_title(f"Near its best, n = {best}")
    axes[1].set(ylim=(0, 1.02), title=f"Up to {LENGTHS[-1]}")
    axes[1].axvline(stream.length, color="0.6", linewidth=0.8)
    beside = {"xytext": (-4, 4), "textcoords": "offset points", "ha": "right"}
    axes[1].annotate("one digit", (stream.length, 0), fontsize=8, **beside)
    words = ", ".join(f"{n}: {share:.3f}" for n, share in right.items())
    plots.show(fig, f"Accuracy of a vote over n, best at {best}, falling once votes reach into other digits: {words}.")
    published = ", ".join(f"{said} for n = {n}" for n, said in PUBLISHED.items())
    print(f"Quoted from a report on a TCN for sequential MNIST, of 784 samples a digit: {published}.")
    return best, right
