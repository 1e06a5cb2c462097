"""Two processes that ask for one network train it once."""

from __future__ import annotations

import os
import subprocess
import sys

ASK = """
import sys, time
from pathlib import Path
from course_utils import training

folder, me = Path(sys.argv[1]), sys.argv[2]
training.RECIPES["tiny"] = training.Recipe("DigitCNN", size=8, epochs=1, lr=0.01, batch_size=64)
fit = training.fit

def train(*args, **settings):
    (folder / f"{me}.trains").touch()
    patience = time.monotonic() + 60
    while not any("waits" in out.read_text() for out in folder.glob("*.out")) and time.monotonic() < patience:
        if len(list(folder.glob("*.trains"))) == 2:
            break
        time.sleep(0.02)
    return fit(*args, **settings)

train.__wrapped__ = fit
training.fit = train
import torch
weights = training.trained("tiny").state_dict()
print(sum(value.double().abs().sum() for value in weights.values()).item().hex())
"""


def test_two_processes_train_once(tmp_path):
    script = tmp_path / "ask.py"
    script.write_text(ASK)
    environment = os.environ | {"COURSE_CACHE": str(tmp_path / "cache")}
    processes = []
    for me in "ab":
        with (tmp_path / f"{me}.out").open("w") as out:
            command = [sys.executable, str(script), str(tmp_path), me]
            processes.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment))
    assert [process.wait(timeout=200) for process in processes] == [0, 0], (tmp_path / "a.out").read_text()
    said = [(tmp_path / f"{me}.out").read_text().splitlines() for me in "ab"]
    assert len(list(tmp_path.glob("*.trains"))) == 1
    assert sorted(map(len, said)) == [1, 2]  # one of them says that it waits
    assert said[0][-1] == said[1][-1]
