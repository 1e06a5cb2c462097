"""The stages of the lesson's pipeline: what happens to a frame between the camera and the answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from course_utils.lessons.input_pipelines.film import HEIGHT, SIDE, WIDTH, Film
from course_utils.lessons.input_pipelines.folder import FOLDER, prepare_for_torch
from course_utils.lessons.standing_in import either

if TYPE_CHECKING:
    import numpy as np

BUFFERS = 24  # more than ever are on their way
NAMES = ("decode", "preprocess", "infer", "track", "store")
SMALL = SIDE // 2
BRIGHT = 0.4  # from here on a pixel is ink

Stage = Callable[[Any], Any]


def mean_and_std() -> tuple[np.ndarray, np.ndarray]:
    """Return mean and std, (3,) float32, for which a pixel becomes 0 (dark) to 1 (white)."""
    import numpy as np

    return np.full(3, 60, np.float32), np.full(3, 190, np.float32)


def own_preprocess(frame: np.ndarray, mean: np.ndarray, std: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Do the same the usual way, as it is said: floats, normalize, resize, reorder. It stands in for 12.1."""
    import numpy as np

    floats = frame.astype(np.float32)
    normal = (floats - mean) / std
    h, w, _ = frame.shape
    halved = normal.reshape(h // 2, 2, w // 2, 2, 3).mean(axis=(1, 3))
    out[...] = halved.transpose(2, 0, 1)
    return out


def stages(preprocess: Callable[..., Any]) -> dict[str, Stage]:
    """Return the functions behind decode, by name: preprocess, infer, track, store.

    A frame goes in; what comes out of the last one is the label that the digit on it was given.
    """
    import numpy as np

    mean, std = mean_and_std()
    write = either("12.1", preprocess, own_preprocess)
    buffers = cycle([np.empty((3, HEIGHT // 2, WIDTH // 2), np.float32) for _ in range(BUFFERS)])
    tracked: list[tuple[int, int]] = []

    def prepared(frame: np.ndarray) -> np.ndarray:
        return write(frame, mean, std, next(buffers))

    def track(seen: tuple) -> tuple:
        picture, label, where = seen
        tracked.append(where)
        near = tracked[-3:]
        return picture, label, tuple(sum(each[axis] for each in near) // len(near) for axis in (0, 1))

    return {"preprocess": prepared, "infer": infer, "track": track, "store": store}


def infer(picture: np.ndarray) -> tuple[np.ndarray, int, tuple[int, int]]:
    """Find the digit on a preprocessed frame, show it to the network, and return what that says.

    Returns:
        the picture, the label, and the place, (row, column).
    """
    import numpy as np

    ink = picture.mean(0)
    row, column = (_start(ink.max(axis), size) for axis, size in ((1, ink.shape[0]), (0, ink.shape[1])))
    crop = np.clip(ink[row : row + SMALL, column : column + SMALL], 0, 1)
    scores = session().run(None, {"input": crop[None, None].astype(np.float32)})[0]
    return picture, int(scores[0].argmax()), (row, column)


def _start(brightest: np.ndarray, size: int) -> int:
    """Return where a window around what is bright begins, by the brightest pixel of each row, or of each column."""
    import numpy as np

    bright = np.flatnonzero(brightest > BRIGHT)
    return min(max(int(bright[0] + bright[-1] + 1 - SMALL) // 2, 0), size - SMALL) if len(bright) else 0


def store(seen: tuple) -> int:
    """Pack the picture, as a recorder would, and return its label."""
    import numpy as np

    picture, label, _ = seen
    zlib.compress(np.clip(picture[:, ::2, ::2] * 255, 0, 255).astype(np.uint8), 1)
    return label


@lru_cache(1)
def session() -> Any:
    """Return the course's ResNet in ONNX Runtime, on one thread, exported the first time."""
    import torch

    from course_utils import export, runtime
    from course_utils.training import trained

    prepare_for_torch()
    FOLDER.mkdir(exist_ok=True)
    path = export.to_onnx(trained("resnet"), torch.zeros(1, 1, SMALL, SMALL), FOLDER / "resnet.onnx")
    return runtime.session(path)


def frames_of(film: Film, count: int) -> list[np.ndarray]:
    """Return the first frames of a film, decoded."""
    return list(islice(film.frames(), count))
