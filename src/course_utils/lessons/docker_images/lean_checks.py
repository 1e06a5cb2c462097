"""What is expected of the last stage of 8.3: no tools, packages that are found, not root, a health check that runs."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.bases import BELOW_LIB, has_shell
from course_utils.dockerfiles.pip import option
from course_utils.dockerfiles.syntax import words_of
from course_utils.dockerfiles.variables import expand
from course_utils.expect.unmet import fail
from course_utils.lessons.docker_images.checks import NOT_JSON, command_of

Image = dict[str, Any]  # as paper_build returns it
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where a program without a folder is sought
DURATION = r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+"
OPTIONS = {"interval", "timeout", "start-period", "start-interval", "retries"}
DISTRIBUTION = ("/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/dist-packages")  # Debian's Python
SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/env", "/usr/bin/timeout")


def check_no_tools(image: Image) -> None:
    """Expect no pip, no compiler, no cache and no lists of packages in any layer.

    Raises:
        Unmet: there is one; the text says where it comes from.
    """
    for tool in ("pip", "a compiler", "pip's cache", "the lists of apt"):
        brings = {line for (_, line), what in image["weight"].items() if what == tool}
        where = f"the base {image['image']} brings it" if 0 in brings else f"line {max(brings, default=0)} brings it"
        expect.true(not brings, f"{tool} in the last stage", expected="not there", got="there", likely=where)


def check_program(image: Image, program: str, what: str) -> None:
    """Expect that the image has the program, and that it can be started.

    Raises:
        Unmet: it is not so.
    """
    likely = "a .py file does not start itself; Python starts it, as in the command"
    expect.true(not program.endswith(".py"), f"the program of {what}", expected="a program", got=program, likely=likely)
    place, bare = located(image, program), image["image"] == "scratch"
    likely = f"{image['image']} brings none; it has to be installed, or copied, and be called by its place"
    searched = "nothing is searched for here; /python is where the tool's Python lies once its ROOT is copied to /"
    likely = searched if bare else likely
    expect.true(bool(place), f"the program of {what}", expected="in the image", got=f"no {program}", likely=likely)
    likely = "its first line names a Python that is not in an empty image; let /python start it, with -m"
    script = bare and posixpath.basename(program) == "uvicorn"
    expect.true(not script, f"the program of {what}", expected="/python", got=program, likely=likely)
    kind = image["view"].get(place, "")
    likely = "a program alone does not start: an empty image has none of its libraries; the tool copies them, too"
    whole = not bare or kind != "Python"
    expect.true(whole, f"the program of {what}", expected="Python and its libraries", got=kind, likely=likely)
    link = kind.partition(" a link to ")[2]
    likely = "an environment's Python is a link, and what it leads to has not come along"
    expect.true(not link or link in image["view"], f"what {program} is a link to", expected=link, got="", likely=likely)


def located(image: Image, program: str) -> str:
    """Return the place of a program in an image, sought as a container seeks it; "" where it is not there."""
    folders = [image["folder"]] if "/" in program else (image["env"].get("PATH", "/bin") + ":" + SEARCHED).split(":")
    places = [posixpath.normpath(posixpath.join(folder or "/", program)) for folder in folders]
    known = set(image["view"]) | set(SHELLS if has_shell(image["image"]) else ())
    return next((place for place in places if place in known), "")


def check_packages(image: Image, wanted: str) -> None:
    """Expect the packages of the list `wanted`, and no others, at a place where the started Python looks for them.

    Raises:
        Unmet: it is not so.
    """
    lists = {what[12:] for what in image["view"].values() if what.startswith("packages of ")}
    likely = "" if lists else "are they installed with --target SITE, before closure.py runs with --python SITE?"
    expect.equal(sorted(lists), [wanted], "the packages in the last stage", likely=likely)
    check_found(image)


def check_found(image: Image) -> None:
    """Expect the packages that there are where the started Python looks for them, and that it can be started.

    Raises:
        Unmet: it is not so.
    """
    sites: dict[str, list[str]] = {}
    for place, what in image["view"].items():
        sites.setdefault(what, []).append(posixpath.dirname(place))
    words = command_of(image) or ["nothing"]
    home = posixpath.dirname(posixpath.dirname(located(image, words[0])))
    paths = [*image["env"].get("PYTHONPATH", "").split(":"), image["folder"]]
    paths += DISTRIBUTION if home == "/usr" else [f"{home}{BELOW_LIB}"]
    paths += [f"/root/.local{BELOW_LIB}"] if user_of(image) in ("", "root", "0") else []
    searched = set(map(posixpath.normpath, filter(None, paths)))
    for places in [places for what, places in sites.items() if what.startswith("packages of ")]:
        expected, likely = "in the PYTHONPATH of the last stage", f"ENV PYTHONPATH={places[0]} in the last stage"
        found = bool(searched & set(places))
        expect.true(found, f"the packages in {places[0]}", expected=expected, got=image["env"], likely=likely)
    check_program(image, words[0], "the command")


def check_user(image: Image) -> None:
    """Expect a user who is not root, and exists.

    Raises:
        Unmet: it is not so.
    """
    names = {posixpath.basename(place) for place, what in image["view"].items() if what == "a user"}
    user = user_of(image)
    likely = "without a USER in the last stage it is root, whatever earlier stages say" if "USER" not in image else ""
    is_root = user in ("root", "") or (user.isdigit() and int(user) == 0)
    expect.true(not is_root, "who serves", expected="a user other than root", got=user or "nobody", likely=likely)
    known = user.isdigit() or user in names
    likely = "a name has to be made with useradd, or copied with /etc/passwd; a number needs no name"
    expect.true(known, "who serves", expected="a user who is known in the image", got=user, likely=likely)


def user_of(image: Image) -> str:
    """Return the user who serves, by name or by number."""
    own = "nonroot" if "nonroot" in image["image"] else "root"
    return image["USER"]["words"][0].split(":")[0].strip().strip("\"'") if "USER" in image else own


def check_health(image: Image) -> None:
    """Expect a health check that this image can run.

    Raises:
        Unmet: it is not so.
    """
    step = image.get("HEALTHCHECK", {"text": "none", "words": ["NONE"]})
    rest = step["words"][0].partition(" ")[2].strip()
    asks = step["words"][0].upper().split()[:1] == ["CMD"] and "health" in rest
    expect.true(asks, "the health check", expected="HEALTHCHECK … CMD …, which asks for health", got=step["text"])
    words, is_list = words_of("CMD", rest)
    listed = rest.startswith("[")
    likely = NOT_JSON if listed else "this image has no shell to read it; write it as a list"
    readable = is_list or (has_shell(image["image"]) and not listed)
    expect.true(readable, "the health check", expected='CMD ["…", "…"]', got=rest, likely=likely)
    words = words if is_list else _split(expand(rest, image["env"]))
    programs = [words[0]] if is_list else [w for w in words if re.search(r"(python[\d.]*|curl|wget|\.py)$", w)][:1]
    for program in programs:
        check_program(image, program, "the health check")
    for address in re.findall(r"\w+://[^\s/'\"]*", " ".join(words)):
        asked = re.fullmatch(r"http://(localhost|127\.0\.0\.1|0\.0\.0\.0):8000", address)
        expect.true(bool(asked), "whom the health check asks", expected="http://localhost:8000", got=address)
    _check_options(step["flags"])
    modules = [name.replace(".", "/") + ".py" for name in option(words, "-m") if "health" in name]
    files = [word for word in words if word.endswith("health.py")] + modules
    for place in [posixpath.normpath(posixpath.join(image["folder"], each)) for each in files]:
        expected = "in the image, seen from the last WORKDIR"
        expect.true(place in image["view"], "health.py", expected=expected, got=f"no {place}")
    asks = bool(files) or "8000" in rest
    expect.true(asks, "whom the health check asks", expected="the service, as health.py does", got=rest)


def _check_options(flags: dict[str, str]) -> None:
    unknown = set(flags) - OPTIONS
    expect.true(not unknown, "the options of HEALTHCHECK", expected=", ".join(sorted(OPTIONS)), got=sorted(unknown))
    time, number = (DURATION, "a time with its unit, such as 30s"), (r"\d+", "a number")
    for name, value in flags.items():
        pattern, expected = number if name == "retries" else time
        expect.true(bool(re.fullmatch(pattern, value)), f"--{name} of HEALTHCHECK", expected=expected, got=value)


def _split(command: str) -> list[str]:
    words: list[str] = []
    try:
        words = shlex.split(command)
    except ValueError:
        fail("the health check", "a command", command, "a quotation mark is not closed")
    return words
