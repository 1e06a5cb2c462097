"""The Dockerfiles as text: linted, pinned alike, and compose.yaml, which names them; and what PyTorch's is given."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sample_course import ROOT

from course_utils.images.catalog import BASE, IMAGES
from course_utils.images.context import make_model

DOCKERFILES = sorted((ROOT / "docker").rglob("Dockerfile"))
PINS = sorted((ROOT / "docker").rglob("requirements*.txt"))
IMAGES_PYTHON = {"python_version": "3.11", "python_full_version": "3.11.13", "sys_platform": "linux"}  # BASE's
IDS = {"ids": lambda path: str(path.relative_to(ROOT / "docker"))}


def pins(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    pinned = [Requirement(line.replace("===", "==")) for line in lines]
    here = [each for each in pinned if each.marker is None or each.marker.evaluate(IMAGES_PYTHON)]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in here}


def test_every_dockerfile_is_an_image_of_the_catalog():
    made = {(ROOT / image.context / image.dockerfile).resolve() for image in IMAGES.values()}
    assert made == set(DOCKERFILES)


@pytest.mark.parametrize("path", DOCKERFILES, **IDS)
def test_hadolint_has_nothing_to_say(path):
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "--failure-threshold", "style", path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", DOCKERFILES, **IDS)
def test_a_pinned_base_a_user_a_label_and_a_health_check(path):
    text = path.read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {BASE, "scratch"}
    for instruction in ("USER 10001", "HEALTHCHECK ", "LABEL org.opencontainers.image.title="):
        assert text.count(f"\n{instruction}") == 1
    installs = re.findall(r"pip install (?:[^&\n]|\\\n)*", text)
    assert all("--no-cache-dir" in install for install in installs)
    assert "# syntax=" not in text


@pytest.mark.parametrize("path", PINS, **IDS)
def test_pins_are_those_that_the_course_is_tested_with(path):
    tested = pins(ROOT / "constraints.txt")
    own = pins(path)
    differing = {
        name: version
        for name, version in own.items()
        if name in tested and version.removesuffix("+cpu") != tested[name]
    }
    # CUDA's own parts come in the versions that each framework was built with.
    assert {name: version for name, version in differing.items() if not name.startswith("nvidia-")} == {}
    assert set(own) >= {"onnxruntime"} or {"onnxruntime-gpu", "torch"} & set(own)


def test_the_lean_image_has_what_the_onnx_image_has():
    serving = ROOT / "docker" / "serving"
    assert pins(serving / "lean" / "requirements.txt") == pins(serving / "onnx" / "requirements-cuda0.txt")


def test_compose_names_what_is_there():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"lab", "formgrader", "marks", "torch", "onnx", "lean", "native", "bare", "ray"}
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
        if "build" in service:
            build = service["build"]
            folder = ROOT / build["context"]
            assert (folder / build["dockerfile"]).is_file()
            text = (folder / build["dockerfile"]).read_text()
            assert all(f"ARG {argument}=" in text for argument in build.get("args", {}))
            assert service["cap_drop"] == ["ALL"], name
        else:
            assert re.fullmatch(r"postgres:\d+\.\d+-bookworm", service["image"])
    for name in ("torch", "onnx", "lean", "native", "bare", "ray"):
        assert services[name]["read_only"] is True
        assert set(services[name]["environment"]) >= {"MODEL_VERSION", "DECISION_THRESHOLD"}
        assert ["--tmpfs", *services[name].get("tmpfs", [])] == list(IMAGES[name].options or ["--tmpfs"])
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len({port.split(":")[1] for port in ports}) == len(ports)
    assert services["formgrader"]["depends_on"]["marks"]["condition"] == "service_healthy"
    assert set(compose["volumes"]) == {"marks"}


def test_what_the_pytorch_image_gets_needs_no_course(tmp_path):
    folder = make_model(tmp_path)
    without = "import sys; sys.modules['course_utils'] = None; import models, torch; "
    load = without + "models.DigitCNN().load_state_dict(torch.load('model.pt', weights_only=True))"
    done = subprocess.run([sys.executable, "-c", load], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
