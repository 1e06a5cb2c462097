"""Record lesson 13's service on Ray Serve: one replica, two, and two of which one is killed while requests run.

Needs the extra ``serve``; it takes some minutes. ``run`` starts the service of ``docker/serving`` in a process of its
own, and compares every answer with the model's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from course_utils import runtime
from course_utils.data import digits
from course_utils.files import write_whole
from course_utils.hardware import hardware_line
from course_utils.layout import Course
from course_utils.lessons.serving.racing import digit_model
from course_utils.lessons.serving.replicas import FILE, LESSON

SERVING = Path(__file__).resolve().parents[1] / "docker" / "serving"
REQUESTS, CLIENTS, TIMEOUT_S, STARTS = 400, 8, 120, 4
REPLICA = "ServeReplica"


@contextlib.contextmanager
def service(replicas: int, model: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run the service; yield its address and its process, and end it and all that it started.

    Ray gives its own helpers 15 seconds to start, which a busy machine may not have: then it is tried again.

    Raises:
        RuntimeError: it did not start.
    """
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:  # a short path: sockets lie below it
        shutil.copy(model, Path(folder, "model.onnx"))
        for _ in range(STARTS):
            with socket.create_server(("127.0.0.1", 0)) as free:
                address = f"http://127.0.0.1:{free.getsockname()[1]}"
            process = _start(replicas, folder, address.rpartition(":")[2])
            try:
                if _is_ready(process, address):
                    yield address, psutil.Process(process.pid)
                    return
            finally:
                _end(process)
        raise RuntimeError(f"the service did not start: {Path(folder, 'log').read_text()[-1000:]}")


def _start(replicas: int, folder: str, port: str) -> subprocess.Popen:
    paths = os.pathsep.join(str(SERVING / part) for part in ("app", "ray"))
    settings = {"REPLICAS": str(replicas), "PYTHONPATH": paths, "RAY_TMPDIR": folder, "MODEL_VERSION": "1"}
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", port, "--log-level", "error"]
    with Path(folder, "log").open("w") as log:
        outputs = {"stdout": log, "stderr": log, "start_new_session": True}
        return subprocess.Popen(command, cwd=folder, env=os.environ | settings, **outputs)


def _is_ready(process: subprocess.Popen, address: str) -> bool:
    while process.poll() is None:
        try:
            return httpx.get(f"{address}/health").status_code == 200
        except httpx.HTTPError:
            time.sleep(0.2)
    return False


def _end(process: subprocess.Popen) -> None:
    """End a service by its process, and whatever of Ray outlives it."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for each in psutil.wait_procs(family, 10)[1]:
        each.kill()


def kill_one(owner: psutil.Process) -> int:
    """Kill the process of one replica, and return its number."""
    found = [each for each in owner.children(recursive=True) if REPLICA in " ".join(each.cmdline())]
    found[0].kill()
    return found[0].pid


def run(replicas: int, killed: bool, requests: int = REQUESTS) -> dict[str, Any]:
    """Send digits to the service by a number of clients; return what became of them.

    Args:
        killed: kill a replica when a third of the answers are there.
    """
    model = digit_model()
    images = digits(16).test_images[np.arange(requests) % 450]
    session = runtime.session(model)
    due = session.run(None, {session.get_inputs()[0].name: images})[0].argmax(1)
    latencies, labels = [], {}

    async def play(address: str, owner: psutil.Process) -> float:
        waiting, dead = iter(range(requests)), []

        async def client(http: httpx.AsyncClient) -> None:
            for number in waiting:
                start = time.perf_counter()
                answer = await http.post("/predict", json={"pixels": images[number, 0].tolist()})
                latencies.append(time.perf_counter() - start)
                if answer.status_code == 200:
                    labels[number] = answer.json()["digit"]
                if killed and not dead and len(labels) > requests // 3:
                    dead.append(kill_one(owner))

        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_S) as http:
            start = time.perf_counter()
            await asyncio.gather(*(client(http) for _ in range(CLIENTS)))
            return time.perf_counter() - start

    with service(replicas, model) as (address, owner):
        seconds = asyncio.run(play(address, owner))
    return {
        "replicas": replicas,
        "killed": killed,
        "sent": requests,
        "answered": len(labels),
        "wrong": sum(int(label) != int(due[number]) for number, label in labels.items()),
        "per_second": round(requests / seconds, 1),
        "p99_ms": round(1000 * sorted(latencies)[int(0.99 * requests)], 1),
    }


def main() -> None:
    path, runs = Course.find().root / "solutions" / LESSON / FILE, []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # the model's file goes there
        for replicas, killed in ((1, False), (2, False), (2, True)):
            runs.append(run(replicas, killed))
            print(runs[-1], flush=True)
    found = {"ray": importlib.metadata.version("ray"), "when": datetime.now(UTC).date().isoformat()}
    found |= {"hardware": hardware_line(), "runs": runs}
    write_whole(path, json.dumps(found, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
