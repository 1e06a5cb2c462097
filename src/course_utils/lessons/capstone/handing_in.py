"""An entry is made in a world drawn anew; what it is, is what its file's bytes were then."""

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
from course_utils.lessons.capstone.limits import SIDE
from course_utils.lessons.capstone.shifting import shifted
from course_utils.lessons.capstone.world import World, drawn_world
from course_utils.seeds import fresh_draw

if TYPE_CHECKING:
    import numpy as np

_last: list[HandedIn | CourseError] = []


@dataclass(frozen=True)
class HandedIn:
    """An entry: the bytes of its file, and the world that it was made in."""

    content: bytes
    world: World

    def judged(self, rng: np.random.Generator, draws: int = 1) -> Verdict:
        """Judge it on the held-out digits, each shifted anew, ``draws`` times."""
        import numpy as np

        held = digits.__wrapped__(SIDE)
        images = self.world.seen(held.test_images)
        images = np.concatenate([shifted.__wrapped__(images, rng) for _ in range(draws)])
        return judge(self.content, images, np.tile(self.world.called(held.test_labels), draws), rng)


def hand_in(entry: Callable[..., Path]) -> HandedIn:
    """Call ``entry(images, labels, folder)`` with digits to train on, and keep the file that it wrote.

    Drawn anew is the world, and which and how many digits there are.

    Raises:
        CourseError: the file is none that is judged; later tests are told the same.
    """
    _last[:] = [CourseError("the entry was not finished; look at the first test of 16.3.")]
    try:
        made = _made(entry, share=1)
    except CourseError as error:
        _last[:] = [error]
        raise
    _last[:] = [made]
    return made


def hand_in_elsewhere(entry: Callable[..., Path]) -> HandedIn:
    """Call ``entry`` in another world, with a third of the digits; what was handed in last stays.

    Raises:
        CourseError: the file is none that is judged.
    """
    return _made(entry, share=3)


def _made(entry: Callable[..., Path], share: int) -> HandedIn:
    given = digits.__wrapped__(SIDE)
    count = len(given.train_images)
    with fresh_draw() as rng:
        world = drawn_world(rng)
        chosen = rng.permutation(count)[: count // share - int(rng.integers(1, 50))]
    folder = new_path("entry")
    folder.mkdir()
    path = entry(world.seen(given.train_images[chosen]), world.called(given.train_labels[chosen]), folder)
    made = HandedIn(content_of(path, folder), world)
    admitted(made.content)
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
