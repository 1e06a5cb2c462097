"""Where the lesson's files go, and what a notebook has to set up before the first of them."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

from course_utils import c_compiler
from course_utils.lessons.working import empty_once, keep_exporters_quiet, new_path_below
from course_utils.quiet import quiet
from course_utils.withheld import working_on

FOLDER = Path("work14")
EXTRA = {"ziglang": "14.5 to 14.8", "wasmtime": "14.5 to 14.8", "executorch": "14.2"}
REMARKS = ("`torch.jit", ".*TracerWarning")  # of tracers; exporters have their own


def begin() -> bool:
    """Set the notebook up, and print what of the extra ``edge`` is missing.

    That is: an empty folder work14, one thread, exporters and tracers that keep their remarks to themselves, the
    compiler's libraries where they are kept. What the package has as answers to this lesson's exercises rests.

    Returns:
        whether ExecuTorch is here.
    """
    import torch

    working_on("14")
    torch.set_num_threads(1)
    keep_exporters_quiet()
    for words in REMARKS:
        warnings.filterwarnings("ignore", words)
    empty_once(FOLDER)
    absent = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if absent:
        exercises = sorted({EXTRA[name] for name in absent})
        print(f"pip install {' '.join(absent)}: the tests of {' and '.join(exercises)} need it, and stop without.")
    if "ziglang" not in absent:
        c_compiler.use_kept_libraries()
    if "executorch" not in absent:
        with quiet():
            import executorch.backends.xnnpack.partition.xnnpack_partitioner
            import executorch.exir
            import executorch.runtime  # noqa: F401  # each remarks on libraries that it does without
    return "executorch" not in absent


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below work14."""
    return new_path_below(FOLDER, name)
