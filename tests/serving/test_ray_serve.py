"""The digit service on Ray Serve: while requests run a replica's process is killed, and no answer is lost or wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs ray[serve]: the extra `serve`")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import replicas

REQUESTS = 300


@pytest.mark.timeout(1200)
def test_no_answer_is_lost_or_wrong_while_a_replica_dies(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    killed = []
    monkeypatch.setattr(replicas, "kill_one", lambda owner, kill=replicas.kill_one: killed.append(kill(owner)))
    found = replicas.run(replicas=2, killed=True, requests=REQUESTS)
    with capsys.disabled():
        print(f"\nRay Serve, a replica killed: sent {REQUESTS}, answered {found['answered']}, wrong {found['wrong']}")
    assert len(killed) == 1
    assert (found["sent"], found["answered"], found["wrong"]) == (REQUESTS, REQUESTS, 0)
