"""What an image weighs: its layers as a registry would send them, and the files in them.

``docker save`` streams an image once; every layer is unpacked, hashed and compressed on the way, and nothing is kept.
Compression is gzip at level 6, as ``docker push`` uses it, so sizes are within a percent of a registry's.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from course_utils.errors import CourseError
from course_utils.images.catalog import BASE
from course_utils.images.engine import Engine

LISTED = 64 * 1024  # bytes from which a file is listed by its own name
DEPTH = 7  # folders deep to which smaller files are summed up
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass
class Layer:
    """One layer: digests of the tar and of its gzip, the gzip's size, the files (path: bytes), and those it removes."""

    diff_id: str
    digest: str
    compressed: int
    files: dict[str, int]
    removed: list[str]


class _Squeezer:
    """Passes a stream on and meanwhile hashes and compresses it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.raw, self.packed = stream, hashlib.sha256(), hashlib.sha256()
        self.compressor, self.size = zlib.compressobj(6, zlib.DEFLATED, 31), 0

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.raw.update(data)
        self._add(self.compressor.compress(data))
        return data

    def finish(self) -> None:
        while self.read(1 << 20):
            pass  # what follows the archive's end belongs to the layer too
        self._add(self.compressor.flush())

    def _add(self, packed: bytes) -> None:
        self.packed.update(packed)
        self.size += len(packed)


def weigh(engine: Engine, tag: str, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Return the size part of an image's record; see ``course_utils.images`` for its form.

    Args:
        progress: called with the bytes read and those to read.

    Raises:
        CourseError: the engine has no such image, or cannot hand it out.
    """
    known = engine.inspect(tag)
    if known is None:
        raise CourseError(f"{tag}: this engine has no such image; build it first: course images build.")
    base = engine.inspect(BASE) or {"RootFS": {"Layers": []}}
    config, layers = _saved(engine, tag, known["Size"], progress)
    diff_ids = config["rootfs"]["diff_ids"]
    ordered = [layers[diff_id] for diff_id in diff_ids]
    steps = [step for step in config["history"] if not step.get("empty_layer")]
    below = base["RootFS"]["Layers"]
    packed = json.dumps(config).encode()
    return {
        "unpacked_bytes": sum(sum(layer.files.values()) for layer in ordered),
        "download_bytes": sum(layer.compressed for layer in ordered),
        "manifest": {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": CONFIG_TYPE, "digest": _digest(packed), "size": len(packed)},
            "layers": [
                {"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.compressed} for layer in ordered
            ],
        },
        "config": {"history": config["history"], "rootfs": config["rootfs"], "config": config["config"]},
        "layers": [
            {
                "step": instruction(step.get("created_by", "")),
                "from_base": diff_ids[: len(below)] == below and place < len(below),
                "unpacked_bytes": sum(layer.files.values()),
                "download_bytes": layer.compressed,
            }
            for place, (layer, step) in enumerate(zip(ordered, steps, strict=True))
        ],
        "files": summed(merged(ordered)),
    }


def instruction(created_by: str) -> str:
    """Return a layer's step as the Dockerfile has it, from the words of the image's history."""
    step = re.sub(r"^\|\d+ .*?(?=/bin/sh -c)", "", created_by).removesuffix("# buildkit").strip()
    step = re.sub(r"^(RUN )?(\|\d+ .*?)?/bin/sh -c (#\(nop\) )?", "RUN ", step)
    return " ".join(step.split()) or "(the base image)"


def merged(layers: list[Layer]) -> dict[str, int]:
    """Return the files that a container sees: later layers cover earlier ones."""
    seen: dict[str, int] = {}
    for layer in layers:
        for gone in layer.removed:
            for path in [path for path in seen if path == gone or path.startswith(gone + "/")]:
                del seen[path]
        seen.update(layer.files)
    return seen


def summed(files: dict[str, int]) -> list[list[Any]]:
    """Return ``[path, bytes]`` by size: files of 64 KiB and more, the others summed as ``folder/(small files)``."""
    listed: dict[str, int] = {}
    for path, size in files.items():
        if size < LISTED:
            path = "/".join([*path.split("/")[:-1][:DEPTH], "(small files)"])
        listed[path] = listed.get(path, 0) + size
    return sorted(([path, size] for path, size in listed.items() if size), key=lambda each: (-each[1], each[0]))


def _saved(engine: Engine, tag: str, size: int, progress: Callable[[int, int], None] | None) -> tuple[dict, dict]:
    small: dict[str, bytes] = {}
    layers: dict[str, Layer] = {}
    with engine.start("save", tag, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    stream = archive.extractfile(member) if member.isfile() else None
                    if stream is None:
                        continue
                    head = stream.peek(2)[:2]  # seeking back is not possible here
                    if head[:1] in (b"{", b"["):
                        small[member.name] = stream.read()
                    elif member.size > 512:
                        layer = _layer(gzip.GzipFile(fileobj=stream) if head == b"\x1f\x8b" else stream)
                        layers[layer.diff_id] = layer
                    if progress:
                        progress(min(archive.offset, size), size)
        except tarfile.TarError as error:
            raise CourseError(f"{tag}: the engine did not hand it out whole ({error}); try again.") from error
        finally:
            process.kill()
    (entry,) = json.loads(small["manifest.json"])
    return json.loads(small[entry["Config"]]), layers


def _layer(stream: IO[bytes]) -> Layer:
    squeezer = _Squeezer(stream)
    files, removed = {}, []
    with tarfile.open(fileobj=squeezer, mode="r|") as archive:
        for member in archive:
            folder, _, name = member.name.removeprefix("./").rpartition("/")
            if name.startswith(".wh."):
                removed.append(f"{folder}/{name.removeprefix('.wh.')}".strip("/"))
            elif member.isfile():
                files[member.name.removeprefix("./")] = member.size
    squeezer.finish()
    raw, packed = squeezer.raw.hexdigest(), squeezer.packed.hexdigest()
    return Layer(f"sha256:{raw}", f"sha256:{packed}", squeezer.size, files, removed)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
