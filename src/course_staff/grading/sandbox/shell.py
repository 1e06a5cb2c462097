"""IPython without a kernel: a cell is run, and what it showed comes back as a notebook's outputs, bounded.

All that is written to the file descriptors 1 and 2 counts too, from C++ or from a child process.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from io import TextIOBase
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from course_staff.grading.sandbox.outputs import MOST_TEXT, Output, Outputs


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as other:  # a student's __str__ may raise anything
        return f"<{type(other).__name__} in __str__>"


class Stream(TextIOBase):
    """sys.stdout or sys.stderr."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str, descriptor: int, outputs: Outputs) -> None:
        self.name, self.descriptor, self.outputs = f"<{name}>", descriptor, outputs
        self.stream = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.outputs.text(self.stream, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor


class Hook(DisplayHook):
    """The value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        result = {"output_type": "execute_result", "execution_count": None, "data": dict(format_dict), "metadata": {}}
        self.shell.outputs.add(result)

    def finish_displayhook(self) -> None:
        pass


class Publisher(DisplayPublisher):
    """display() and figures."""

    def publish(self, data: dict, metadata: dict | None = None, **_: Any) -> None:
        self.shell.outputs.add({"output_type": "display_data", "data": dict(data), "metadata": {}})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.list.clear()


class Shell(InteractiveShell):
    """A shell whose cells' outputs are kept in ``outputs``."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    outputs: Outputs

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        error = {"output_type": "error", "ename": etype.__name__, "evalue": _text_of(evalue)}
        self.outputs.add(error | {"traceback": [str(line) for line in stb]})

    def enable_gui(self, gui: Any = None) -> None:
        pass


def make_shell() -> Shell:
    """Return this process's shell; made once, before any fork, it keeps no history and starts no thread."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.colors = "nocolor"
    return Shell.instance(config=config)


class Recorder:
    """Runs cells of one process, and records all it writes."""

    def __init__(self, shell: Shell) -> None:
        self.shell, self.outputs = shell, Outputs()
        shell.outputs = self.outputs
        self.files = {}
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            file = tempfile.TemporaryFile()  # noqa: SIM115  # for the life of the process
            os.dup2(file.fileno(), descriptor)
            os.set_inheritable(descriptor, True)
            self.files[name] = file
            setattr(sys, name, Stream(name, descriptor, self.outputs))
        self.interruptible = False  # whether a SIGINT raises KeyboardInterrupt now
        signal.signal(signal.SIGINT, self._interrupted)

    def run(self, source: str) -> bool:
        """Run a cell; say whether it ended without an error."""
        result = self.shell.run_cell(source, store_history=False)
        return result.success

    def take(self) -> list[Output]:
        """Return the outputs since the last call."""
        for name, file in self.files.items():
            self.outputs.text(name, self._written(file))
        return self.outputs.take()

    def _written(self, file: Any) -> str:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return ""
        text = os.pread(file.fileno(), MOST_TEXT, 0).decode(errors="replace")
        # Writers share one offset with this descriptor, so it must go back as well.
        os.ftruncate(file.fileno(), 0)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return text

    def _interrupted(self, *_: Any) -> None:
        if self.interruptible:
            raise KeyboardInterrupt
