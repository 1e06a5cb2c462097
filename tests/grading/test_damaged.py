"""Notebooks and archives damaged at random: each is taken as it should be or refused in a sentence, and hurts nobody.

The damage is drawn anew each time; ``COURSE_SEED`` repeats a draw that failed.
"""

from __future__ import annotations

import json
import os
import random
import secrets

import pytest
from lms_archives import ADA, zipped
from recording import ran

from course_staff.grading.autograde import Result
from course_staff.grading.collect import collect
from course_utils.errors import CourseError

MANY = 300
STRANGE = (None, True, -1, 10**400, 0.5, "", "\ud800", "x" * 5_000, [], {}, [[]], {"a": 1}, "&#" + "9" * 5_000 + ";")


@pytest.fixture
def dice():
    seed = int(os.environ.get("COURSE_SEED") or secrets.randbits(32))
    print(f"COURSE_SEED={seed}")
    return random.Random(seed)


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Return the bytes with a few of them changed, left out or doubled, or cut short."""
    kept = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        place, length = dice.randrange(len(kept)), dice.choice((1, 2, 16, 300))
        part = kept[place : place + length]
        new = (dice.randbytes(len(part)), b"", part * 2, part[::-1])[dice.randrange(4)]
        kept[place : place + length] = new
    return bytes(kept[: dice.randrange(len(kept))] if dice.random() < 0.1 else kept)


def rewritten(value, dice: random.Random):
    """Return plain JSON with one value in it replaced, left out or doubled."""
    places = [(value, key) for key in (value if isinstance(value, dict) else range(len(value)))]
    for holder, key in places:
        if isinstance(holder[key], (dict, list)) and holder[key]:
            inner = holder[key]
            places += [(inner, each) for each in (inner if isinstance(inner, dict) else range(len(inner)))]
    holder, key = dice.choice(places)
    if dice.random() < 0.2 and isinstance(holder, list):
        holder.insert(key, holder[dice.randrange(len(holder))])
    elif dice.random() < 0.3:
        del holder[key]
    else:
        holder[key] = dice.choice(STRANGE)
    return value


def test_a_damaged_notebook_is_read_or_refused_in_a_sentence(grader, shared_room, notebook_text, dice):
    path = shared_room.folder("mallory") / "halves.ipynb"
    good = 0
    for number in range(MANY):
        if number % 2:
            text = json.loads(notebook_text)
            for _ in range(dice.randint(1, 3)):
                rewritten(text, dice)
            path.write_bytes(json.dumps(text).encode())
        else:
            path.write_bytes(damaged(notebook_text.encode(), dice))
        result = grader.prepare("mallory")
        if not isinstance(result, Result):
            result = grader.record(result, ran(result), 0.0)
            good += result.error is None
        if result.error:
            assert "\n" not in result.error and "please report" not in result.error, result.error
    assert good > MANY / 10


@pytest.fixture
def notebook_text(shared_room) -> str:
    return json.dumps(shared_room.solved())


def test_a_damaged_archive_is_taken_or_refused_in_a_sentence_and_moves_nobody(room, take, notebook, tmp_path, dice):
    take([("honest_1_1_halves.ipynb", notebook)])
    own = room.folder("honest_1") / "halves.ipynb"
    inner = zipped(("work/halves.ipynb", notebook), ("work/two.txt", b"2"))
    whole = zipped((ADA, notebook), ("bob_5_6_halves.ipynb", notebook), ("cy_7_8_work.zip", inner))
    for number in range(MANY):
        path = tmp_path / "download.zip"
        path.write_bytes(damaged(whole, dice))
        try:
            results, _ = collect(room.course, room.lesson, [path])
        except CourseError as error:
            assert "\n" not in str(error)
        else:
            assert all("\n" not in (each.error or "") for each in results), number
        assert own.read_bytes() == notebook
        left = [each.name for each in own.parents[2].glob("*/.*") if each.name.endswith((".new", ".old"))]
        assert left == []
