"""A Dockerfile built on paper: what lies in the image, and what would not build."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import paper_build
from course_utils.dockerfiles.bases import SITE, brought, has_shell
from course_utils.expect import Unmet

CONTEXT = ["lists/a.txt", "lists/b.txt", "app/one.py", "app/two.py", "closure.py", "README.md"]
PYTHON = "FROM python:3.11-slim-bookworm\n"


def view(text: str, **arguments: str) -> dict[str, str]:
    """Return what a container sees, without what the base brings."""
    image = paper_build(text, CONTEXT, **arguments)
    return {path: what for path, what in image["view"].items() if path not in brought(image["image"])}


def test_files_lie_where_copy_puts_them():
    seen = view("FROM debian:12\nWORKDIR /srv\nWORKDIR app\nCOPY app/ ./\nCOPY README.md /why.txt")
    assert seen == {"/srv/app/one.py": "app/one.py", "/srv/app/two.py": "app/two.py", "/why.txt": "README.md"}


@pytest.mark.parametrize(("arguments", "expected"), [({}, "lists/a.txt"), ({"LIST": "b"}, "lists/b.txt")])
def test_an_argument_chooses(arguments, expected):
    assert set(view("FROM debian:12\nARG LIST=a\nCOPY lists/${LIST}.txt /list", **arguments).values()) == {expected}


def test_an_argument_above_from_is_empty_below_until_it_is_declared_again():
    text = "ARG A=12\nFROM debian:$A\nENV B=$A\nARG A\nENV C=$A"
    image = paper_build(text, CONTEXT)
    assert image["image"] == "debian:12"
    assert image["env"] == {"B": "", "C": "12"}


@pytest.mark.parametrize(
    ("install", "site"),
    [
        ("pip install -r lists/a.txt", SITE),
        ("python -m pip install --requirement=lists/a.txt", SITE),
        ("pip install --target parts -r lists/a.txt", "/parts"),
        ("python -m venv /env && /env/bin/pip install -r lists/a.txt", "/env/lib/python3.11/site-packages"),
        ("pip install --user -r lists/a.txt", "/root/.local/lib/python3.11/site-packages"),
    ],
)
def test_pip_installs_lists_and_keeps_its_cache(install, site):
    seen = view(f"{PYTHON}COPY lists lists\nRUN {install}")
    assert seen[f"{site}/a.txt"] == "packages of lists/a.txt"
    assert seen["/root/.cache/pip"] == "pip's cache"


@pytest.mark.parametrize(
    "text",
    [
        "COPY lists lists\nRUN pip install --no-cache-dir -r lists/a.txt",
        "COPY lists lists\nENV PIP_NO_CACHE_DIR=1\nRUN pip install -r lists/a.txt",
        "COPY lists lists\nRUN pip install -r lists/a.txt && pip cache purge",
        "COPY lists lists\nRUN pip install -r lists/a.txt && rm -rf ~/.cache",
        "COPY lists lists\nRUN pip install -r lists/a.txt && rm -rf $HOME/.cache/pip",
        "RUN --mount=type=bind,source=lists,target=/lists --mount=type=cache,target=/root/.cache/pip "
        "pip install -r /lists/a.txt",
    ],
)
def test_a_cache_can_be_refused_or_lent(text):
    held = set(paper_build(PYTHON + text, CONTEXT)["weight"].values())
    assert "packages of lists/a.txt" in held
    assert "pip's cache" not in held


def test_what_is_deleted_later_still_weighs():
    image = paper_build("FROM debian:12\nRUN apt-get update && apt-get install gcc\nRUN rm -rf /var/lib/apt", CONTEXT)
    assert "the lists of apt" not in image["view"].values()
    assert "the lists of apt" in image["weight"].values()
    assert image["view"]["/usr/bin/gcc"] == "a compiler"


def test_what_is_deleted_in_its_own_step_never_weighs():
    image = paper_build("FROM debian:12\nRUN apt-get update && rm -rf /var/lib/apt", CONTEXT)
    assert "the lists of apt" not in image["weight"].values()


def test_only_the_last_stage_counts_and_stages_give_files():
    text = f"{PYTHON}COPY app /app\nENV A=1\nFROM scratch AS bare\nCOPY --from=0 /app/one.py /\nFROM bare\nUSER 7"
    image = paper_build(text, CONTEXT)
    assert (image["image"], image["view"], image["env"]) == ("scratch", {"/one.py": "app/one.py"}, {})
    assert image["USER"]["words"] == ["7"]
    assert len(image["stages"]) == 3


def test_the_course_s_tool_takes_python_and_its_packages_and_no_more():
    install = "RUN pip install --target parts -r lists/a.txt\nRUN python closure.py plate --python parts"
    seen = view(f"{PYTHON}COPY closure.py closure.py\nCOPY lists lists\n{install}")
    plate = {path: what for path, what in seen.items() if path.startswith("/plate")}
    python = dict.fromkeys(("/plate/python", "/plate/usr/local/bin/python3.11"), "Python and its libraries")
    assert plate.pop("/plate/etc/ld.so.cache")
    assert plate == python | {"/plate/site/a.txt": "packages of lists/a.txt"}


@pytest.mark.parametrize(
    ("image", "brings"),
    [
        ("scratch", set()),
        ("debian:12", set()),
        ("gcc:14", {"a compiler"}),
        ("python:3.11-slim", {"pip", "Python"}),
        ("python:3.11", {"pip", "Python", "a compiler"}),
        ("gcr.io/distroless/python3-debian12:nonroot", {"Python of the distribution", "Python's modules"}),
    ],
)
def test_bases_bring_what_matters(image, brings):
    users = {"a user", "the groups"} if image != "scratch" else set()
    halves = {"Python's library", "Python's modules"} if image.startswith("python") else set()
    assert set(brought(image).values()) == brings | users | halves
    assert has_shell(image) == (image != "scratch" and "distroless" not in image)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RUN a", "line 1 .* RUN stands above FROM"),
        ("ARG A=1", "a FROM"),
        ("FROM scratch\nRUN a", "line 2 .* scratch has no shell"),
        ("FROM a:1\nCOPY nothing ./", "line 2 .* no nothing in the build context"),
        ("ARG A=a\nFROM a:1\nCOPY lists/$A.txt ./", "line 3 .* is `ARG A=default`, without blanks, between FROM"),
        ("FROM a:1\nCOPY 'lists/$A.txt' ./", "single quotes keep the"),
        ("FROM a:1\nCOPY lists/{A}.txt ./", "is a \\$ missing"),
        ("FROM a:1\nCOPY app ./ # why", "line 2 .* a comment needs a line of its own"),
        ("FROM a:1\nCOPY --from=kitchen /a /", "line 2 .* no stage is called kitchen"),
        ("FROM a:1\nCOPY --from=3 /a /", "line 2 .* there is no stage 3"),
        ("FROM a:1 AS b\nFROM c:1\nCOPY --from=b /a /", "line 3 .* no /a in the stage b"),
        (f"{PYTHON}RUN pip install -r lists/a.txt", "line 2 .* pip finds no /lists/a.txt"),
        (f"{PYTHON}RUN python closure.py plate", "line 2 .* Python finds no /closure.py"),
        (f"{PYTHON}COPY closure.py /\nRUN python closure.py", "line 3 .* closure.py needs a ROOT"),
        (f"{PYTHON}COPY closure.py /\nRUN python closure.py a --python b", "line 3 .* finds no folder /b"),
        ("FROM 7", "line 1 .* there is no stage 7"),
        ("FROM a:1\nRUN []", "line 2 .* nothing to run"),
        ("FROM a:1\nRUN cp a", "line 2 .* cp needs a source and a target"),
        ("FROM a:1\nRUN --mount=type=bind,source=lists ls", "line 2 .* needs a target"),
        (f'{PYTHON}RUN [ -n "$A" ] && ls', "line 2 .* ends with a test that does not hold"),
        ("FROM a:1\nRUN if b; then c; else d", "line 2 .* the shell cannot read RUN if b"),
    ],
)
def test_what_would_not_build_is_said_with_its_line(text, said):
    with pytest.raises(Unmet, match=said):
        paper_build(text, CONTEXT)


def test_packages_named_one_by_one_are_told_from_lists():
    install = "RUN pip install --upgrade pip && pip install -i https://a.b --no-cache-dir -r lists/a.txt torch==2.1"
    held = set(view(f"{PYTHON}COPY lists lists\n{install}").values())
    assert {"packages of lists/a.txt", "packages of torch==2.1, by name"} <= held
    assert sum(each.startswith("packages") for each in held) == 2


def test_an_environment_s_python_is_a_link():
    seen = view(f"{PYTHON}RUN python3 -m venv --without-pip /env")
    assert seen["/env/bin/python"] == "Python, a link to /usr/local/bin/python3"


def test_pip_can_be_taken_away_before_its_folder_is_copied():
    text = f"{PYTHON}RUN pip uninstall --yes pip\nFROM debian:12\nCOPY --from=0 /usr/local /usr/local"
    assert "pip" not in view(text).values()


def test_a_command_and_a_health_check_are_kept_as_they_are_and_a_user_is_not():
    image = paper_build('FROM debian:12\nARG A=7\nUSER $A\nCMD ["a", "$A"]\nHEALTHCHECK CMD b $A', CONTEXT)
    assert [image[key]["words"] for key in ("USER", "CMD", "HEALTHCHECK")] == [["7"], ["a", "$A"], ["CMD b $A"]]


def test_a_step_knows_what_it_was_lent():
    image = paper_build(f"{PYTHON}RUN --mount=type=bind,source=app,target=/app ls", CONTEXT)
    assert image["does"][0]["lent"] == {"app/one.py", "app/two.py"}


def test_a_stage_may_be_called_like_its_image():
    assert paper_build("FROM debian AS debian\nFROM debian", CONTEXT)["image"] == "debian"


def test_one_goes_where_cd_says():
    assert view("FROM debian:12\nCOPY app /app\nRUN cd /app && cp one.py /a && cd && cp /app/two.py b")["/root/b"]


@pytest.mark.parametrize(
    ("run", "again"),
    [
        ("chown -R 7:7 /app", ["/app/one.py", "/app/two.py"]),
        ("cd /app && chmod 644 one.py", ["/app/one.py"]),
        ("chown 7 /app", []),
        ("cp /app/one.py /b && chmod 600 /b", []),
    ],
)
def test_an_owner_or_a_mode_given_later_lies_in_a_layer_again(run, again):
    weight = paper_build(f"FROM debian:12\nCOPY app /app\nRUN {run}", CONTEXT)["weight"]
    assert [path for path, line in weight if line == 3 and path in view("FROM debian:12\nCOPY app /app")] == again


def test_an_image_from_elsewhere_is_taken_on_trust():
    assert view("FROM scratch\nCOPY --from=nginx:1.27 /etc/nginx /etc/nginx") == {}
