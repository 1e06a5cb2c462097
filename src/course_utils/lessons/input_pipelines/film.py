"""The lesson's film: digits that drift across a dark picture, encoded and decoded by FFmpeg through PyAV."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.lessons.input_pipelines.folder import FOLDER

if TYPE_CHECKING:
    import numpy as np

HEIGHT, WIDTH, COUNT, EACH = 480, 640, 96, 24  # pixels; frames in all, and of each digit
DIGITS = (3, 0, 7, 2)  # one after the other
SIDE = 56  # pixels of a digit, 28 once the frame is halved
LACKING = (
    'PyAV is not installed here (pip install "lean-inference[pipelines]"): frames are painted where they would be '
    "decoded. Everything else is as it is with it."
)


@dataclass(frozen=True)
class Film:
    """A film, as a file or, where there is no PyAV, as what would have been in it.

    Attributes:
        path: of the file; None where frames are painted.
        labels: the digit that each frame shows.
    """

    path: Path | None
    labels: tuple[int, ...]

    def frames(self) -> Iterator[np.ndarray]:
        """Yield the frames, (480, 640, 3) uint8, decoded by one thread, as long as somebody takes them."""
        if self.path is None:
            yield from (paint(number) for number in range(COUNT))
            return
        import av

        with av.open(str(self.path)) as container:
            video = container.streams.video[0]
            video.codec_context.thread_count = 1  # the stage is one thread: what runs beside it is to be seen
            for frame in container.decode(video):
                yield frame.to_ndarray(format="rgb24")


def has_pyav() -> bool:
    """Say whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def open_film() -> Film:
    """Return the film, written to work12 the first time; without PyAV say what to install."""
    labels = tuple(int(_shown()[1][number // EACH]) for number in range(COUNT))
    if not has_pyav():
        print(LACKING)
        return Film(None, labels)
    path = FOLDER / "digits.mp4"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        _encode(path)
    return Film(path, labels)


def _encode(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 3_000_000
        stream.codec_context.thread_count = 1
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(paint(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def place(number: int) -> tuple[int, int]:
    """Return the row and the column, both even, of the upper left corner of the digit in a frame."""
    import math

    turn = 2 * math.pi * number / COUNT
    row = (HEIGHT - SIDE) * (0.5 + 0.42 * math.sin(3 * turn))
    column = (WIDTH - SIDE) * (0.5 + 0.45 * math.sin(2 * turn + 1))
    return 2 * round(row / 2), 2 * round(column / 2)


def paint(number: int) -> np.ndarray:
    """Return a frame, (480, 640, 3) uint8: a digit, nearly white, on a dark ground that is brighter to one side."""
    import numpy as np

    frame, (row, column) = _ground().copy(), place(number)
    ink = _shown()[0][number // EACH]
    part = frame[row : row + SIDE, column : column + SIDE]
    part[...] = np.maximum(part, (ink[:, :, None] * [255, 250, 235]).astype(np.uint8))
    return frame


_one = threading.Lock()


@lru_cache(1)
def _ground() -> np.ndarray:
    import numpy as np

    across, down = np.linspace(0, 50, WIDTH), np.linspace(20, 0, HEIGHT)
    grey = across[None, :, None] + down[:, None, None]
    noise = np.random.default_rng(0).normal(0, 4, (HEIGHT, WIDTH, 3))
    return np.clip(grey * [0.5, 0.8, 1.0] + noise, 0, 90).astype(np.uint8)


@lru_cache(1)
def _shown() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits that are shown, (4, 56, 56) ink from 0 to 1, and which they are."""
    from course_utils.data import digits

    with _one:
        test = digits(28)
        centred = [number for number, image in enumerate(test.test_images[:, 0]) if _is_centred(image)]
        chosen = [next(number for number in centred if test.test_labels[number] == label) for label in DIGITS]
        return test.test_images[chosen, 0].repeat(2, 1).repeat(2, 2), test.test_labels[chosen]


def _is_centred(ink: np.ndarray) -> bool:
    """Say whether what is bright lies in the middle, so that whoever finds it finds the image that it is from."""
    import numpy as np

    bright = [np.flatnonzero(ink.max(axis) > 0.4) for axis in (0, 1)]
    return all(each[0] + each[-1] + 1 == len(ink) for each in bright)
