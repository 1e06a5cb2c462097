"""What is expected of the last stage of 8.3: no tools, packages that are found, not root."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.bases import BELOW_LIB, LIBRARY, MODULES, SEARCHED, has_shell
from course_utils.dockerfiles.running import home_of
from course_utils.lessons.docker_images.reading import check_readable, user_of
from course_utils.lessons.docker_images.starting import command_of, letters_of, program_of

Image = dict[str, Any]  # as paper_build returns it
DISTRIBUTION = ("/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/dist-packages")  # Debian's Python
PYTHON = "Python 3.11, such as Debian 12's"
SHELLS = ("/bin/sh", "/bin/bash", "/usr/bin/env", "/usr/bin/timeout")


def check_no_tools(image: Image) -> None:
    """Expect no pip, no compiler, no cache and no lists of packages in any layer.

    Raises:
        Unmet: there is one; the text says where it comes from.
    """
    for tool in ("pip", "a compiler", "the lists of apt", "wheels"):
        brings = {line for (_, line), what in image["weight"].items() if what.startswith(tool)}
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
    likely = "its other half has not come along, or it lies elsewhere than it was built for"
    expect.true(_is_whole(image, link or place), f"the program of {what}", expected=PYTHON, got=place, likely=likely)
    script = kind.partition("uvicorn, by ")[2]
    likely = "a script's first line names its Python"
    expect.true(not script or script in image["view"], f"what starts {program}", expected=script, got="", likely=likely)


def _is_whole(image: Image, place: str) -> bool:
    """Return whether a Python has what it loads: its library and modules, where it was built to find them."""
    if image["view"].get(place) == "Python and its libraries":
        parts = {"/usr/local/bin/python3.11", "/etc/ld.so.cache"}
        return place in ("/python", "/usr/local/bin/python3.11") and parts <= set(image["view"])
    if image["view"].get(place) == "Python of the distribution":
        return posixpath.dirname(place) == "/usr/bin" and "/usr/lib/python3.11/os.py" in image["view"]
    if image["view"].get(place) != "Python":
        return True
    return posixpath.dirname(place) == "/usr/local/bin" and {LIBRARY, MODULES} <= set(image["view"])


def located(image: Image, program: str) -> str:
    """Return the place of a program in an image, sought as a container seeks it; "" where it is not there."""
    folders = [image["folder"]] if "/" in program else image["env"].get("PATH", SEARCHED).split(":")
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
    for stage in image["stages"]:
        _check_made_for_311(stage)
    words = command_of(image) or ["nothing"]
    gone = {what for what in image["weight"].values() if what.startswith("packages of ")} - set(image["view"].values())
    expect.true(not gone, "the packages", expected="in the image", got=f"{sorted(gone)} are taken away again")
    sites: dict[str, list[str]] = {}
    for place, what in image["view"].items():
        sites.setdefault(what, []).append(posixpath.dirname(place))
    searched = _searched(image, program_of(words))
    for places in [places for what, places in sites.items() if what.startswith("packages of ")]:
        expected, likely = "in the PYTHONPATH of the last stage", f"ENV PYTHONPATH={places[0]} in the last stage"
        found = bool(searched & set(places))
        got = {"ENV": image["env"], "the command": words}
        expect.true(found, f"the packages in {places[0]}", expected=expected, got=got, likely=likely)
    check_program(image, words[0], "the command")
    for program in program_of(words)[:1]:
        check_program(image, program, "the command")
        check_version(image, program)
    platforms = {stage["platform"] for stage in image["stages"]}
    same, got = len(platforms) == 1, sorted(platforms)
    expect.true(same, "--platform of the stages", expected="the same for each", got=got)


def _check_made_for_311(stage: Image) -> None:
    """Expect that where packages are installed there is Python 3.11, on Debian's C library."""
    made = [step["made"].values() for step in stage["does"] if step["name"] == "RUN"]
    installing = any(what.startswith("packages of ") for each in made for what in each)
    name = stage["image"]
    version = re.search(r"py(?:thon)?-?3\.?(\d+)", name.replace("python:", "python")) or re.search(r"()(?=@)", name)
    same = version[1] in ("11", "") if version else is_debian_12(stage)
    same &= not re.search("alpine|windows", name)
    likely = "this one's Python is not 3.11, or its C library is another"
    expect.true(same or not installing, "where packages are installed", expected=PYTHON, got=name, likely=likely)


def _searched(image: Image, words: list[str]) -> set[str]:
    """Return the folders in which the Python that words start looks for packages."""
    program, letters, env = "".join(words[:1]), letters_of(words), image["env"]
    home = posixpath.dirname(posixpath.dirname(located(image, program)))
    own = DISTRIBUTION if home == "/usr" else (f"{home}{BELOW_LIB}",)
    paths = [] if "S" in letters else [*own]
    paths += env.get("PYTHONPATH", "").split(":") if not letters & set("EI") else []
    is_safe = letters & set("IP") or env.get("PYTHONSAFEPATH") or posixpath.basename(program) == "uvicorn"
    paths += [] if is_safe else [image["folder"]]
    no_user = letters & set("IsS") or env.get("PYTHONNOUSERSITE")
    paths += [] if no_user else [posixpath.join(env.get("HOME", home_of(image.get("USER"))), f".local{BELOW_LIB}")]
    return {posixpath.normpath(posixpath.join(image["folder"], each)) for each in paths if each}


def check_version(image: Image, program: str) -> None:
    """Expect that Python is 3.11, and that the base is no older than what it is built for."""
    place = located(image, program)
    python = image["view"].get(place, "").partition(" a link to ")[2] or place
    other = python.startswith("/usr/bin/") and not python.endswith("3.11") and not is_debian_12(image)
    copied = (
        image["view"].get(python) == "Python" and python.startswith("/usr/local") and "python:" not in image["image"]
    )
    other |= copied and _release(image) < max(
        [0] + [_release(each) for each in image["stages"] if "python:" in each["image"]]
    )
    other |= copied and bool(re.search("alpine|busybox", image["image"]))
    other |= "PYTHONHOME" in image["env"]
    likely = "Debian 12, bookworm, has Python 3.11; compiled modules are made for one version"
    expect.true(not other, "the last FROM", expected=PYTHON, got=image["image"], likely=likely)


def _release(image: Image) -> int:
    """Return the number of the Debian that a base is made of; Docker's Python is today's where it does not say."""
    names = {"buster|debian:?10": 10, "bullseye|debian:?11": 11, "bookworm|debian:?12|jammy|22.04": 12}
    return next((number for name, number in names.items() if re.search(name, image["image"])), 13)


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
    known = user.isdigit() or user in names
    likely = "a name has to be made with useradd, or copied with /etc/passwd; a number needs no name"
    expect.true(known, "who serves", expected="a user who is known in the image", got=user, likely=likely)
    group = "".join(image["USER"]["words"][0].split(":")[1:]) if "USER" in image else ""
    known = group.isdigit() or not group or any(place.startswith("/etc/group") for place in image["view"])
    likely = "an empty image knows no names; a number needs none"
    expect.true(known, "the group that serves", expected="a number", got=group, likely=likely)
    check_readable(image)
