"""A notebook run on the side, in a copy of its folder: which cells fail, and why, in a few words."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.converters import captured_log

STUB = "not written yet"
LINES = 6  # of a failure's text; the rest is in the notebook
SECONDS_TO_SETTLE = 10  # for a cell's last output, and for a kernel that was interrupted
ANSI = re.compile(r"\x1b\[[0-9;]*m")
PLACE = re.compile(r"\(\d+\.py, line (\d+)\)")  # a cell's made-up file name
ENDED = "Python ended here: was there too little memory?"
STOPPED = "stopped after"
NOT_RUN = "not run: the notebook stopped at an earlier cell"


def rehearse(
    notebook: Any, places: list[int], folder: Path, timeout: int, on_cell: Callable[[int, int], None]
) -> dict[int, str]:
    """Run cells of the notebook, demonstrations left out, whatever fails; return the failures.

    Args:
        notebook: an nbformat notebook; its outputs are replaced.
        places: of the cells to run, in order.
        folder: where the notebook lies; a copy of it is the working folder, so nothing there is written over.
        timeout: seconds a cell may take before it is interrupted.
        on_cell: called with the cells run so far and the number of all.

    Returns:
        What went wrong, by the place of the cell in ``notebook.cells``.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    total = len(places)
    late: set[int] = set()
    failures: dict[int, str] = {}
    client = _client(notebook, timeout, late)
    with tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True) as scratch:
        there = Path(scratch) / folder.resolve().name
        shutil.copytree(folder, there, symlinks=True, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with captured_log() as (client.log, _), client.setup_kernel(cwd=str(there), cleanup_kc=True, **quiet):
            for number, place in enumerate(places, 1):
                cell = notebook.cells[place]
                try:
                    client.execute_cell(cell, place)
                except (DeadKernelError, CellTimeoutError) as error:
                    failures[place] = ENDED if isinstance(error, DeadKernelError) else _stopped(timeout)
                    failures |= dict.fromkeys(places[number:], NOT_RUN)
                    on_cell(total, total)
                    break
                if failure := _stopped(timeout) if place in late else _failure(cell):
                    failures[place] = failure
                on_cell(number, total)
    return failures


def _client(notebook: Any, timeout: int, late: set[int]) -> Any:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    def on_cell_executed(cell: Any, cell_index: int, execute_reply: dict) -> None:
        if execute_reply["content"].get("ename") == "Late":
            late.add(cell_index)

    # With no folder to look in, the kernel is the one of this Python, whatever is registered elsewhere.
    kernels = KernelSpecManager(kernel_dirs=[])
    return NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=kernels),
        timeout=timeout,
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout={"ename": "Late", "evalue": "", "traceback": []},
        iopub_timeout=SECONDS_TO_SETTLE,
        raise_on_iopub_timeout=True,
        skip_cells_with_tag="demonstration",
        on_cell_executed=on_cell_executed,
    )


def _failure(cell: Any) -> str:
    """Return what an executed cell says went wrong, as grading sees it; nothing where all is well."""
    from nbgrader import utils

    from course_utils.judging import without_stderr

    if cell.cell_type != "code":
        return ""
    graded = utils.is_grade(cell) and not utils.is_solution(cell)
    for output in cell.outputs:
        if output.output_type == "error":
            return _explain(output)
    if graded:
        score, most = utils.determine_grade(without_stderr(cell))
        if score < most:
            return f"{score:g} of {most:g} points"
    return ""


def _explain(error: Any) -> str:
    text = PLACE.sub(r"(line \1)", ANSI.sub("", error.evalue)).strip()
    if text == STUB or (text and error.ename in ("AssertionError", "Unmet")):
        return _first_lines(text)
    if error.ename == "AssertionError":
        lines = ANSI.sub("", "\n".join(error.traceback)).splitlines()
        failed = [line for line in lines if re.match(r"-+>\s*\d+", line)]
        return re.sub(r"^-+>\s*\d+\s*", "this does not hold: ", failed[-1]) if failed else "an assertion does not hold"
    return _first_lines(f"{error.ename}: {text}")


def _first_lines(text: str) -> str:
    return "\n".join([line.rstrip() for line in ANSI.sub("", text).splitlines() if line.strip()][:LINES])


def _stopped(timeout: int) -> str:
    return f"{STOPPED} {timeout} s: is there a loop that does not end?"
