"""What `pip install` leaves in an image: packages, by the lists they stand in, and its cache."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from itertools import pairwise

from course_utils.dockerfiles.bases import BELOW_LIB, SITE
from course_utils.dockerfiles.places import standing
from course_utils.dockerfiles.refusing import refuse

TAKE_A_VALUE = {"-r", "-c", "-t", "-i", "-f", "-e", "--requirement", "--constraint", "--target", "--prefix", "--root"}
TAKE_A_VALUE |= {"--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--only-binary", "--no-binary"}
TAKE_A_VALUE |= {"--timeout", "--retries", "--cache-dir", "--progress-bar", "--python-version", "--platform", "--proxy"}
TAKE_A_VALUE |= {"--root-user-action", "--upgrade-strategy", "--cert", "--python", "--implementation", "--abi"}

YES_OR_NO = ("1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off")


def separated(words: list[str]) -> list[str]:
    """Return the words with each `--option=value` as two."""
    return [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]


def option(words: list[str], *names: str) -> list[str]:
    """Return the values that options of these names have: `-r x`, `--requirement x`, `--requirement=x`."""
    return [value for name, value in pairwise(separated(words)) if name in names]


def doubt(name: str) -> str:
    """Return what may be wrong with a file's name in which a variable was meant; "" where nothing shows."""
    if "$" in name:
        return "; single quotes keep the $ as it is"
    return "; is a $ missing, or is the text an f-string?" if "{" in name else ""


def pip_install(
    words: list[str], at: str, there: Mapping[str, str], env: Mapping[str, str], line: int
) -> dict[str, str]:
    """Return {path: what} for what `pip install` adds: "packages of LIST", or of a NAME, "uvicorn", "pip's cache".

    Args:
        words: the command.
        at: the folder one stands in.
        there: {path: what} for what lies in the image.
        env: the variables of the RUN's shell.
        line: where the RUN stands.

    Raises:
        Unmet: a list is not there.
    """
    site = _site(words, at, env)
    new = {}
    for name in option(words, "-r", "--requirement") + [word[2:] for word in words if re.match("-r.", word)]:
        wanted = standing(at, name)
        if wanted not in there:
            refuse(line, f"pip finds no {wanted} in the image{doubt(name)}")
        new[f"{site}/{posixpath.basename(there[wanted])}"] = f"packages of {there[wanted]}"
        new[f"{site.removesuffix(BELOW_LIB)}/bin/uvicorn"] = "uvicorn"
    new |= {f"{site}/{name}": f"packages of {name}, by name" for name in _named(words)}
    forbidden = env.get("PIP_NO_CACHE_DIR", "").lower() in YES_OR_NO  # "no", too: pip does not look which it is
    kept = not forbidden and not {"--no-cache-dir", "--no-cache"} & set(words)
    return new | ({_cache(words, at, env): "pip's cache"} if kept else {})


def _named(words: list[str]) -> list[str]:
    """Return the packages that are named one by one; what pip itself is made of counts where it goes along."""
    behind = separated(words[words.index("install") :])
    named = [b for a, b in pairwise(behind) if b[:1] != "-" and a not in TAKE_A_VALUE]
    own = () if option(words, "--target", "-t") else ("pip", "setuptools", "wheel", "uv")
    return [each for each in named if re.split(r"[\W_]", each)[0] not in own]


def _cache(words: list[str], at: str, env: Mapping[str, str]) -> str:
    shared = env.get("XDG_CACHE_HOME") or posixpath.join(env["HOME"], ".cache")
    own = env.get("PIP_CACHE_DIR") or posixpath.join(shared, "pip")
    return standing(at, (option(words, "--cache-dir") or [own])[-1])


def _site(words: list[str], at: str, env: Mapping[str, str]) -> str:
    """Return the folder that the packages go to."""
    program, path = posixpath.dirname(words[0]), env.get("PATH", "").split(":")[0]
    own = next((each for each in (program, path) if each.endswith("/bin") and not each.startswith("/usr")), None)
    site = posixpath.dirname(own) + BELOW_LIB if own and own != "/bin" else SITE
    site = "/root/.local" + BELOW_LIB if "--user" in words else site
    site = next((each + BELOW_LIB for each in option(words, "--prefix", "--root")), site)
    return posixpath.join(at, next(iter(option(words, "--target", "-t")), site))
