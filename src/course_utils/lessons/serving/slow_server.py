"""A server whose capacity is known: a stand-in for a model that takes 10 ms a request, one at a time.

``main()`` prints the port that it listens on, of this machine alone, and ends with its standard input. ``running()``
starts that in a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVICE_S = 0.010
LONGEST = 10  # seconds that a stopped server may take to end
lock = asyncio.Lock()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer any HTTP request after its turn and its 10 ms: an ASGI app."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    async with lock:
        await asyncio.sleep(SERVICE_S)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"label": 7}'})


@contextmanager
def running() -> Iterator[str]:
    """Run the server in a process of its own; yield its address, and stop it in any case.

    Raises:
        RuntimeError: it does not start.
    """
    source = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-c", f"from {__name__} import main; main()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, **pipes) as process:
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError(f"the server did not start: {process.wait(LONGEST)}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            try:
                process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    """Serve on a free port until standard input ends."""
    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1))

    def end_with_stdin() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])
