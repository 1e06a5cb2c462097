"""Progress for whoever is watching, and nothing for a program: on stdout, since stderr in a test costs its points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str, steps: int) -> Iterator[Callable[[], object]]:
    """Show a bar on stdout where somebody is watching; yield what to call at each step."""
    if not watched():
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=steps, desc=what, file=sys.stdout, leave=False, ncols=72) as bar:
        yield bar.update


def watched() -> bool:
    """Whether somebody looks on: at a terminal, or at a notebook that is open rather than run by a program."""
    if sys.stdout.isatty():
        return True
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    # A program that runs a notebook can answer no question; a page where somebody works says that it can.
    return kernel is not None and bool(kernel.get_parent("shell").get("content", {}).get("allow_stdin"))
