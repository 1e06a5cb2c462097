"""Lesson 08's module: what it gives, what it expects of an image, and figures and tables that reach the page."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
from lone_service import ALONE
from sample_course import ROOT

from course_utils.expect import Unmet
from course_utils.lessons import docker_images as lesson
from course_utils.lessons.docker_images.live import for_this_machine
from course_utils.lessons.docker_images.records import opened

FOLDER = ROOT / "solutions" / "08_docker_images"


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
    assert {"torch", "torch-cuda", "onnx", "onnx-cuda", "lean", "native", "bare"} <= set(services)
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
    best = lesson.draw_frontier(some).split(", ")
    assert ratio >= 1 and "MB" in told
    assert len(shown) == 6
    lightest = min((n for n in some if "answer" in some[n]), key=lambda n: some[n]["unpacked_bytes"])
    assert best[0] == lightest and f"On the frontier: {', '.join(best)}." in shown[5]["text/plain"]
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
