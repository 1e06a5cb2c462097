"""What is expected of an image in 8.1 to 8.3: the rules pass a service that keeps them, and each slip is named."""

from __future__ import annotations

import pytest
from lone_service import ALONE

from course_utils.dockerfiles import paper_build
from course_utils.expect import Unmet
from course_utils.lessons import docker_images as lesson


def test_a_service_that_keeps_the_rules_passes():
    image = paper_build(ALONE, lesson.CONTEXT)
    lesson.check_list(ALONE, "lists/onnx-cuda0.txt")
    lesson.check_service(image, [*lesson.SERVICE, "onnx/model.onnx"])
    lesson.check_order(ALONE, lesson.CONTEXT, lesson.UNNEEDED)
    lesson.check_packages(image, "lists/onnx-cuda0.txt")
    lesson.check_user(image)
    lesson.check_health(image)


@pytest.mark.parametrize(
    ("old", "new", "check", "said"),
    [
        (":3.11-slim-bookworm", "", "check_service", "name the version"),
        ("3.11-slim", "3.12-slim", "check_service", "python:3.11-slim-bookworm"),
        ("onnx/ ./", "./", "check_service", "onnx/model.onnx in the image"),
        ("0.0.0.0", "127.0.0.1", "check_service", "directly behind it"),
        ('"-m", ', "", "check_service", '"-m" before'),
        ('CMD ["python", "-m"', "CMD ['python', '-m'", "check_service", "not JSON"),
        ("-cuda0", "-cuda1", "check_packages", "onnx-cuda1"),
        ("USER 1", "USER root", "check_user", "other than root"),
        ("USER 1", "USER someone", "check_user", "made with useradd"),
        ("COPY app/", "COPY app/service.py", "check_health", "seen from the last WORKDIR"),
        ('["python", "health', '["health', "check_health", "Python starts it"),
        ('["python", "health.py"]', '"health.py', "check_health", "quotation mark is not closed"),
        ("HEALTHCHECK CMD", "HEALTHCHECK NONE", "check_health", "asks for health"),
        ("HEALTHCHECK CMD", "HEALTHCHECK --every=3s CMD", "check_health", "retries"),
        ('"health.py"', '"-m", "app.health"', "check_health", "seen from the last WORKDIR"),
        ('"health.py"', '"-c", "health(\'http://localhost/\')"', "check_health", "localhost:8000"),
        ('"0.0.0.0"]', '"0.0.0.0", "--reload"]', "check_service", "START has no"),
        ("-slim-bookworm", "-slim", "check_service", "slim-bookworm"),
        ("FROM", "FROM python AS a\nFROM", "check_service", "name the version"),
        ("-r list", "--target /a -r list", "check_found", "the packages in /a"),
        ("", "", "check_no_tools", "brings it"),
        ("FROM python", "FROM bitnami/python", "check_from_python", "the last FROM"),
        ("COPY app/", "COPY --chmod=600 app/", "check_from_python", "who may read"),
        ("/srv", "/root/srv", "check_from_python", "root's alone"),
        ('CMD ["python", "-m"', 'CMD ["timeout", "9", "python", "-m"', "check_service", "START begins with Python"),
        ('CMD ["python", "-m"', 'CMD ["python", "-S", "-m"', "check_found", "in the PYTHONPATH"),
        ("COPY app/", "RUN pip uninstall -y -r list.txt\nCOPY app/", "check_found", "taken away again"),
        ("FROM", "FROM --platform=linux/arm64 debian:12 AS a\nFROM", "check_found", "the same for each"),
        ('"health.py"', '"-I", "-m", "health"', "check_health", "over HTTP"),
        ("RUN pip", "RUN chmod 700 /srv/app; umask 077; pip", "check_user", "who may read"),
    ],
)
def test_a_slip_is_named(old, new, check, said):
    image = paper_build(ALONE.replace(old, new), lesson.CONTEXT)
    more = {"check_service": [["onnx/model.onnx"]], "check_packages": ["lists/onnx-cuda0.txt"]}.get(check, [])
    with pytest.raises(Unmet, match=said):
        getattr(lesson, check)(image, *more)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("--no-cache-dir ", "", "frees nothing"),
        ("app/ onnx/ ./", ". .", "takes everything"),
        ("COPY lists", "COPY app/ /early/\nCOPY lists", "each edit installs anew"),
        ("COPY lists", "COPY onnx/ /early/\nCOPY lists", "each edit installs anew"),
        ("RUN pip", "RUN --mount=type=bind,target=/all pip", "each edit installs anew"),
    ],
)
def test_an_order_that_costs_is_named(old, new, said):
    with pytest.raises(Unmet, match=said):
        lesson.check_order(ALONE.replace(old, new), lesson.CONTEXT, lesson.UNNEEDED)


def test_a_python_without_its_libraries_or_what_it_leads_to_is_named():
    link = "RUN python -m venv --without-pip /env\nFROM debian:12\nCOPY --from=0 /env /env\n"
    alone = "FROM scratch\nCOPY --from=0 /usr/local/bin/python /env/bin/python\n"
    for more, said in (
        (link, "an environment's Python is a link"),
        (alone, "an empty image has none of its libraries"),
    ):
        image = paper_build(f'FROM python:3.11-slim-bookworm\n{more}CMD ["/env/bin/python"]', [])
        with pytest.raises(Unmet, match=said):
            lesson.check_found(image)


def test_a_setting_above_an_install_is_named():
    text = ALONE.replace("COPY lists", "ARG MODEL_VERSION=1\nRUN ls\nCOPY lists")
    with pytest.raises(Unmet, match="put them below it"):
        lesson.check_settings_below(paper_build(text, lesson.CONTEXT))


def test_what_a_setting_changes_in_another_stage_is_named():
    stamp = "FROM debian:12 AS stamp\nARG MODEL_VERSION=1\nRUN date > /built\n"
    text = stamp + ALONE.strip().replace("COPY lists", "COPY --from=stamp /built /\nCOPY lists")
    with pytest.raises(Unmet, match="put them below it"):
        lesson.check_settings_below(paper_build(text, lesson.CONTEXT))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("COPY --from=0 /usr/local/bin/python3.11 /usr/local/bin/python", "its other half"),
        ("COPY --from=0 /usr/local/ /usr/local/", "Debian 12"),
    ],
)
def test_a_python_that_the_last_stage_cannot_load_is_named(more, said):
    base = "FROM python:3.11-slim-bookworm\n" if "half" in said else "FROM python:3.11-slim-trixie\n"
    with pytest.raises(Unmet, match=said):
        lesson.check_found(paper_build(f'{base}FROM debian:bookworm\n{more}\nCMD ["python"]', []))


def test_the_wrong_list_is_named():
    with pytest.raises(Unmet, match="CUDA=1 installs what CUDA=0 does"):
        lesson.check_list(ALONE, "lists/onnx-cuda1.txt", CUDA="1")
