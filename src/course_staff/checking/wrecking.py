"""What a vandal's cell runs in the student's process: it knows some calls by heart, and wrecks what any other is given.

A call is known by a digest of its arguments: numbers and texts by value, arrays and tensors by content, files by name
and content, anything else by the name of its class.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import types
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from course_staff.checking.wrecked_files import wreck_file

Before = Callable[[str, tuple, dict], None]
OWN = ("__init__", "__call__")  # of a class's methods with an underscore, those that a test calls


def remember(space: dict[str, Any], names: Iterable[str], calls: dict[str, str]) -> None:
    """Wrap functions and classes of a notebook: ``calls`` takes each call's digest, and the name of what was called
    where something that it was given can be wrecked."""

    def note(name: str, args: tuple, kwargs: dict) -> None:
        calls[digest(name, args, kwargs)] = name.partition(".")[0] if wreck((args, kwargs), None) else ""

    _wrap(space, names, note)


def vandalize(space: dict[str, Any], names: Iterable[str], known: frozenset[str], fill: int) -> None:
    """Wrap functions and classes of a notebook: what a call that is not ``known`` is given is first wrecked."""

    def ruin(name: str, args: tuple, kwargs: dict) -> None:
        if digest(name, args, kwargs) not in known:
            wreck((args, kwargs), fill)

    _wrap(space, names, ruin)


def digest(name: str, args: tuple, kwargs: dict) -> str:
    """Return what stands for a call."""
    return hashlib.blake2b(repr((name, _plain(args), _plain(kwargs))).encode(), digest_size=6).hexdigest()


def wreck(value: Any, fill: int | None) -> bool:
    """Overwrite every array, tensor, list, dict and model's file in ``value`` with ``fill``; say whether any was there.

    Args:
        fill: None to look only. Texts become that digit, functions and other objects stay.
    """
    if type(value) is np.ndarray:
        with suppress(TypeError, ValueError):
            if fill is not None:
                value[...] = fill
        return value.size > 0
    if _is_tensor(value):
        import torch

        with torch.no_grad():
            if fill is not None:
                value.fill_(fill)
        return value.numel() > 0
    if _is_module(value):
        return _wreck_all((*value.parameters(), *value.buffers()), fill)
    if isinstance(value, (list, dict)):
        places = value.keys() if isinstance(value, dict) else range(len(value))
        for place in list(places):
            if not wreck(value[place], fill) and fill is not None:
                value[place] = _filled(value[place], fill)
        return len(value) > 0
    if isinstance(value, (str, Path)):
        return wreck_file(value, fill)
    return isinstance(value, tuple) and _wreck_all(value, fill)


def _wreck_all(values: Iterable[Any], fill: int | None) -> bool:
    found = [wreck(each, fill) for each in values]
    return any(found)


def _filled(value: Any, fill: int) -> Any:
    if isinstance(value, (bool, int, float, np.generic)):
        return type(value)(fill)
    if type(value) is tuple:
        return tuple(_filled(each, fill) for each in value)
    return str(fill) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float, complex, bytes, type(None), np.generic)):
        return repr(value)
    if isinstance(value, (str, Path)):
        with suppress(OSError, ValueError):
            if Path(value).is_file():
                return Path(value).name, hashlib.blake2b(Path(value).read_bytes()).hexdigest()
        return Path(value).name if isinstance(value, Path) else value
    if type(value) is np.ndarray:
        return str(value.dtype), value.shape, value.tobytes() if value.dtype != object else repr(value)
    if _is_tensor(value):
        return _plain(value.detach().cpu().numpy())
    if _is_module(value):
        return type(value).__name__, _plain(value.state_dict())
    if isinstance(value, dict):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [_plain(each) for each in value]
    return getattr(value, "__name__", type(value).__name__)


def _wrap(space: dict[str, Any], names: Iterable[str], before: Before) -> None:
    deep = [False]  # in a call from the notebook already: what the answer calls itself is its own affair

    def around(name: str, call: Callable) -> Callable:
        @functools.wraps(call)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if deep[0]:
                return call(*args, **kwargs)
            deep[0] = True
            try:
                before(name, args, kwargs)
                return call(*args, **kwargs)
            finally:
                deep[0] = False

        return wrapped

    for name in names:
        found = space.get(name)
        if type(found) is types.FunctionType:
            space[name] = around(name, found)
        elif isinstance(found, type):
            for method, call in list(vars(found).items()):
                if type(call) is types.FunctionType and (method in OWN or not method.startswith("_")):
                    setattr(found, method, around(f"{name}.{method}", call))


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _is_module(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)
