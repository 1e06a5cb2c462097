"""Engines built once and kept: whole or not at all, under a key of all they depend on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from course_utils.files import replacing
from course_utils.tensorrt import building
from course_utils.tensorrt.choosing import library, version
from course_utils.withheld import answer_to

CHUNK = 1 << 20  # bytes read at once


class _EngineCache:
    """Engines in a folder, each built by one process, once.

    An engine's file is named after the model, the target, the key, and the SHA-256 of its own content, and takes its
    name when it is whole: a build that was killed leaves nothing that could be loaded, and a file that was damaged
    later is found out, removed and built again. Several processes may share the folder.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)

    def engine(
        self,
        path: str | os.PathLike,
        profile: Mapping[str, Sequence[Sequence[int]]] | None = None,
        target: str = building.HERE,
        *,
        trt: Any = None,
    ) -> bytes:
        """Return the engine that ``build(path, profile, target)`` makes, built at the first call.

        The key is the model's content with its external data, the profile, the target (for ``CURRENT`` the GPU that
        is here), and TensorRT's name and version. Precision is part of the model.

        Raises:
            CourseError: as for ``build``.
            NotHere: no TensorRT here.
        """
        trt, path = trt or library(), Path(path)
        building.refusals.look_at(path)
        place = _gpu_here() if target == building.HERE else target
        shapes = {name: [list(shape) for shape in shapes] for name, shapes in (profile or {}).items()}
        parts = {"model": content(path), "profile": shapes, "target": place, "version": version(trt)}
        return self.get(
            f"{path.stem}-{place}", parts, lambda: building.build.__wrapped__(path, profile, target, trt=trt).engine
        )

    def get(self, name: str, parts: Mapping[str, Any], build: Callable[[], bytes]) -> bytes:
        """Return the engine kept under ``name`` and ``parts``, or what ``build()`` returns, which is kept.

        Of several processes that ask at once, one builds and the others wait. Where ``build`` raises, nothing is kept.

        Args:
            name: begins the file's name, for people.
            parts: all that the engine depends on, as JSON has it, in any order.
        """
        from filelock import FileLock

        key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
        stem = f"{_plain(name)}-{key}"
        if (kept := self._load(stem)) is not None:  # without the lock: the file is there whole, or not at all
            return kept
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / f".{stem}.lock"):
            if (kept := self._load(stem)) is not None:
                return kept
            self._sweep(stem)
            engine = build()
            path = self.folder / f"{stem}-{_digest(engine)}.engine"
            with replacing(path) as half:
                half.write_bytes(engine)
            return engine

    def _load(self, stem: str) -> bytes | None:
        for path in self.folder.glob(f"{stem}-*.engine"):
            with suppress(FileNotFoundError):  # removed by another process as damaged
                content = path.read_bytes()
                if path.stem == f"{stem}-{_digest(content)}":
                    return content
        return None

    def _sweep(self, stem: str) -> None:
        """Remove what was damaged, or left behind by a process that was killed; the lock is held."""
        for path in (*self.folder.glob(f"{stem}-*.engine"), *self.folder.glob(f".{stem}-*.engine.*")):
            path.unlink(missing_ok=True)


EngineCache = answer_to("7.7")(_EngineCache)


def content(path: Path) -> str:
    """Return the SHA-256 of a model: its file, and the files that hold its external data, in order of their names."""
    from course_utils import graphs

    total = hashlib.sha256()
    for file in (path, *(path.parent / name for name in graphs.external_files(path))):
        total.update(file.stat().st_size.to_bytes(8, "little"))
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                total.update(chunk)
    return total.hexdigest()


def _digest(engine: bytes) -> str:
    return hashlib.sha256(engine).hexdigest()[:32]


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def _gpu_here() -> str:
    """The kind of the GPU that is here, as a target is named; CURRENT where there is none, and the build says so."""
    import torch

    return "SM{}{}".format(*torch.cuda.get_device_capability()) if torch.cuda.is_available() else building.HERE
