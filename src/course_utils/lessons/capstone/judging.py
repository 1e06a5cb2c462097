"""The judge: a file's bytes are run on images, each alone, among others and in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course_utils.lessons.capstone.admission import Refused, admitted
from course_utils.lessons.capstone.limits import CLASSES
from course_utils.lessons.capstone.ruler import multiply_adds

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime as ort
    from onnx import ModelProto

TOGETHER = 64  # images in a batch


@dataclass(frozen=True)
class Verdict:
    """What an entry was found to do.

    Attributes:
        right: the share of the images labelled rightly, from 0 to 1.
        bytes: of the file as it was handed in; multiply_adds: for one image.
    """

    right: float
    bytes: int
    multiply_adds: int

    def __str__(self) -> str:
        return f"{self.right:.3f} right, {self.bytes:,} bytes, {self.multiply_adds:,} multiply-adds"


def judge(content: bytes, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Verdict:
    """Judge a file by its bytes.

    An image is right where its label's score is above every other, and finite, three times over: alone, in a batch,
    and in a batch of others. Graph optimizations are off, so that the file decides, and not the processor.

    Args:
        images: (n, 1, 28, 28) float32; labels: (n,) integers, 0 to 9; rng: draws the other order.

    Raises:
        Refused: the file is none that is judged, or does not run.
    """
    import numpy as np

    model = admitted(content)
    session, order = _opened(model), rng.permutation(len(images))
    alone = _right(_scores(session, images, 1), labels)
    among = _right(_scores(session, images, TOGETHER), labels)
    others = np.empty_like(among)
    others[order] = _right(_scores(session, images[order], TOGETHER - 1), labels[order])
    right = float((alone & among & others).mean())
    return Verdict(right, len(content), multiply_adds.__wrapped__(model))


def _opened(model: ModelProto) -> ort.InferenceSession:
    from course_utils import runtime
    from course_utils.errors import CourseError

    try:
        return runtime.session(model.SerializeToString(), optimize="disabled")
    except CourseError as error:
        raise Refused(f"ONNX Runtime does not open the file: {error}") from None


def _scores(session: ort.InferenceSession, images: np.ndarray, together: int) -> np.ndarray:
    """Return the scores (n, 10) of images that are run so many at once."""
    import numpy as np

    name, found = session.get_inputs()[0].name, []
    for start in range(0, len(images), together):
        batch = np.ascontiguousarray(images[start : start + together])
        try:
            (scores,) = session.run(None, {name: batch})
        except Exception as error:
            told = str(error).splitlines()[0][:200].rstrip(".")
            raise Refused(f"the file does not run on {len(batch)} images ({told}); export a free batch.") from None
        if scores.shape != (len(batch), CLASSES):
            raise Refused(f"for {len(batch)} images it gives {scores.shape}; ({len(batch)}, {CLASSES}) is due.")
        found.append(scores)
    return np.concatenate(found)


def _right(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Say for each row whether its label's score is above all others; a tie, or a score that is no number, is wrong."""
    import numpy as np

    due = scores[np.arange(len(labels)), labels]
    rivals = scores.copy()
    rivals[np.arange(len(labels)), labels] = -np.inf
    return np.isfinite(scores).all(1) & (due > rivals.max(1))
