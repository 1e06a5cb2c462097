"""Programs of a RUN on paper: which Python pip installs for, what uv and wheels leave, and what is refused."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import paper_build
from course_utils.expect import Unmet

CONTEXT = ["lists/a.txt", "app/one.py", "app/two.py", "closure.py"]
PYTHON = "FROM python:3.11-slim-bookworm\nCOPY lists/a.txt /\n"
A = "packages of lists/a.txt"


def places(text: str, what: str = A) -> list[str]:
    """Return where something lies in the image."""
    return [path for path, each in paper_build(PYTHON + text, CONTEXT)["view"].items() if each == what]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("RUN python -m venv /v\nENV PATH=$PATH:/v/bin\nRUN pip install -r /a.txt", "/usr/local/lib/python3.11"),
        ("RUN python -m venv /v\nENV PATH=/v/bin:$PATH\nRUN pip install -r /a.txt", "/v/lib/python3.11"),
        ("RUN python -m venv v && . v/bin/activate && pip install -r a.txt", "/v/lib/python3.11"),
        ("RUN python -m venv /v && pip --python /v install -r a.txt", "/v/lib/python3.11"),
        ("RUN uv pip install --system -r a.txt", "/usr/local/lib/python3.11"),
        ("RUN uv venv && uv pip install -r a.txt", "/.venv/lib/python3.11"),
        ("ENV VIRTUAL_ENV=/v\nRUN uv venv /v && uv pip sync a.txt", "/v/lib/python3.11"),
        ("RUN uv venv /v && uv pip install --python /v/bin/python -r a.txt", "/v/lib/python3.11"),
        ("RUN useradd -m app\nUSER app\nRUN pip install -r a.txt", "/home/app/.local/lib/python3.11"),
        ("RUN pip install --root /r -r a.txt", "/r/usr/local/lib/python3.11"),
        ('RUN ["sh", "-c", "pip install -r a.txt"]', "/usr/local/lib/python3.11"),
        ("RUN env A=1 pip install -r a.txt", "/usr/local/lib/python3.11"),
        ("RUN pip wheel -w /w -r a.txt && pip install /w/*.whl", "/usr/local/lib/python3.11"),
    ],
)
def test_the_python_that_is_found_decides_where_packages_go(text, place):
    assert places(text) == [f"{place}/site-packages/a.txt"]


def test_a_stage_can_lend_its_wheels():
    lent = "RUN --mount=from=0,source=/w,target=/w pip install --no-cache-dir /w/*.whl"
    view = paper_build(f"{PYTHON}RUN pip wheel -w /w -r a.txt\nFROM python:3.11-slim-bookworm\n{lent}", CONTEXT)["view"]
    assert A in view.values() and "wheels of lists/a.txt" not in view.values()


@pytest.mark.parametrize(
    "command", ["pip wheel -w /w -r a.txt", "pip download -r a.txt", "pip install --dry-run -r a.txt"]
)
def test_what_only_downloads_keeps_a_cache_and_installs_nothing(command):
    assert places(f"RUN {command}") == []
    assert places(f"RUN {command}", "pip's cache") == ["/root/.cache/pip"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("RUN uv pip install --system -r a.txt", ["/root/.cache/uv"]),
        ("RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system -r a.txt", []),
        ("ENV UV_NO_CACHE=1\nRUN uv pip install --system -r a.txt", []),
        ("RUN uv pip install --system -r a.txt && uv cache clean", []),
        ("RUN pip config set global.no-cache-dir true\nRUN pip install -r a.txt", []),
    ],
)
def test_other_ways_to_a_cache_or_to_none(text, kept):
    assert places(text, "pip's cache") == kept


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("COPY app/one.py /tmp", "/tmp/one.py"),
        ("WORKDIR /w\nCOPY app/one.py /w", "/w/one.py"),
        ("COPY app/one.py /new", "/new"),
        ("RUN mkdir -p /d/e\nCOPY app/one.py /d/e", "/d/e/one.py"),
        ("COPY app /app\nRUN cp -r /app /tmp", "/tmp/app/one.py"),
        ("COPY app /app\nRUN cp -r /app/. /tmp", "/tmp/one.py"),
        ("COPY app /app\nRUN mv /app/one.py /b", "/b"),
        ("COPY app /app\nRUN install -m 644 /app/one.py /b && rm -r /app", "/b"),
    ],
)
def test_a_copy_goes_into_a_folder_that_is_there(text, place):
    assert places(text, "app/one.py")[-1] == place
    assert ("mv" in text or "rm" in text) == ("/app/one.py" not in places(text, "app/one.py") and "/app\n" in text)


@pytest.mark.parametrize("made", ["RUN echo 'app:x:7:7::/:' > /p", "RUN useradd app && cp /etc/passwd /p"])
def test_users_come_along_with_their_file(made):
    view = paper_build(f"{PYTHON}{made}\nFROM scratch\nCOPY --from=0 /p /etc/passwd", CONTEXT)["view"]
    assert view["/etc/passwd/app"] == "a user"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RUN uv pip install -r a.txt", "uv finds no environment"),
        ("RUN python3.12 -m pip install -r a.txt", "there is no python3.12"),
        ("RUN pip install --python-version 3.12 -r a.txt", "another Python"),
        ("RUN pip install --platform win_amd64 -r a.txt", "another system"),
        ("USER 7\nRUN pip install -r a.txt", "may not write there"),
        ("USER 7\nRUN apt-get update", "is for root"),
        ("RUN python -m venv v && source v/bin/activate", "knows no `source`"),
        ("COPY app ./\nRUN truncate -s 0 one.py", "does not know what `truncate` does"),
        ("COPY app ./\nRUN find . -name '*.py' -delete", "does not know what `find` does"),
        ("COPY app ./\nRUN echo a > one.py", "writes over /one.py"),
        ("COPY app ./\nRUN cp -t / one.py two.py", "write the target last"),
        ("COPY --parents app ./", "does not know --parents"),
        ("COPY app/one.py app/two.py /new", "a / at its end"),
        ("COPY --from=0 /a.txt /b", "there is no stage 0 so far"),
        ("FROM debian:12 AS a\nFROM debian:12 AS a", "two stages are called a"),
        ("FROM debian:12\nRUN pip install a", "has no pip"),
        ("FROM debian:12 a", "FROM takes an image"),
        ("ENV A=1 B", "ENV takes NAME=value"),
    ],
)
def test_what_would_not_build_or_cannot_be_followed_is_refused(text, said):
    with pytest.raises(Unmet, match=said):
        paper_build(PYTHON + text, CONTEXT)


@pytest.mark.parametrize(
    "command",
    [
        "find / -name __pycache__ -exec rm -r '{}' +",
        "sed -i s/a/b/ /etc/apt/sources.list",
        "cat /a.txt 2>&1",
        "awk 1 a.txt",
    ],
)
def test_what_touches_nothing_that_counts_is_let_be(command):
    assert places(f"COPY app /app\nRUN {command}", "app/one.py") == ["/app/one.py"]
