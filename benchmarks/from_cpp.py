"""Measure lesson 14's networks from a C++ program: as TorchScript and by AOTInductor, beside eager PyTorch.

It needs Linux, g++ and some minutes. One program is built against the LibTorch that comes with torch; it loads a model
of either kind. All labels are compared with eager's, and the three are timed in turns, one picture at a time, on one
thread, in time of the processor. With --save the figures go to solutions/14_edge_runtimes/from_cpp.json.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from course_utils.data import Digits, digits
from course_utils.files import write_whole
from course_utils.hardware import hardware_line
from course_utils.layout import Course
from course_utils.lessons.edge_runtimes.from_cpp import AOTI, EAGER, FILE, LESSON, SCRIPT, conditions, rows
from course_utils.markup import table_text
from course_utils.quiet import quiet
from course_utils.timing import compare

if TYPE_CHECKING:
    import torch

SOURCE = Path(__file__).with_suffix(".cpp")
FILES = {SCRIPT: "script.ts", AOTI: "package.pt2"}
ROUNDS, SECONDS = 300, 60
STARTS = 5  # programs of each kind, asked in turns: by where a program's data lies it can be a tenth slower for good
SAMPLE_S = 0.01  # so long runs a network before it is another's turn: what its caches lost meanwhile hardly counts


class Runtime(NamedTuple):
    """A network that can be asked."""

    labels: Callable[[], str]  # a character for each picture
    nanoseconds: Callable[[int], int]  # of the processor, for so many runs of the first picture


class Stopwatch:
    """A clock that moves on by what runs took, and stands still between them: pipes and waking up are left out."""

    def __init__(self) -> None:
        self.elapsed = 0

    def __call__(self) -> int:
        return self.elapsed

    def run(self, runtime: Runtime, times: int) -> None:
        self.elapsed += runtime.nanoseconds(times)


def processor_s() -> float:
    """Return the processor's seconds for this process and for the compilers that it has waited for."""
    return sum(os.times()[:4])


