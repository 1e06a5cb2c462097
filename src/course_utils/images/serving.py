"""A service in its container: seconds until it is ready, what it answers, the memory it then uses."""

from __future__ import annotations

import http.client
import json
import re
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.images.catalog import Image
from course_utils.images.engine import Engine

if TYPE_CHECKING:
    import numpy as np

# No rights beyond those of an ordinary user, and nothing of the container's file system can be written.
LOCKED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
PATIENCE = 60  # seconds
ASKED = 100  # digits
STARTS = 3
UNITS = {"B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}


class Service:
    """A running service at ``host`` and ``port``."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        """Return status and answer of one request."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def predict(self, image: np.ndarray) -> dict[str, Any]:
        """Return the answer for one image (16, 16), 0 paper to 1 ink.

        Raises:
            CourseError: the service refused it.
        """
        status, answer = self.ask("POST", "/predict", json.dumps({"pixels": image.tolist()}).encode())
        if status != 200:
            raise CourseError(f"the service refused a digit with status {status}: {answer.get('detail', answer)}")
        return answer

    def ready(self) -> bool:
        """Return whether ``/health`` answers."""
        try:
            return self.ask("GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False


@contextmanager
def running(engine: Engine, image: Image, *options: str) -> Iterator[tuple[Service, str, tuple[float, float]]]:
    """Yield the service, its container's id, and the seconds that ``docker start`` and then the service took.

    Args:
        options: further ones for ``docker create``, such as ``--env``.

    Raises:
        CourseError: it did not get ready; the sentence holds what it said last.
    """
    port = _free_port()
    locked = (*LOCKED, *image.options)
    container = engine.run("create", *locked, "--publish", f"127.0.0.1:{port}:8000", *options, image.tag)
    try:
        begin = time.perf_counter()
        engine.run("start", container)
        started = time.perf_counter()
        service = Service("127.0.0.1", port)
        look = started + 1  # asking the engine takes longer than asking the service
        while not service.ready():
            if time.perf_counter() > look:
                look = time.perf_counter() + 1
                if look - begin > PATIENCE or not _alive(engine, container):
                    raise CourseError(f"{image.name}: the service did not get ready: {_last_words(engine, container)}")
            time.sleep(0.005)
        yield service, container, (started - begin, time.perf_counter() - started)
    finally:
        engine.run("rm", "--force", container)


def measure(engine: Engine, image: Image) -> dict[str, Any]:
    """Return the ``run`` part of an image's record; see ``course_utils.images`` for its form.

    Raises:
        CourseError: the service does not run, or gives another label than the model.
    """
    import numpy as np

    images, labels, expected = asked()
    starts, seconds = [], []
    for start in range(STARTS):
        with running(engine, image) as (service, container, (begun, took)):
            starts.append(begun)
            seconds.append(took)
            if start == STARTS - 1:
                given = np.array([service.predict(picture)["digit"] for picture in images])
                memory = _memory(engine, container)
    if (given != expected).any():
        place = int((given != expected).argmax())
        raise CourseError(
            f"{image.name}: digit {place} is a {given[place]} to the service and a {expected[place]} to the model; "
            "the image holds another model, build it again."
        )
    return {
        "start_seconds": round(statistics.median(starts), 3),
        "ready_seconds": round(statistics.median(seconds), 3),
        "memory_bytes": memory,
        "asked": len(images),
        "same_as_model": int((given == expected).sum()),
        "right": int((given == labels).sum()),
        "labels": given.tolist(),
    }


def asked() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first 100 test digits (100, 16, 16), what they are, and what the model says they are."""
    import torch

    from course_utils.data import digits
    from course_utils.training import trained

    data = digits(16)
    images, labels = data.test_images[:ASKED], data.test_labels[:ASKED]
    with torch.inference_mode():
        expected = trained("cnn")(torch.from_numpy(images)).argmax(1).numpy()
    return images[:, 0], labels, expected


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _memory(engine: Engine, container: str) -> int:
    shown = engine.run("stats", "--no-stream", "--format", "{{.MemUsage}}", container)
    found = re.match(r"([\d.]+)\s*([A-Za-z]+)", shown)
    return round(float(found[1]) * UNITS[found[2].upper()]) if found else 0


def _alive(engine: Engine, container: str) -> bool:
    return engine.run("inspect", "--format", "{{.State.Running}}", container) == "true"


def _last_words(engine: Engine, container: str) -> str:
    with engine.start("logs", "--tail", "1", container, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as logs:
        return logs.stdout.read().decode(errors="replace").strip()[:300] or "it said nothing."
