"""Lesson 08's module: what it gives, what it expects of an image, and figures and tables that reach the page."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
from sample_course import ROOT

from course_utils.dockerfiles import paper_build
from course_utils.expect import Unmet
from course_utils.lessons import docker_images as lesson
from course_utils.lessons.docker_images.live import for_this_machine
from course_utils.lessons.docker_images.records import opened

FOLDER = ROOT / "solutions" / "08_docker_images"
ALONE = """
FROM python:3.11-slim-bookworm
WORKDIR /srv
COPY lists/onnx-cuda0.txt list.txt
RUN pip install --no-cache-dir -r list.txt
COPY app/ onnx/ ./
USER 1
HEALTHCHECK CMD ["python", "health.py"]
CMD ["python", "-m", "uvicorn", "service:app", "--host", "0.0.0.0"]
"""


@pytest.fixture
def services(monkeypatch):
    monkeypatch.chdir(FOLDER)
    return lesson.recorded()


def test_the_page_names_every_file_of_the_context():
    page = (FOLDER / "docker_images.nb.py").read_text(encoding="utf-8")
    names = {path.rpartition("/")[2] if path.split("/")[0] in ("app", "torch") else path for path in lesson.CONTEXT}
    assert [name for name in names if name.removeprefix("lists/").removeprefix("onnx/") not in page] == []
    assert " ".join(lesson.START) in page
    assert lesson.DICTIONARY.strip() in re.sub(r"(?m)^# ", "", page)


def test_records_come_heaviest_first(services):
    sizes = [record["unpacked_bytes"] for record in services.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert {"torch", "torch-cuda", "onnx", "onnx-cuda", "lean", "native"} <= set(services)
    assert [(each["framework"], each["cuda"]) for each in lesson.sizes(services)] == [
        ("torch", False),
        ("torch", True),
        ("onnx", False),
        ("onnx", True),
    ]


def test_a_manifest_is_opened_as_a_copy(services):
    manifest = opened(services["onnx"])
    assert set(manifest["config"]) >= {"history", "rootfs"}
    manifest["layers"].clear()
    assert services["onnx"]["manifest"]["layers"]


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


def test_the_wrong_list_is_named():
    with pytest.raises(Unmet, match="CUDA=1 installs what CUDA=0 does"):
        lesson.check_list(ALONE, "lists/onnx-cuda1.txt", CUDA="1")


def test_results_are_read_strictly():
    assert lesson.rows_of([["a", 1], ("b", 2)], "f()") == [("a", 1), ("b", 2)]
    assert lesson.texts_of(["a"], "f()") == ["a"]
    assert lesson.with_keys({"cpu": 1}, ["cpu"], "here") == {"cpu": 1}
    for reading, got in ((lesson.rows_of, {"a": 1}), (lesson.texts_of, [1]), (lesson.texts_of, None)):
        with pytest.raises(Unmet):
            reading(got, "f()")
    with pytest.raises(Unmet):
        lesson.with_keys(None, [], "here")


def test_images_are_drawn_with_steps_that_have_no_layer():
    manifest, layers = lesson.drawn_image(np.random.default_rng(1), [("sha256:a", 1, "sha256:b")])
    with_layer = [step for step in manifest["config"]["history"] if not step.get("empty_layer")]
    assert len(with_layer) == len(layers) == len(manifest["layers"]) < len(manifest["config"]["history"])
    assert [each["bytes"] for each in lesson.four_images(1, None, 3, 4, (3, 2, 1, 0))] == [4, 3, 1]


def by_first_folder(files, depth):
    return sorted(((path.split("/")[0], size) for path, size in files), key=lambda each: -each[1])


@pytest.mark.parametrize("chosen", [None, ["lean"], ["torch-cuda", "native"]])
def test_every_figure_is_displayed_in_words(services, shown, chosen):
    some = {name: services[name] for name in chosen or services}
    ratio = lesson.draw_sizes(some, [{"framework": "onnx", "cuda": True, "bytes": 10**9}])
    lesson.draw_layers(some)
    told = lesson.draw_heaviest(by_first_folder, some)
    lesson.draw_build_times(some)
    lesson.draw_running(some)
    assert ratio >= 1 and "MB" in told
    assert len(shown) == 5
    assert all("data:image/png;base64," in bundle["text/html"] for bundle in shown)
    for place in (0, 1, 3):  # the sizes, the layers, the times
        assert all(name in shown[place]["text/plain"] for name in some)


def test_tables_show_what_the_functions_return(services, shown):
    before = copy.deepcopy(services["onnx"])
    lesson.show_layers(lambda manifest: [(step.get("created_by"), 5) for step in manifest["config"]["history"]], before)
    saved = lesson.show_shared(services, lambda manifests: len(manifests), lambda manifests, unpacked: 7_000_000)
    lesson.show_rebuilt(lambda dockerfile, changed: ["RUN a"] * 17, services)
    lesson.show_ratios({"cpu": 1.5}, {"cpu": 2.25, "cuda": 3.0})
    lesson.show_cuda(ALONE, services)
    lesson.show_ignored(ALONE)
    where = lesson.show_services(services)
    lesson.show_lean(services)
    lesson.show_engines(services["onnx"])
    texts = [bundle["text/plain"] for bundle in shown]
    assert saved == pytest.approx(7 * (len(services) - 1))
    assert "(the base)" in texts[0] and "17" in texts[2] and "2.25" in texts[3] and "none" in texts[3]
    assert "lists/onnx-cuda0.txt" in texts[4] and "with the published mistake" in texts[5]
    assert "Docker" in where and "not run: no GPU" in texts[6]
    assert len(texts) == 9 and before == services["onnx"]


def test_a_linter_is_not_stopped_by_what_is_missing(capsys):
    def torch_dockerfile():
        raise NotImplementedError("not written yet")

    lesson.lint(torch_dockerfile)
    said = capsys.readouterr().out
    assert "torch_dockerfile: not written yet" in said or "not installed" in said


def test_a_build_finds_this_machine_s_index_in_secrets_alone():
    text = for_this_machine("FROM a AS b\nRUN pip install -r c\nRUN --mount=type=cache,target=/d e\n")
    lines = text.splitlines()
    assert lines[:2] == ["FROM a AS b", "ARG PIP_CONFIG_FILE=/run/secrets/pip"]
    assert lines[2] == "RUN --mount=type=secret,id=ca --mount=type=secret,id=pip pip install -r c"
    assert lines[3].startswith("RUN --mount=type=cache")
