"""What is expected of a health check in 8.3: that it asks the service, and says what it has heard."""

from __future__ import annotations

import json

import pytest
from lone_service import ALONE

from course_utils.dockerfiles import paper_build
from course_utils.expect import Unmet
from course_utils.lessons import docker_images as lesson

URL = "http://localhost:8000/health"
ASKS = f"from urllib.request import urlopen; urlopen('{URL}', timeout=3)"
SENDS = "from http.client import HTTPConnection as C; c = C('localhost', 8000); c.request('GET', '/health')"


def check(words: list[str] | str, base: str = "python:3.11-slim-bookworm") -> None:
    """Check the service's image with this health check."""
    text = ALONE.replace('["python", "health.py"]', words if isinstance(words, str) else json.dumps(words))
    lesson.check_health(paper_build(text.replace("python:3.11-slim-bookworm", base), lesson.CONTEXT))


@pytest.mark.parametrize(
    "words",
    [
        ["python", "-u", "/srv/health.py"],
        ["python", "-m", "health"],
        ["python", "-c", "import health"],
        ["python", "-c", ASKS],
        ["python", "-c", f"{SENDS}; assert c.getresponse().status == 200"],
        ["python", "-c", f"import sys\ntry: {ASKS}\nexcept OSError: sys.exit(1)"],
        "python health.py || exit 1",
    ],
)
def test_what_asks_over_http_passes(words):
    check(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["python", "-c", "import socket; socket.create_connection(('localhost', 8000))  # health"], "a port that is"),
        (["python", "-c", "print('health.py')"], "over HTTP"),
        (["python", "-m", "py_compile", "health.py"], "over HTTP"),
        (["python", "-c", SENDS], "over HTTP"),
        (["python", "-c", f"try: {ASKS}\nexcept OSError: pass"], "0 means healthy"),
        (["python", "-c", f"try: {ASKS}\nexcept OSError as e: well = 0"], "0 means healthy"),
        ("python health.py || true", "0 means healthy"),
        ("python health.py ; exit 0", "0 means healthy"),
    ],
)
def test_what_asks_nobody_or_is_always_well_is_named(words, said):
    with pytest.raises(Unmet, match=said):
        check(words)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("gcr.io/distroless/python3-debian11:nonroot", "Debian 12, bookworm, has Python 3.11"),
        ("ubuntu:24.04", "Debian 12, bookworm, has Python 3.11"),
        ("gcr.io/distroless/python3-debian12:nonroot", None),
    ],
)
def test_the_last_python_is_the_one_that_was_installed_for(last, said):
    run = 'ENV PYTHONPATH=/site\nCMD ["/usr/bin/python3"]'
    if last.startswith("ubuntu"):
        run = f"RUN apt-get install -y python3\n{run}"
    first = "FROM python:3.11-slim-bookworm\nCOPY lists lists\nRUN pip install --target /site -r lists/onnx-cuda0.txt"
    image = paper_build(f"{first}\nFROM {last}\nCOPY --from=0 /site /site\n{run}", lesson.CONTEXT)
    if said is None:
        lesson.check_found(image)
        return
    with pytest.raises(Unmet, match=said):
        lesson.check_found(image)
