"""What is expected of the last stage of 8.3: no tools, packages that are found, not root."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.bases import BELOW_LIB, has_shell
from course_utils.lessons.docker_images.checks import command_of

Image = dict[str, Any]  # as paper_build returns it
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where a program without a folder is sought
DISTRIBUTION = ("/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/dist-packages")  # Debian's Python
SYSTEMS = r"(^|/)(debian|ubuntu|alpine|fedora)\b"
OLDER = r"bullseye|buster|debian:?1[01]\b|alpine|busybox"  # with an older C library, or another
PYTHON = "Python 3.11, such as Debian 12's"
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
    for stage in image["stages"]:
        made = [step["made"].values() for step in stage["does"] if step["name"] == "RUN"]
        installing = any(what.startswith("packages of ") for each in made for what in each)
        other = installing and bool(re.search(SYSTEMS, stage["image"])) and not is_debian_12(stage)
        likely = "this one's Python is not 3.11, or its C library is another"
        expect.true(not other, "where packages are installed", expected=PYTHON, got=stage["image"], likely=likely)
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
    check_version(image, words[0])


def check_version(image: Image, program: str) -> None:
    """Expect that Python is 3.11, and that the base is no older than what it is built for."""
    place = located(image, program)
    python = image["view"].get(place, "").partition(" a link to ")[2] or place
    other = python.startswith("/usr/bin/") and not python.endswith("3.11") and not is_debian_12(image)
    other |= image["view"].get(python) == "Python" and bool(re.search(OLDER, image["image"]))
    likely = "Debian 12, bookworm, has Python 3.11; compiled modules are made for one version"
    expect.true(not other, "the last FROM", expected=PYTHON, got=image["image"], likely=likely)


def is_debian_12(image: Image) -> bool:
    """Return whether the base is Debian 12, whose own Python is 3.11; one that is named by its digest may be."""
    return bool(re.search("bookworm|debian12|debian:12|(debian|python3)@", image["image"]))


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
    for step in [step for step in image["does"] if re.fullmatch("0?[0-7]{3}", step["flags"].get("chmod", ""))]:
        readable = int(step["flags"]["chmod"][-1]) & 4 or "chown" in step["flags"]
        expect.true(bool(readable), "who may read", expected="the user who serves", got=step["text"])
    known = user.isdigit() or user in names
    likely = "a name has to be made with useradd, or copied with /etc/passwd; a number needs no name"
    expect.true(known, "who serves", expected="a user who is known in the image", got=user, likely=likely)


def user_of(image: Image) -> str:
    """Return the user who serves, by name or by number."""
    own = "nonroot" if "nonroot" in image["image"] else "root"
    return image["USER"]["words"][0].split(":")[0].strip().strip("\"'") if "USER" in image else own
