"""What an image is built from: the few files it needs in a folder of their own, and this machine's settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.files import replacing, write_whole
from course_utils.images.catalog import Image

MODEL = ("model.onnx", "model.pt", "models.py", "network.h")
BUILT = "docker/serving/build"  # generated, never committed
RESTING = re.compile(r"^(from course_utils\.withheld import answer_to|@answer_to\(.*\))\n", re.M)  # no image has it
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
TORCH = "torch-2.13.0+cpu-cp311-cp311-*.whl"
LEAVE = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints", "work[0-9]*", "*.pyc")


def make_model(root: Path) -> Path:
    """Write the model that the services answer with into ``docker/serving/build``; return that folder.

    It is the trained DigitCNN: as ONNX, as PyTorch's weights with the code that makes the module, and as a C header.
    """
    import torch

    from course_utils.data import digits
    from course_utils.export import to_onnx
    from course_utils.images.in_c import network_header
    from course_utils.training import trained

    folder = root / BUILT
    network = trained("cnn")
    to_onnx(network, torch.rand(2, 1, 16, 16), folder / "model.onnx")
    with replacing(folder / "model.pt") as half:
        torch.save(network.state_dict(), half)
    write_whole(folder / "network.h", network_header(network, digits(16).train_images))
    code = (Path(__file__).parents[1] / "models.py").read_text(encoding="utf-8")
    write_whole(folder / "models.py", RESTING.sub("", code))
    return folder


@contextmanager
def prepared(image: Image, root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder with just what ``image`` is built from, and the options of ``docker build`` that go with it.

    The options hand this machine's certificates and package index to the build, as secrets that leave nothing behind.

    Raises:
        CourseError: a file of the course is missing, as in a copy without its ``docker`` folder.
    """
    with tempfile.TemporaryDirectory(prefix="course-image-") as temporary:
        folder, private = Path(temporary, "context"), Path(temporary, "private")
        private.mkdir()
        source = root / image.context
        for need in image.needs:
            _copy(source / need, folder / need)
        built = folder / ("build" if image.context == "docker/serving" else BUILT)
        built.mkdir(parents=True)
        if image.serves:
            made = _made(root)
            for name in MODEL:
                shutil.copy(made / name, built)
        options = [*_secrets(private), *_wheels(built, image)]
        yield folder, options


@cache
def _made(root: Path) -> Path:
    # Once a process: an export takes seconds.
    return make_model(root)


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise CourseError(f"{source}: missing, and an image is built from it; work in a full copy of the course.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEAVE)
    else:
        shutil.copy(source, target)


def _secrets(private: Path) -> list[str]:
    certificates = next((value for name in CERTIFICATES if (value := os.environ.get(name))), None) or _pip("cert")
    lines, options = ["[global]", "timeout = 180"], []
    if certificates and Path(certificates).is_file():
        lines.append("cert = /run/secrets/ca")
        options += ["--secret", f"id=ca,src={certificates}"]
    index = os.environ.get("PIP_INDEX_URL") or _pip("index-url")
    if index and not index.startswith("file:"):
        lines.append(f"index-url = {index}")
    (private / "pip").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options += ["--secret", f"id=pip,src={private / 'pip'}"]
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        if os.environ.get(name):
            options += ["--build-arg", name]  # the client takes the value from its environment, and history has none
    return options


def _wheels(built: Path, image: Image) -> list[str]:
    # Where this machine keeps PyTorch without CUDA as a file, the build need not fetch it.
    folder = built / "wheels"
    folder.mkdir()
    asks = image.family == "torch" or not image.serves
    if not asks:
        return []
    places = (os.environ.get("PIP_FIND_LINKS") or _pip("find-links") or "").split()
    found = next((file for place in places for file in sorted(Path(place).glob(TORCH))), None)
    if not found:
        return []
    try:
        (folder / found.name).hardlink_to(found)
    except OSError:
        shutil.copy(found, folder)
    inside = "/build/wheels" if image.serves else "/wheelhouse/wheels"
    return ["--build-arg", f"CPU_WHEELS={inside}"]


def _pip(setting: str) -> str | None:
    asked = [sys.executable, "-m", "pip", "config", "get", f"global.{setting}"]
    done = subprocess.run(asked, capture_output=True, text=True)
    return done.stdout.strip() or None if done.returncode == 0 else None
