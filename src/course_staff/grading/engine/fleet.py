"""The workers, on dask.distributed: a local cluster, or whatever a scheduler's address leads to."""

from __future__ import annotations

import logging
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from course_staff.grading.engine.work import run
from course_staff.grading.prepare import Prepared
from course_utils.errors import CourseError
from course_utils.hardware import processors

PATIENCE = 60  # seconds to wait for a first worker, or for one to come back
SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,  # the engine itself decides what runs once more
    "distributed.scheduler.work-stealing": False,
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.logging.distributed": "critical",
    "distributed.worker.preload": ["course_staff.grading.engine.deaf"],
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
    # What Dask watches all the time costs a twentieth of a submission's processor time.
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
}


@contextmanager
def _deaf() -> Iterator[None]:
    # What starts now would answer a Ctrl-C with a traceback before it has loaded anything.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Lost:
    """The outcome of an attempt whose worker died under it."""


@contextmanager
def connect(count: int | None, scheduler: str | None, most: int) -> Iterator[Any]:
    """Yield a Dask client.

    Args:
        count: local worker processes; None for one per processor.
        scheduler: the address of a scheduler to use instead.
        most: how many attempts there can be; no more local workers than that are started.

    Raises:
        CourseError: no scheduler answers there, or it has no workers.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise CourseError("dask.distributed is not installed; run `pip install 'lean-inference[grading]'`.") from None

    for name in ("distributed", "distributed.client"):  # what they would say, our own sentences say
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        if scheduler is None:
            workers = max(1, min(count or processors() or 1, most))
            with _deaf():
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    memory_limit=0,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",  # any free port: 8787 may be another grader's
                    silence_logs=logging.CRITICAL,
                )
            with cluster, Client(cluster) as client:
                yield client
            return
        try:
            client = Client(scheduler, timeout=PATIENCE / 4)
        except (OSError, TimeoutError, ValueError) as error:
            raise CourseError(
                f"--scheduler {scheduler}: no Dask scheduler answers there ({error}); start one with `dask scheduler`."
            ) from None
        with client:
            yield client


class Fleet:
    """Sends attempts to workers and receives what became of them, never more at a time than there are workers."""

    def __init__(self, client: Any, sandbox: str, made_by: str | None) -> None:
        """Raises CourseError where no worker comes, or one that comes cannot have the sandbox."""
        self._client, self._sandbox, self._made_by = client, sandbox, made_by
        self._out: dict[Any, Prepared] = {}
        self._wait_for_workers()

    def is_full(self) -> bool:
        """Say whether every worker has an attempt."""
        return len(self._out) >= max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def is_busy(self) -> bool:
        """Say whether any worker has an attempt."""
        return bool(self._out)

    def send(self, prepared: Prepared) -> None:
        """Give an attempt to a worker."""
        future = self._client.submit(
            run, prepared.attempt, self._sandbox, self._made_by, key=f"grade-{uuid.uuid4().hex}", pure=False
        )
        self._out[future] = prepared

    def receive(self) -> Iterator[tuple[Prepared, Any]]:
        """Wait for the next; yield each that is done with ``Lost``, an exception, or what ``work.run`` returned.

        Raises:
            CourseError: the scheduler, or its last worker, is gone; or a worker is not fit for this.
        """
        from distributed import CancelledError, KilledWorker, wait

        gone = CourseError("the Dask scheduler went away; run the same command again, it goes on from here.")
        done: set[Any] = set()
        while not done:
            try:
                done = wait(list(self._out), timeout=PATIENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                self._wait_for_workers()
            except (CancelledError, OSError):
                raise gone from None
        for future in done:
            prepared = self._out.pop(future)
            if future.cancelled():
                raise gone
            error = future.exception() if future.status == "error" else None
            outcome = future.result() if error is None else error
            future.release()
            if isinstance(error, CourseError):
                raise error
            yield prepared, Lost() if isinstance(error, KilledWorker) else outcome

    def _wait_for_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (TimeoutError, OSError):
            raise CourseError(
                f"no worker has come for {PATIENCE} s; start some with `dask worker`, then run the same command again."
            ) from None