def build(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Compile the program; return its path and, by name, its seconds, its bytes and its libraries' bytes.

    Raises:
        ClickException: the compiler refuses; its words are on stderr.
    """
    torch = Path(importlib.util.find_spec("torch").submodule_search_locations[0])
    libraries, program = torch / "lib", folder / "from_cpp"
    headers = [f"-I{torch / part}" for part in ("include", "include/torch/csrc/api/include")]
    linked = [f"-L{libraries}", "-ltorch", "-ltorch_cpu", "-lc10", f"-Wl,-rpath,{libraries}"]
    start = processor_s()
    if subprocess.run(["g++", "-std=c++20", "-O2", SOURCE, *headers, *linked, "-o", program]).returncode:
        raise click.ClickException("g++ refuses the program; what it says is above. It takes one that knows C++20.")
    seconds = processor_s() - start
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    needed = [Path(found) for found in re.findall(r"=> (\S+)", listed) if Path(found).parent == libraries]
    sizes = {path.name: path.stat().st_size for path in sorted(needed)}
    return program, {"seconds": round(seconds, 1), "bytes": program.stat().st_size, "libraries": sizes}


def eager(net: torch.nn.Module, images: torch.Tensor) -> Runtime:
    """Return a network as Python runs it, a picture at a time."""
    import torch

    @torch.inference_mode()
    def labels() -> str:
        return "".join(str(int(net(each).argmax())) for each in images.split(1))

    @torch.inference_mode()
    def nanoseconds(times: int) -> int:
        picture = images[:1]
        start = time.process_time_ns()
        for _ in range(times):
            net(picture)
        return time.process_time_ns() - start

    return Runtime(labels, nanoseconds)


@contextlib.contextmanager
def running(program: Path, model: Path, pictures: Path, side: int) -> Iterator[Runtime]:
    """Start the program with a model; yield it, and end it."""
    command = [program, model, pictures, str(side)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:

        def answer(question: str) -> str:
            process.stdin.write(f"{question}\n")
            return process.stdout.readline().strip()

        yield Runtime(lambda: answer("label"), lambda times: int(answer(f"time {times}")))


def write(runtime: str, net: torch.nn.Module, picture: torch.Tensor, path: Path) -> None:
    """Write a network as a trace, or compile it to a package for this processor; for one picture at a time."""
    import torch

    with quiet(), torch.no_grad():
        if runtime == SCRIPT:
            torch.jit.trace(net, picture).save(str(path))
        else:
            torch._inductor.aoti_compile_and_package(torch.export.export(net, (picture,)), package_path=str(path))


def measure(name: str, net: torch.nn.Module, given: Digits, program: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what became of a network by each runtime, a dict for each; the first is eager PyTorch."""
    import torch

    made, images, pictures = {EAGER: (None, None)}, torch.from_numpy(given.test_images), folder / "pictures"
    given.test_images.tofile(pictures)
    for runtime, file in FILES.items():
        start = processor_s()
        write(runtime, net, images[:1], folder / file)
        made[runtime] = round(processor_s() - start, 2), (folder / file).stat().st_size
    with contextlib.ExitStack() as started:
        runtimes = {EAGER: eager(net, images)}
        for runtime, file in FILES.items():
            start = partial(running, program, folder / file, pictures, images.shape[-1])
            turn = cycle([started.enter_context(start()) for _ in range(STARTS)])
            runtimes[runtime] = Runtime(next(turn).labels, lambda times, turn=turn: next(turn).nanoseconds(times))
        said = {runtime: each.labels() for runtime, each in runtimes.items()}
        watch, times = Stopwatch(), round(SAMPLE_S * 1e9 / (runtimes[EAGER].nanoseconds(100) / 100)) + 1
        timed = {runtime: partial(watch.run, each, times) for runtime, each in runtimes.items()}
        compared = compare(timed, rounds=ROUNDS, time_limit_s=SECONDS, clock=watch)
    return [
        {"network": name, "runtime": runtime, "seconds": seconds, "bytes": size, "of": len(images)}
        | {
            "right": sum(map(eq, said[runtime], map(str, given.test_labels))),
            "equal": sum(map(eq, said[runtime], said[EAGER])),
        }
        | {"ratio": [float(f"{each:.4g}") for each in compared.ratio(runtime)], "rounds": compared.rounds}
        | {"ms": float(f"{compared.timings[runtime].median_ns / times / 1e6:.3g}")}
        for runtime, (seconds, size) in made.items()
    ]


@click.command(help=__doc__)
@click.option("--save/--no-save", default=False, help="Write the record that the lesson shows.")
def main(save: bool) -> None:
    if shutil.which("g++") is None:
        raise click.ClickException("g++ is not on the PATH; install a C++ compiler (Debian: apt install g++).")
    import torch

    from course_utils.lessons.edge_runtimes.nets import digit_net
    from course_utils.training import trained

    torch.set_num_threads(1)
    found: dict[str, Any] = {"when": datetime.now(UTC).date().isoformat(), "hardware": hardware_line()}
    found |= {"torch": str(torch.__version__), "runs": []}
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = kept  # empty, so that the compiler's time is all there
        program, found["program"] = build(Path(folder))
        # The first package of a process also pays for finding out what this processor can do.
        write(AOTI, torch.nn.Linear(1, 1), torch.ones(1, 1), Path(folder, FILES[AOTI]))
        for name, net, size in (("digits", digit_net(), 8), ("resnet", trained("resnet"), 28)):
            found["runs"] += measure(name, net, digits(size), program, Path(folder))
    found["load"] = round(os.getloadavg()[1], 1)  # of the last five minutes
    print(table_text(rows(found)), conditions(found), sep="\n")
    if save:
        path = Course.find().root / "solutions" / LESSON / FILE
        write_whole(path, json.dumps(found, indent=1) + "\n")
        print(path)


if __name__ == "__main__":
    main()
