"""Names for students who are not to be named: the same one at every call, and nobody can reckon it from a name."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from course_utils.errors import CourseError

KEY_FILE = "pseudonyms.key"  # beside the gradebook; whoever removes it gives everybody a new pseudonym
KEY_BYTES = 32
COLOURS = "amber azure beige black blue brown coral cream gold green grey ivory jade lilac olive pink"
BIRDS = (
    "bunting crane crow curlew dove dunlin eagle egret falcon finch gannet goose grebe grouse gull hawk heron ibis "
    "jay kite lapwing lark magpie martin merlin osprey owl pelican pipit plover puffin quail raven robin rook rail "
    "ruff shrike siskin skua snipe sparrow stork swan swift tern thrush wren"
)
NUMBERS = 1_000


def pseudonyms(students: Iterable[str], folder: Path) -> dict[str, str]:
    """Return a pseudonym for each student: a colour, a bird and a number, drawn by a secret kept in ``folder``.

    Of two students whose draw is the same, the one with the later name draws again.

    Raises:
        CourseError: the secret cannot be read or written.
    """
    key, owners = _key(folder / KEY_FILE), {}
    for student in sorted(students):
        drawn = (_drawn(key, student, turn) for turn in range(1_000))
        owners[next(name for name in drawn if name not in owners)] = student
    return {student: name for name, student in owners.items()}


def _drawn(key: bytes, student: str, turn: int) -> str:
    digest = hmac.digest(key, f"{turn} {student}".encode("utf-8", "surrogatepass"), "sha256")
    number = int.from_bytes(digest, "big")
    chosen = []
    for words in (COLOURS.split(), BIRDS.split()):
        number, place = divmod(number, len(words))
        chosen.append(words[place])
    return f"{' '.join(chosen)} {number % NUMBERS}"


def _key(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        except FileExistsError:
            pass
        key = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: the secret of the pseudonyms cannot be kept ({error.strerror}).") from error
    if len(key) != KEY_BYTES:
        raise CourseError(f"{path}: no secret of {KEY_BYTES} bytes; remove it, and everybody gets a new pseudonym.")
    return key
