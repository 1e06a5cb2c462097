"""What is expected of an image in 8.1 to 8.3: the rules pass a service that keeps them, and each slip is named."""

from __future__ import annotations

import pytest
from lone_service import ALONE, LEAN

from course_utils.dockerfiles import paper_build
from course_utils.expect import Unmet
from course_utils.lessons import docker_images as lesson

NEEDED = [*lesson.SERVICE, "onnx/model.onnx"]


def check(name: str, text: str) -> None:
    """Run one of the lesson's checks on a Dockerfile."""
    more = {"check_service": [NEEDED], "check_order": [lesson.CONTEXT, lesson.UNNEEDED]}.get(name, [])
    more = ["8.2" if "scratch" not in text else "8.3"] if name == "check_form" else more
    given = text if name in ("check_form", "check_order") else paper_build(text, lesson.CONTEXT)
    getattr(lesson, name)(given, *more)


def test_services_that_keep_the_rules_pass():
    lesson.check_list(ALONE, "lists/onnx-cuda0.txt")
    for name in ("check_service", "check_found", "check_order", "check_settings_below", "check_form"):
        check(name, ALONE)
    for name in ("check_contents", "check_packages", "check_user", "check_health", "check_order", "check_form"):
        check(name, LEAN)
    image = paper_build(LEAN, lesson.CONTEXT)
    lesson.check_service(image, NEEDED, python="/python")
    lesson.environment_of(image, "ORT_DISABLE_TELEMETRY", "1")


@pytest.mark.parametrize(
    ("old", "new", "name", "said"),
    [
        (":3.11-slim-bookworm", "", "check_form", "an earlier stage"),
        ("COPY lists", "LABEL a=b\nCOPY lists", "check_form", "8.2 is written with .* without LABEL"),
        ("FROM", "FROM --platform=linux/arm64", "check_form", "FROM has --platform"),
        ("COPY app/", "COPY --chown=7 app/", "check_form", "COPY has --chown"),
        ("WORKDIR", "ARG A=1\nWORKDIR", "check_form", "ARG names CUDA, .* and not A=1"),
        ("WORKDIR", "ENV A=1\nWORKDIR", "check_form", "ENV names .* and not A=1"),
        ("RUN pip", "RUN ls && pip", "check_form", "and nothing else; here it is ls"),
        ("-r list", "-U -r list", "check_form", "here pip has -U, too"),
        ("--no-cache-dir ", "--target /a --no-cache-dir ", "check_form", "here pip has --target, too"),
        ("-r list.txt", "-r list.txt -r list.txt", "check_form", "from one list, by -r; here from 2"),
        ("--no-cache-dir ", "", "check_form", "pip keeps what it downloads"),
        ("onnx/ ./", "./", "check_service", "onnx/model.onnx in the image"),
        ("0.0.0.0", "127.0.0.1", "check_service", "too much: .*127"),
        ('"-m", ', "", "check_service", "missing: .*-m"),
        ('"python", "-m"', '"-m", "python"', "check_service", "the order"),
        ('CMD ["python", "-m"', "CMD ['python', '-m'", "check_service", "not JSON"),
        ('CMD ["python"', 'CMD python"', "check_service", "keeps the signal to stop"),
        ("-r list", "--target /a -r list", "check_found", "where the packages lie"),
        ("--no-cache-dir ", "", "check_order", "frees nothing"),
        ("app/ onnx/ ./", ". .", "check_order", "takes everything"),
        ("COPY lists", "COPY app/ /early/\nCOPY lists", "check_order", "each edit installs anew"),
        ("COPY lists", "ARG MODEL_VERSION=1\nRUN ls\nCOPY lists", "check_settings_below", "put them below it"),
        ("FROM", "FROM a:1\nARG MODEL_VERSION=1\nFROM 0\nRUN ls\nFROM", "check_settings_below", "put them below it"),
    ],
)
def test_a_slip_is_named(old, new, name, said):
    with pytest.raises(Unmet, match=f"(?s){said}"):
        check(name, ALONE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "name", "said"),
    [
        ("FROM scratch", "FROM debian:12", "check_contents", "the last FROM"),
        ("COPY app/", "COPY --from=0 /usr/local/bin /bin\nCOPY app/", "check_contents", "Python in the last stage"),
        ("COPY app/", "COPY app /more\nCOPY app/", "check_contents", "app/health.py in the last stage"),
        ("/w/plate /", "/w/plate /more", "check_packages", "/python in the last stage"),
        ("-r onnx-cuda0.txt", "", "check_packages", "finds no folder"),
        ("=/site", "=/srv", "check_packages", "PYTHONPATH in the container"),
        ("USER 7\n", "", "check_user", "whatever earlier stages say"),
        ("USER 7", "USER someone", "check_user", "other than 0"),
        ("USER 7", "USER 00:7", "check_user", "other than 0"),
        ("USER 7", "USER 4294967296", "check_user", "other than 0"),
        ("CMD [", "NONE [", "check_health", "the health check"),
        ('CMD ["/python", "health.py"]', "CMD /python health.py", "check_health", "no shell"),
        ('["/python", "health.py"]', '["/python", "health.py",]', "check_health", "not JSON"),
        ('["/python", "health.py"]', '["/python", "-c", "import health"]', "check_health", "the path of health.py"),
        ('["/python", "health.py"]', '["/python", "app/health.py"]', "check_health", "seen from the last WORKDIR"),
        ("--interval=30s", "--interval=30", "check_health", "a time with its unit"),
        ("--interval=30s", "--every=3s", "check_health", "retries"),
        ("RUN pip", "USER 7\nRUN pip", "check_form", "what installs is root"),
        ("WORKDIR /w", "WORKDIR /w\nARG A", "check_form", "without ARG"),
        ("RUN pip", "RUN pip install --no-cache-dir -r onnx-cuda0.txt && pip", "check_form", "by --target"),
    ],
)
def test_a_slip_in_the_lean_one_is_named(old, new, name, said):
    with pytest.raises(Unmet, match=f"(?s){said}"):
        check(name, LEAN.replace(old, new, 1))


def test_what_a_setting_changes_in_another_stage_is_named():
    stamp = "FROM debian:12 AS stamp\nARG MODEL_VERSION=1\nCOPY README.md /built\n"
    text = stamp + ALONE.strip().replace("COPY lists", "COPY --from=stamp /built /\nCOPY lists")
    with pytest.raises(Unmet, match="put them below it"):
        check("check_settings_below", text)


def test_the_wrong_list_is_named():
    with pytest.raises(Unmet, match="CUDA=1 installs what CUDA=0 does"):
        lesson.check_list(ALONE, "lists/onnx-cuda1.txt", CUDA="1")
