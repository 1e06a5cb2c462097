"""What the student's process makes of files that the tests wrote: kept apart, for a test that asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from course_utils.expect.aftermath import forget_file, note_file


class Aside:
    """The files of this side's own, which the other side cannot change here, and where its changes of them go.

    ``expect.after`` finds them there.

    Args:
        root: the working folder.
        theirs: paths below it that never are this side's own: what was handed in.
    """

    def __init__(self, root: Path, theirs: Collection[str]) -> None:
        self.root, self.theirs = root, theirs
        self.mine: set[str] = set()
        self.changed: set[str] = set()
        self.folder = tempfile.TemporaryDirectory(prefix="aside-")

    def own(self, path: str) -> None:
        """This side wrote the file, and the other side gets it."""
        if path not in self.theirs:
            self.mine.add(path)
        self._as_one(path)

    def disown(self, path: str) -> None:
        """This side removed the file."""
        self.mine.discard(path)
        self._as_one(path)

    def differs(self, path: str) -> bool:
        """Say whether the other side has something else there than this side."""
        return path in self.changed

    def touches(self, kind: object, path: str) -> bool:
        """Say whether a change of the other side would alter a file of this side's own."""
        return bool(self._altered(path)) and not (kind == "d" and path not in self.mine)

    def take(self, path: str, content: bytes | None) -> None:
        """Keep what the other side made of a file, or of all that lie there; None where it is gone."""
        for each in self._altered(path):
            place = Path(self.folder.name, each)
            place.unlink(missing_ok=True)
            if content is not None and each == path:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            self.changed.add(each)
            note_file(self.root / each, place)

    def _altered(self, path: str) -> list[str]:
        return [each for each in self.mine if f"{each}/".startswith(f"{path}/") or path.startswith(f"{each}/")]

    def _as_one(self, path: str) -> None:
        self.changed.discard(path)
        forget_file(self.root / path)
