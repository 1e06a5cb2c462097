"""An entry is made once, in a world drawn anew; what it is, is what its file's bytes were then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import published
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.lessons.capstone.admission import admitted, content_of
from course_utils.lessons.capstone.folder import new_path
from course_utils.lessons.capstone.judging import Verdict, judge
from course_utils.lessons.capstone.limits import CLASSES, SIDE
from course_utils.lessons.capstone.shifting import shifted
from course_utils.seeds import fresh_draw

if TYPE_CHECKING:
    import numpy as np

_last: list[HandedIn | CourseError] = []


@dataclass(frozen=True)
class HandedIn:
    """An entry.

    Attributes:
        content: the bytes of its file; names: (10,) the label that stands for each digit; turn: see ``turned``.
    """

    content: bytes
    names: np.ndarray
    turn: int

    def judged(self, rng: np.random.Generator, draws: int = 1) -> Verdict:
        """Judge it on the held-out digits, each shifted anew, ``draws`` times."""
        import numpy as np

        held = digits(SIDE)
        images = turned(held.test_images, self.turn)
        images = np.concatenate([shifted.__wrapped__(images, rng) for _ in range(draws)])
        return judge(self.content, images, np.tile(self.names[held.test_labels], draws), rng)


def turned(images: np.ndarray, turn: int) -> np.ndarray:
    """Return square images (n, c, h, h) turned by ``turn`` quarters, and mirrored where it is 4 or more."""
    import numpy as np

    images = np.rot90(images, turn % 4, (2, 3))
    return np.ascontiguousarray(images[..., ::-1] if turn > 3 else images)


def hand_in(entry: Callable[..., Path]) -> HandedIn:
    """Call ``entry(images, labels, folder)`` with digits to train on, and keep the file that it wrote.

    Drawn anew is which label stands for which digit, how all images are turned, and which and how many there are: no
    network made elsewhere knows them.

    Raises:
        CourseError: the file is none that is judged; later tests are told the same.
    """

    given = digits(SIDE)
    count = len(given.train_images)
    with fresh_draw() as rng:
        names, turn = rng.permutation(CLASSES), int(rng.integers(1, 8))
        chosen = rng.permutation(count)[: count - int(rng.integers(1, 50))]
    images, labels = turned(given.train_images[chosen], turn), names[given.train_labels[chosen]]
    folder = new_path("entry")
    folder.mkdir()
    _last[:] = [CourseError("the entry was not finished; look at the first test of 16.3.")]
    try:
        made = HandedIn(content_of(entry(images, labels, folder), folder), names, turn)
        admitted(made.content)
    except CourseError as error:
        _last[:] = [error]
        raise
    _last[:] = [made]
    return made


def handed_in() -> HandedIn:
    """Return the entry that was handed in last.

    Raises:
        CourseError: there is none, or it was refused.
    """
    if not _last:
        raise CourseError("no entry has been handed in; run the first test of 16.3, which trains it.")
    if isinstance(_last[0], CourseError):
        raise _last[0]
    return _last[0]


def publish(verdict: Verdict) -> None:
    """Show a verdict below the cell, in words and in the form that ``course leaderboard`` reads."""
    published.publish(asdict(verdict), f"Your entry: {verdict}")
