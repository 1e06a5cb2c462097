"""Trained weights on disk: made once, by one process, and read whole or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

VARIABLE = "COURSE_CACHE"


def folder() -> Path:
    """Return where weights are kept: the folder ``COURSE_CACHE`` names, else the platform's for caches."""
    from platformdirs import user_cache_path

    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else user_cache_path("lean-inference", appauthor=False)


def key_of(modules: Sequence[str], packages: Sequence[str]) -> str:
    """Return a key that changes with the code of these modules of the course, or with these packages' versions.

    Args:
        modules: paths below ``course_utils``, without the ending: ``"training/keeping"``.
    """
    home = Path(__file__).parents[1]
    code = [(home / f"{module}.py").read_text(encoding="utf-8") for module in modules]
    versions = [version(package) for package in packages]
    return hashlib.sha256(repr((versions, code)).encode()).hexdigest()[:16]


def kept(
    name: str, key: str, build: Callable[[], torch.nn.Module], train: Callable[[torch.nn.Module], object]
) -> torch.nn.Module:
    """Return ``build()`` with the weights kept for ``name`` and ``key``; at the first call ``train`` makes them.

    Of several processes that ask at once, one trains and the others wait. A damaged file is said so and replaced.
    Where the folder cannot be written, the weights are made for this call alone, and a sentence says so. The caller's
    random state and default type stay as they were.

    Args:
        key: stands for all that the weights depend on.
        build: makes the module; the same at every call.
        train: changes a module's weights in place.
    """
    path = folder() / f"{name}-{key}.pt"
    with _caller_undisturbed():
        return _load_or_make(name, path, build, train)


def _load_or_make(
    name: str, path: Path, build: Callable[[], torch.nn.Module], train: Callable[[torch.nn.Module], object]
) -> torch.nn.Module:
    model = _load(path, build)  # without the lock: the file is there whole, or not at all
    if model is not None:
        return model
    with _one_process(name, path) as writable:
        model = _load(path, build) if writable else None  # another process may have made it meanwhile
        if model is None:
            if path.exists():
                print(f"{path}: the kept weights are damaged; {name} is trained again.")
            model = build()
            train(model)
            if writable:
                _save(model, path)
    return model


def _load(path: Path, build: Callable[[], torch.nn.Module]) -> torch.nn.Module | None:
    import torch

    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:  # torch does not look at the checksums
                return None
        model = build()
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception:  # a damaged file makes torch raise nearly anything
        return None
    return model


def _save(model: torch.nn.Module, path: Path) -> None:
    import torch

    half = path.with_suffix(".half")  # one name will do: the lock is held
    try:
        torch.save(model.state_dict(), half)
        half.replace(path)
    except (OSError, RuntimeError) as error:
        print(_not_kept(path, error))
    finally:
        half.unlink(missing_ok=True)


@contextmanager
def _one_process(name: str, path: Path) -> Iterator[bool]:
    """Hold the lock of ``path``; yield whether its folder can be written."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"{name}: another process is training it; this one waits.", flush=True)
            lock.acquire()
    except OSError as error:
        print(_not_kept(path, error))
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _not_kept(path: Path, error: Exception) -> str:
    return f"{path.parent}: weights cannot be kept here ({error}); set {VARIABLE} to a folder that can be written."


@contextmanager
def _caller_undisturbed() -> Iterator[None]:
    """Put the random state and torch's default type back: the same draws follow a first call and a later one."""
    import numpy as np
    import torch

    states, dtype = (random.getstate(), np.random.get_state()), torch.get_default_dtype()
    try:
        with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        torch.set_default_dtype(dtype)
        random.setstate(states[0])
        np.random.set_state(states[1])
