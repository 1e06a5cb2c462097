"""The sandbox for one who is not root: without rights, in a namespace where this user is an ordinary one."""

import os
import subprocess
import sys

PLAIN = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--"]
TRIES = """
import os, socket
def reached():
    try:
        socket.create_connection(("127.0.0.1", 80), 2)
    except ConnectionRefusedError:  # by its own loopback, which has nobody else on it
        return [name for name in os.listdir("/sys/class/net")] if os.path.exists("/sys/class/net") else []
    except OSError:
        return []
    return ["connected"]
def written():
    try:
        open("/tmp/left", "w").write("x")
    except OSError:
        return False
    return os.path.exists("/tmp/left")
def seen(path): return os.path.exists(path)
def alone(): return len([name for name in os.listdir("/proc") if name.isdigit()])
"""
RUN = """
import json, os, sys
from marks_of import lost
from small_notebooks import notebook
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
tries, here = sys.argv[1:]
cells = [("solution", tries), ("test", "assert reached() == []"), ("test", "assert written()"),
         ("test", f"assert not seen({here!r})"), ("test", "assert alone() == 1"), ("test", "assert 1 == 2")]
executed = runner("bubblewrap")(Attempt(notebook(*cells)))
print(json.dumps([os.getuid(), sorted(lost(executed.notebook)), executed.notes]))
"""


def test_an_ordinary_user_has_the_same_sandbox(tmp_path):
    (tmp_path / "secret").write_text("x")
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", RUN, TRIES, str(tmp_path / "secret")]
    done = subprocess.run(
        [*(PLAIN if os.geteuid() == 0 else []), *command], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    user = 1000 if os.geteuid() == 0 else os.geteuid()
    assert done.stdout == f'[{user}, ["test5"], []]\n'
