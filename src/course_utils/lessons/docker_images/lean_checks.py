"""What is expected of the last stage of 8.3: the tool's ROOT and the service, not root, a health check."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.places import upwards
from course_utils.dockerfiles.programs import TOOLS_PYTHON, in_place
from course_utils.dockerfiles.syntax import words_of
from course_utils.lessons.docker_images.checks import NOT_JSON, environment_of
from course_utils.lessons.docker_images.given import CONTEXT

Image = dict[str, Any]  # as paper_build returns it
PACKAGES = "packages of lists/onnx-cuda0.txt"
LIBRARIES = "Python and its libraries"
DURATION = r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+"
OPTIONS = {"interval", "timeout", "start-period", "start-interval", "retries"}


def check_contents(image: Image) -> None:
    """Expect an empty base, and upon it the service, its packages and the tool's Python, each once, and no more.

    Raises:
        Unmet: there is something else; the text says which line brings it.
    """
    expect.equal(image["image"], "scratch", "the last FROM")
    served = {path for path in CONTEXT if path.startswith(("app/", "onnx/"))}
    allowed, brings = {*served, PACKAGES, LIBRARIES}, {}
    for (_, line), what in image["weight"].items():
        brings.setdefault(what, []).append(line)
    for what, lines in brings.items():
        where = f"line {max(lines)} brings it"
        expect.true(what in allowed, f"{what} in the last stage", expected="not there", got="there", likely=where)
        once = len(lines) == (len(TOOLS_PYTHON) if what == LIBRARIES else 1)
        expect.true(once, f"{what} in the last stage", expected="once", got=f"by the lines {lines}")
    used = upwards(image["folder"]).union(*(upwards(posixpath.dirname(path)) for path in image["view"]))
    expect.equal(sorted(image["folders"] - used), [], "empty folders in the last stage", likely="WORKDIR makes folders")


def check_packages(image: Image) -> None:
    """Expect the tool's Python and its packages where they are found.

    Raises:
        Unmet: it is not so.
    """
    likely = "copy the tool's ROOT, and what is in it comes to /"
    for place in TOOLS_PYTHON:
        got = image["view"].get(place, "nothing")
        expect.equal(got, LIBRARIES, f"{place} in the last stage", likely=likely)
    lists = sorted(what[12:] for what in image["view"].values() if what.startswith("packages of "))
    likely = "" if lists else "are they installed with --target SITE, before closure.py runs with --python SITE?"
    expect.equal(lists, [PACKAGES[12:]], "the packages in the last stage", likely=likely)
    _check_runs([step for stage in image["stages"] for step in stage["does"] if step["name"] == "RUN"])
    got = image["view"].get(in_place("/site", PACKAGES), "nothing")
    expect.equal(got, PACKAGES, "what lies in /site", likely="the tool's ROOT becomes /")
    environment_of(image, "PYTHONPATH", "/site")


def _check_runs(runs: list[dict[str, Any]]) -> None:
    """Expect that pip installs this list alone, in any stage, and as it is asked, whether it is reached or not."""
    wanted = PACKAGES.removeprefix("packages of ")
    others = {path for path in CONTEXT if path.startswith("lists/") and path != wanted}
    named = {path for path in others for run in runs if posixpath.basename(path) in run["text"]}
    made = {what.removeprefix("packages of ") for run in runs for what in run["made"].values()}
    expect.equal(sorted(named | others & made), [], "other lists that a RUN takes, in any stage")
    for command in (" ".join(words) for run in runs for words in run["written"]):
        asked = "--no-cache-dir" in command and re.search(r"\s(--target|-t)\b", command)
        may = bool(asked) or not re.search(r"\bpip3?\b.*\binstall\b", command)
        expect.true(may, command, expected="--no-cache-dir and --target", got="not both")


def check_user(image: Image) -> None:
    """Expect a user by number who is not root.

    Raises:
        Unmet: it is another one.
    """
    user = "".join(image["USER"]["words"]).strip(" \"'") if "USER" in image else "root"
    numbers = re.fullmatch(r"(\d{1,10})(:\d{1,10})?", user)
    may = bool(numbers) and 0 < int(numbers[1]) < 2**31
    likely = "" if numbers else "an empty image has no list of names: write a number"
    if "USER" not in image:
        likely = "without a USER in the last stage it is root, whatever earlier stages say"
    expect.true(may, "who serves", expected="a number other than 0", got=user, likely=likely)


def check_health(image: Image) -> None:
    """Expect a health check that starts health.py with /python, written as a list.

    Raises:
        Unmet: it is another one.
    """
    step = image.get("HEALTHCHECK", {"text": "none", "words": ["NONE"], "flags": {}})
    kind, _, rest = step["words"][0].partition(" ")
    words, is_list = words_of("CMD", rest.strip())
    likely = NOT_JSON if rest.lstrip().startswith("[") else "this image has no shell to read it; write it as a list"
    asks = kind.upper() == "CMD" and is_list
    expect.true(asks, "the health check", expected='HEALTHCHECK CMD ["…", "…"]', got=step["text"], likely=likely)
    place = posixpath.normpath(posixpath.join(image["folder"], words[-1])) if len(words) == 2 else ""
    asks = words[:1] == ["/python"] and image["view"].get(place) == "app/health.py"
    likely = "/python starts it, and its path is seen from the last WORKDIR; nothing else stands in the list"
    expect.true(asks, "the health check", expected="/python and the path of health.py", got=words, likely=likely)
    unknown = set(step["flags"]) - OPTIONS
    expect.true(not unknown, "the options of HEALTHCHECK", expected=", ".join(sorted(OPTIONS)), got=sorted(unknown))
    time, number = (DURATION, "a time with its unit, such as 30s"), (r"\d+", "a number")
    for name, value in step["flags"].items():
        pattern, expected = number if name == "retries" else time
        expect.true(bool(re.fullmatch(pattern, value)), f"--{name} of HEALTHCHECK", expected=expected, got=value)
