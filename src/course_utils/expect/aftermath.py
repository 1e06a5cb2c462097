"""What a call left in its arguments.

In a notebook an argument is the caller's own object, and what a function did to it is there to see. In grading a
student's function is lent copies, of arguments and of files, so that no expected value is ever computed from what it
could change; what became of a copy is noted here, by the object or the path that was lent.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

_noted: dict[int, tuple[Any, Any]] = {}
_files: dict[Path, Path] = {}


def after(value: Any) -> Any:
    """Return ``value`` as the calls so far left it: an array, a tensor, a module, or a list, tuple or dict of such.

    Of a file's path it is the path where the file lies as they left it; where they removed it, nothing lies there.
    """
    if isinstance(value, (str, Path)):
        left = _files.get(Path(value).absolute()) if _files else None
        return value if left is None else type(value)(left)
    if id(value) in _noted:
        return _noted[id(value)][1]
    if type(value) in (list, tuple):
        return type(value)(after(each) for each in value)
    if type(value) is dict:
        return {key: after(each) for key, each in value.items()}
    torch = sys.modules.get("torch")
    return _module(value) if torch is not None and isinstance(value, torch.nn.Module) else value


def note(lent: Any, now: Any) -> None:
    """Note that a call left ``now`` of what it was lent."""
    _noted[id(lent)] = lent, now  # the object is held, so that no other gets its number


def note_file(path: Path, now: Path) -> None:
    """Note that what calls made of the file at ``path`` lies at ``now``, if anywhere."""
    _files[path] = now


def forget_file(path: Path) -> None:
    """Forget what was made of a file: it has been written anew."""
    _files.pop(path, None)


def forget() -> None:
    """Forget all that was noted of objects."""
    _noted.clear()


def _module(module: Any) -> Any:
    tensors = [*module.parameters(), *module.buffers()]
    if not any(id(tensor) in _noted for tensor in tensors):
        return module
    copied = copy.deepcopy(module)
    for mine, theirs in zip([*copied.parameters(), *copied.buffers()], tensors, strict=True):
        mine.data = after(theirs).detach()
    return copied
