"""Where pip's cache lies in an image, and what keeps it out."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import paper_build

INSTALL = "FROM python:3.11-slim-bookworm\n{}\nCOPY lists lists\nRUN {} pip install {} -r lists/a.txt{}"


def kept(before: str = "", mount: str = "", options: str = "", after: str = "") -> list[str]:
    """Return the places of the image that hold a cache of pip's."""
    view = paper_build(INSTALL.format(before, mount, options, after), ["lists/a.txt"])["view"]
    return [path for path, what in view.items() if what == "pip's cache"]


@pytest.mark.parametrize(
    ("before", "options", "place"),
    [
        ("", "", "/root/.cache/pip"),
        ("USER 0", "", "/root/.cache/pip"),
        ("USER 4242", "--target /tmp/parts", "/.cache/pip"),
        ("USER app:app", "", "/home/app/.cache/pip"),
        ("ENV HOME=/srv", "", "/srv/.cache/pip"),
        ("ENV XDG_CACHE_HOME=/kept", "", "/kept/pip"),
        ("ENV PIP_CACHE_DIR=/kept", "", "/kept"),
        ("ENV PIP_CACHE_DIR=/kept", "--cache-dir /here", "/here"),
    ],
)
def test_the_cache_lies_where_pip_is_told(before, options, place):
    assert kept(before, options=options) == [place]


@pytest.mark.parametrize(
    "how",
    [
        {"mount": "--mount=type=cache,target=/root/.cache/pip"},
        {"mount": "--mount=type=cache,target=/root/.cache"},
        {"mount": "--mount=type=tmpfs,target=/root/.cache"},
        {"mount": "--mount=type=cache,target=/kept", "options": "--cache-dir=/kept"},
        {"before": "ENV PIP_NO_CACHE_DIR=off"},  # pip does not look which it is
        {"options": "--no-cache-dir"},
        {"after": " && rm -rf /root/.cache/*"},
    ],
)
def test_no_cache_stays(how):
    assert kept(**how) == []


def test_a_mount_elsewhere_keeps_nothing_out():
    assert kept(mount="--mount=type=cache,target=/home/app/.cache/pip") == ["/root/.cache/pip"]
    assert kept(after=" && rm -rf /root/.cache/other") == ["/root/.cache/pip"]
