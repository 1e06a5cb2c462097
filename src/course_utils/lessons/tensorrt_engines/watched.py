"""What a test can look into afterwards, also where it was sent to another process. Importing it imports torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

REAL = {"hash": hash, "getpid": os.getpid}


class Watched(torch.nn.Sequential):
    """Layers after a product by 1/3; buffers that no state dict has hold that factor, and the mode."""

    def __init__(self, *layers: torch.nn.Module) -> None:
        super().__init__(*layers)
        self.register_buffer("third", torch.tensor([1 / 3]), persistent=False)
        self.__dict__["first"] = self.third  # of float32; in another process no other object is looked at
        self.register_buffer("mode", torch.tensor([True]), persistent=False)

    def _apply(self, fn: Any, recurse: bool = True) -> Watched:
        super()._apply(fn, recurse)
        if self.third is not self.first and self.third.dtype == self.first.dtype:
            with torch.no_grad():
                self._buffers["third"] = self.first.copy_(self.third)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "training":
            with torch.no_grad():
                self.mode.fill_(value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x * self.third)


class Chosen(torch.nn.Module):
    """Features (n, d) in another order, by a buffer of whole numbers, sums along them, largest and smallest of both."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("order", torch.arange(width).flip(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        others = x[:, self.order]
        return torch.maximum(x, others) + torch.minimum(x.cumsum(1), 2 * others)


class OtherProcess:
    """What a function such as hash() gives in another process."""

    def __init__(self, name: str, salt: int) -> None:
        self.name, self.salt = name, salt

    def __call__(self, *args: Any) -> int:
        return REAL[self.name]((self.salt, *args)) if self.name == "hash" else REAL[self.name](*args) + self.salt


class DatedBuild:
    """A build that gives engine, and the model's files one date, as an archive does that is unpacked."""

    def __init__(self, engine: bytes, files: Sequence[Path]) -> None:
        self.engine, self.files = engine, list(files)

    def __call__(self) -> bytes:
        for file in self.files:
            os.utime(file, (10**9, 10**9))
        return self.engine


class RottingBuild:
    """A build that changes a bit in the middle of every file of a folder, with size and date as they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> bytes:
        for file in [each for each in self.folder.rglob("*") if each.is_file()]:
            data, state = bytearray(file.read_bytes()), file.stat()
            if data:
                data[len(data) // 2] ^= 1
                file.write_bytes(data)
                os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
        return b"built while others rot"
