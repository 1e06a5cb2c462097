"""What is expected of a health check: that the image can run it, and that it asks the service over HTTP."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import Any

from course_utils import expect
from course_utils.dockerfiles.bases import has_shell
from course_utils.dockerfiles.pip import option
from course_utils.dockerfiles.syntax import words_of
from course_utils.dockerfiles.variables import expand
from course_utils.expect.unmet import fail
from course_utils.lessons.docker_images.lean_checks import check_program
from course_utils.lessons.docker_images.starting import NOT_JSON, OPTION, letters_of

Image = dict[str, Any]  # as paper_build returns it
DURATION = r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+"
OPTIONS = {"interval", "timeout", "start-period", "start-interval", "retries"}
OVER_HTTP = r"urlopen|urlretrieve|HTTPConnection|HTTP/1|\b(requests|httpx|urllib3)\.\w|\b(curl|wget)\b"
ALWAYS_WELL = r"(\|\||;)\s*(true|:|echo|exit 0|exit)\s*($|[;&|\"])"

SWALLOWS = r"suppress\(|except[^\n:]*:\s*(pass|\.\.\.|print|(sys\.)?exit\(0?\))"


def check_health(image: Image) -> None:
    """Expect a health check that this image can run, and that asks the service.

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
    _check_asked(image, words, rest)


def _check_asked(image: Image, words: list[str], rest: str) -> None:
    here = not letters_of(words) & set("IP") and not image["env"].get("PYTHONSAFEPATH")  # else it is not searched
    modules = [name.replace(".", "/") + ".py" for name in option(words, "-m") if here and "health" in name]
    files = [word for n, word in enumerate(words) if word.endswith("health.py") and _is_run(words[:n])] + modules
    code = re.sub(r"#.*", "", " ".join(words))
    files += ["health.py"] if not files and here and re.search(r"\bimport health\b|run_path\(.health\.py", code) else []
    for place in [posixpath.normpath(posixpath.join(image["folder"], each)) for each in files]:
        expected = "in the image, seen from the last WORKDIR"
        expect.true(place in image["view"], "health.py", expected=expected, got=f"no {place}")
    asks = bool(files) or ("8000" in code and "/health" in code and bool(re.search(OVER_HTTP, code)))
    asks &= not re.search("HTTPConnection|HTTP/1", code) or bool(re.search("getresponse|recv|read", code))
    likely = "a port that is open says nothing; the answer does"
    expected = "the service over HTTP, as health.py does"
    expect.true(asks, "whom the health check asks", expected=expected, got=rest, likely=likely)
    likely = "0 means healthy, whatever the service has said"
    well = bool(re.search(f"{ALWAYS_WELL}|{SWALLOWS}", " ".join(words)))
    well |= bool(re.search(r"\bexcept\b", code)) and not re.search(r"exit\b|\braise\b|\bassert\b", code)
    expect.true(not well, "how the health check ends", expected="not with 0 always", got=rest, likely=likely)


def _is_run(before: list[str]) -> bool:
    """Return whether a file behind these words is run: behind Python, with options between that change nothing."""
    places = [n for n, word in enumerate(before) if re.search(r"python[\d.]*$", word)]
    options = " ".join(before[places[-1] + 1 :]) if places else "none"
    return bool(re.fullmatch(f"({OPTION}( {OPTION})*)?", options))


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
