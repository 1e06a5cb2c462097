"""Packets between a container and its role: whole, in order, and none lost when the role ends."""

import subprocess
import sys

import pytest

from course_staff.grading.sandbox.packets import REPORTS, WIRE, Packets, pack

# A child that has written all it had and ended before anyone reads.
CHILD = """
import os, socket
from course_staff.grading.sandbox.alone import Carrier
ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    theirs.sendall(bytes(range(200)) * 750)
    os._exit(0)
theirs.close()
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
Carrier({b"r": ours}, os.pidfd_open(child)).carry()
"""


def test_what_an_ended_child_has_written_is_carried():
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        said = process.stdout.read()
    packets = Packets().feed(said)
    assert {channel for channel, _ in packets} == {REPORTS}
    assert b"".join(part for _, part in packets) == bytes(range(200)) * 750


def test_packets_come_whole_however_they_are_cut():
    stream, packets, found = pack(WIRE, b"abc") + pack(REPORTS, b"") + pack(WIRE, b"d" * 300), Packets(), []
    for start in range(0, len(stream), 7):
        found += packets.feed(stream[start : start + 7])
    assert found == [(WIRE, b"abc"), (REPORTS, b""), (WIRE, b"d" * 300)]


@pytest.mark.parametrize("stream", [b"x\0\0\0\1y", b"w\xff\0\0\0"], ids=["no channel", "too long"])
def test_what_is_no_packet_is_refused(stream):
    with pytest.raises(ValueError, match="no packet"):
        Packets().feed(stream)
