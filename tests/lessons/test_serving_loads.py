"""The slow server of lesson 13, which ends with its owner, and the loads that are put on it."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.lessons import serving as lesson
from course_utils.lessons.serving import load_tests, slow_server

httpx = pytest.importorskip("httpx")
pytest.importorskip("uvicorn")


def test_the_server_answers_and_ends_with_its_owner():
    with slow_server.running() as address:
        answer = httpx.post(f"{address}/predict", content=b"{}", timeout=30)
        assert answer.status_code == 200 and answer.json() == {"label": 7}
    with pytest.raises(httpx.HTTPError):
        httpx.post(f"{address}/predict", content=b"{}", timeout=30)


def test_a_server_that_fails_in_between_is_stopped_too():
    addresses = []
    with pytest.raises(KeyError), slow_server.running() as address:
        addresses.append(address)
        raise KeyError
    with pytest.raises(httpx.HTTPError):
        httpx.get(addresses[0], timeout=30)


def test_loads_know_when_requests_were_sent_and_answered():
    closed = load_tests.closed_load(rate=400, clients=4, seconds=0.1)
    assert closed.latencies_ms.shape == (40,) and (closed.latencies_ms > 0).all()
    assert (closed.ended > closed.sent).all() and closed.inside() <= 4
    opened = load_tests.open_load(load_tests.own_open_loop.__wrapped__, [0.0] * 20)
    assert opened.quantile() == max(opened.latencies_ms) >= 20 * 1000 * slow_server.SERVICE_S
    assert opened.quantile(0.05) == min(opened.latencies_ms)


def test_the_stand_in_counts_from_when_a_request_was_due_and_a_failure_as_infinite():
    found = lesson.offered(
        load_tests.own_open_loop.__wrapped__, [0.0, 0.5, 1.0], [3.0, 0.25, 0.25], late=0.5, failing=[1]
    )
    assert found["sent"] == [0.5, 1.0, 1.5] and found["latencies"] == [3.5, np.inf, 0.75]
