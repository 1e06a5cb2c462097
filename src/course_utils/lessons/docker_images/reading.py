"""Who serves, and whether they may read what is served."""

from __future__ import annotations

import re
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.places import standing, takes

Image = dict[str, Any]  # as paper_build returns it


def user_of(image: Image) -> str:
    """Return the user who serves, by name or by number."""
    own = "nonroot" if "nonroot" in image["image"] else "root"
    return image["USER"]["words"][0].split(":")[0].strip().strip("\"'") if "USER" in image else own


def check_readable(image: Image) -> None:
    """Expect that who serves may read the service and its packages, and go to the folders that they lie in.

    Raises:
        Unmet: a step keeps them out, or they lie in /root, which is root's alone.
    """
    user = user_of(image)
    if user in ("", "root", "0"):
        return
    served = {what for what in image["view"].values() if re.match("(app|torch|onnx)/|packages of|Python", what)}
    places = [image["folder"], *(place for place, what in image["view"].items() if what in served)]
    closed = [each for each in places if image["image"] != "scratch" and f"{each}/".startswith("/root/")]
    likely = "/root is root's alone"
    expect.true(not closed, "where it lies", expected="a folder that all may enter", got=closed[:1], likely=likely)
    for stage in image["stages"]:
        for step in stage["does"]:
            made = {path: what for path, what in step["made"].items() if what in served}
            shut = _is_shut_by_copy(step, made, user) if step["name"] != "RUN" else _is_shut_by_run(step, stage, served)
            given = any("chown" in words[0] for each in stage["does"] for words in each.get("commands", []))
            may = given or not shut
            expect.true(may, "who may read", expected=f"the user {user}", got=step["text"])


def _is_shut_by_copy(step: dict[str, Any], made: dict[str, str], user: str) -> bool:
    mode, owner = step["flags"].get("chmod", ""), step["flags"].get("chown", "").split(":")[0]
    nested = any(re.match("packages|Python", what) for what in made.values())
    may_be = owner not in ("", "root", "0") and owner.isdigit() != user.isdigit()  # a name and a number may be one
    is_own = owner == user or may_be
    return bool(made and mode) and _is_shut(mode, "u" if is_own else "o", nested)


def _is_shut_by_run(step: dict[str, Any], stage: Image, served: set[str]) -> bool:
    files = [path for path, what in (stage["view"] | step["made"]).items() if what in served]
    made = any(what in served for what in step["made"].values())
    return any(_shuts(words, step["at"], files, made) for words in step["commands"])


def _shuts(words: list[str], at: str, files: list[str], made: bool) -> bool:
    """Return whether a command keeps others out of one of these files, or of what the step has made."""
    plain = [word for word in words[1:] if not re.match("-[a-zA-Z-]{2,}$|-[Rvcf]$", word)]
    if words[0] == "umask" and plain and plain[0].isdigit():
        return made and _is_shut(f"{0o777 & ~int(plain[0], 8):o}", "o", True)
    if words[0] != "chmod" or len(plain) < 2 or not _is_shut(plain[0], "o", "-R" in words):
        return False
    return any(takes(standing(at, each), path) for each in plain[1:] for path in files)


def _is_shut(mode: str, who: str, nested: bool) -> bool:
    """Return whether a mode keeps out who belongs to `who`, "u" or "o"; nested: whether folders are to be entered."""
    if re.fullmatch("[0-7]{3,4}", mode):
        digit = int(mode[-3] if who == "u" else mode[-1])
        return not digit & 4 or (nested and not digit & 1)
    for each in mode.split(","):
        found = re.fullmatch("([ugoa]*)([-=+])([rwxX]*)", each)
        if found and (not found[1] or set(found[1]) & {who, "a"}):
            taken = found[2] == "-" and set(found[3]) & set("rx" if nested else "r")
            if taken or (found[2] == "=" and "r" not in found[3]):
                return True
    return False
