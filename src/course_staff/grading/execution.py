"""The step that runs a notebook: one kernel of its own, which leaves nothing behind.

This is the seam of the grader: nbgrader calls it by name, as a preprocessor, with a notebook whose outputs it fills.
Whatever takes its place must do that and raise CourseError where a notebook has no result.
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute
from traitlets import Float, default

from course_staff.grading.attempt import LEAST_BUDGET
from course_utils.errors import CourseError

MARK = "IPYTHONDIR"


class ExecuteLesson(Execute):
    """nbgrader's Execute, with a clear sentence where the kernel was lost, and a kernel that nothing reaches into.

    The kernel is this very interpreter's, whatever kernels a user's home offers, and finds an empty IPython folder:
    a start-up file written there by one submission would run in the next. Its IPython folder also marks all
    processes that come from it, so that none outlives the run.
    """

    budget = Float(LEAST_BUDGET, help="Seconds for all cells together.").tag(config=True)

    @default("iopub_timeout")
    def _time_to_stop(self) -> int:
        # Seconds that an interrupted cell has; nbclient's 4 are short on a busy machine.
        return 10

    @default("shutdown_kernel")
    def _no_goodbye(self) -> str:
        return "immediate"

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Run the notebook's cells and fill in their outputs.

        Raises:
            CourseError: a cell ended the kernel, or could be neither finished nor interrupted.
        """
        self._at = "the start of Python"
        self._per_cell, self._end, self.spent = self.timeout, time.monotonic() + self.budget, None
        with tempfile.TemporaryDirectory(prefix="ipython-", ignore_cleanup_errors=True) as folder:
            self._folder = str(Path(folder).resolve())
            try:
                return super().preprocess(nb, resources, km)
            except DeadKernelError:
                raise CourseError(
                    f"{self._at} ended the Python process (os._exit, a crash, or too much memory), "
                    "so nothing could be graded; change that cell and submit again."
                ) from None
            except CellTimeoutError:
                raise CourseError(
                    f"{self._at} {self._over} and could not be interrupted, "
                    "so nothing could be graded; change that cell and submit again."
                ) from None
            finally:
                _end_processes(self._folder)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        self._at = f"cell {index + 1}" + (f" ({name})" if name else "")
        left = self._end - time.monotonic()
        whole = f"{self.budget:.0f} s for the whole notebook"
        short = bool(self._per_cell) and self._per_cell <= left
        self._over = f"ran longer than {self._per_cell} s" if short else f"used up the {whole}"
        self.timeout = max(1, math.ceil(self._per_cell if short else left))
        is_code = cell.cell_type == "code"
        try:
            if is_code and left <= 0:
                cell.outputs = [_spent(f"the {whole} were over")]
                return cell, resources
            return super().preprocess_cell(cell, resources, index)
        finally:
            if is_code and self.spent is None and time.monotonic() >= self._end:
                self.spent = index

    def create_kernel_manager(self) -> Any:
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager.kernel_dirs = []
        return manager

    def start_new_kernel(self, **kwargs: Any) -> None:
        super().start_new_kernel(
            env=os.environ | self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kwargs
        )

    def _environment(self) -> dict[str, str]:
        return {
            MARK: self._folder,
            "PYTHONNOUSERSITE": "1",
            # With a caller's Agg, plt.show() warns on stderr, and stderr in a test cell costs its points.
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "ORT_DISABLE_TELEMETRY": "1",
            "TORCH_CPP_LOG_LEVEL": "ERROR",
        }


def _spent(why: str) -> Any:
    from nbformat import v4

    name = "BudgetSpentError"
    return v4.new_output("error", ename=name, evalue=why, traceback=[f"{name}: {why}"])


def _end_processes(folder: str) -> None:
    import psutil

    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _mark(process) == folder]
    for process in left:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(left, timeout=5)


def _mark(process: Any) -> str | None:
    import psutil

    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
