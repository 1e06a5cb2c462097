"""What lesson 03 is given keeps its promises, and every figure is drawn, with words beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from course_utils import expect
from course_utils.data import digits
from course_utils.export import to_onnx
from course_utils.lessons import onnx_export as lesson


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("work03")
    folder.mkdir()
    return folder


def not_written(*args):
    raise NotImplementedError("not written yet")


def is_a_picture(bundle):
    return "data:image/png;base64," in bundle["text/html"] and len(bundle["text/plain"].split()) > 5


class Stretch(torch.nn.Module):
    def forward(self, images):
        return 2 * images - 1


class Decides(torch.nn.Module):
    def forward(self, images):
        return images if images.mean() < 0.5 else -images


def small_cnn():
    return torch.nn.Sequential(torch.nn.Conv2d(1, 10, 16), torch.nn.Flatten()).eval()


def test_importing_it_is_light():
    code = "import sys, course_utils.lessons.onnx_export; print({'torch', 'onnx', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_the_folder_is_emptied_once(work):
    (work / "old").write_text("from the last session")
    assert lesson.begin() == work
    assert not list(work.iterdir())
    (work / "new").write_text("of this session")
    lesson.begin()
    assert (work / "new").exists()


def test_new_paths_are_new_also_where_the_folder_is_gone(work):
    work.rmdir()
    one, two = lesson.new_path("a.onnx"), lesson.new_path("a.onnx")
    assert one != two
    assert one.parent.is_dir()
    (lesson.empty_folder("split") / "rest").write_text("old")
    assert list(lesson.empty_folder("split").iterdir()) == []


def test_the_models_compute_what_their_names_say():
    x = np.array([[1, 2], [3, 4]], np.float32)
    (scaled,) = lesson.results_of(lesson.written(lesson.SCALING), x)
    assert scaled.tolist() == [[2, 3], [6, 6]]
    (summed,) = lesson.results_of(lesson.written(lesson.ADDING_UP), torch.from_numpy(x))
    assert summed.tolist() == [[5, 8], [7, 10]]
    assert lesson.doubling()(torch.from_numpy(x)).tolist() == [[2, 4], [6, 8]]


def test_the_joined_model_has_what_is_described():
    model = onnx.load(lesson.written(lesson.JOINED))
    assert [lesson.numpy_type(value) for value in model.graph.input] == ["float32", "uint8", "float32"]
    assert sum(onnx.numpy_helper.to_array(weight).nbytes for weight in model.graph.initializer) == 21
    assert not any(weight.raw_data for weight in model.graph.initializer)


def test_images_for_a_scorer_and_for_a_branch():
    raw = lesson.raw_images()
    assert (raw.shape, raw.dtype) == ((6, 2, 2), torch.uint8)
    assert lesson.scorer()(raw[:, None].float())[0].tolist() == [115, 100, 15]
    dark, bright = lesson.mixed_batches().values()
    assert np.array_equal(dark, 1 - bright)
    assert dark.mean() < 0.5 < bright.mean()


def test_ends_come_apart_and_other_things_are_refused():
    ends = [("x", "float32", [1]), ("y", "int8", [])]
    assert lesson.parted(ends, "it") == [["x", "y"], ["float32", "int8"], [[1], []]]
    for wrong in ((), [["x", "float32", [1]]], [("x", "float32")]):
        with pytest.raises(expect.Unmet):
            lesson.parted(wrong, "it")


def test_files_that_are_missing_and_files_that_are_there():
    path = lesson.many_missing()
    weights = onnx.load(path, load_external_data=False).graph.initializer
    assert len(weights) == len(lesson.OUTSIDE) + 1
    assert {each for each in lesson.OUTSIDE if (path.parent / each).is_file()} == {"d.bin", "parts/e.bin"}
    path, folder = lesson.laid_out("net.onnx", [np.ones(3, np.float32)])
    assert folder.is_dir()
    assert lesson.sizes_in(path.parent) == f"net.onnx {path.stat().st_size:,} bytes"


def test_without_an_export_the_courses_own_stands_in(work, capsys):
    given = torch.nn.Linear(3, 2), torch.zeros(2, 3)
    path = lesson.exported(not_written, *given, work / "a.onnx")
    assert "3.1 is not written yet" in capsys.readouterr().out
    assert lesson.results_of(path, np.ones((5, 3), np.float32))[0].shape == (5, 2)
    path = lesson.exported(lambda *each: each[2].write_text("mine"), *given, work / "b.onnx")
    assert path.read_text() == "mine"
    assert capsys.readouterr().out == ""


def test_exporters_are_compared(shown, capsys):
    net, signal = lesson.causal_net(), torch.rand(1, 4, 20)
    assert lesson.compare_exporters(to_onnx, net, signal)[0] > 1
    assert "TorchScript" in shown[0]["text/plain"]
    lesson.export_with_lightning()
    assert "ightning" in capsys.readouterr().out


def test_a_causal_net_does_not_see_the_future():
    net, signal = lesson.causal_net(), torch.rand(1, 4, 20)
    longer = torch.cat([torch.rand(1, 4, 9), signal], dim=2)
    assert torch.allclose(net(signal[..., -15:]), net(longer[..., -15:]), atol=1e-6)
    assert net(signal).shape == (1, 4)


def test_one_exporter_refuses_a_branch_and_the_other_freezes_it(capsys):
    refuse, frozen = lesson.export_a_branch(Decides(), torch.full((2, 4, 4), 0.2))
    assert refuse == "torch.export"
    assert "torch.where" in capsys.readouterr().out
    assert lesson.results_of(frozen, np.ones((1, 4, 4), np.float32))[0].min() == 1


def test_files_are_measured_and_described(work, shown):
    model = small_cnn()
    images = digits(16, as_tensors=True).test_images[:9]
    file = to_onnx(model, images[:2], work / "cnn.onnx")
    assert lesson.show_sizes(model, file) == file.stat().st_size - 4 * 2570
    assert lesson.labels_changed(model, file, images) == 0
    said = dict.fromkeys(lesson.DESCRIBED, 7) | {"operators": {"Conv": 3}}
    lesson.show_descriptions(lambda path: said, {"one": file, "two": file})
    assert lesson.added(file, file) == ""
    assert "1 Conv" in lesson.added(lesson.written(lesson.SCALING), file)
    assert ["10,280" in shown[0]["text/plain"], "7    7" in shown[1]["text/plain"]] == [True, True]


def test_tools_say_what_they_think_of_a_model_without_its_weights(capsys):
    lesson.try_to_load(lesson.many_missing())
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines() if ": " in line)
    assert "b.bin" in told["onnx"]
    assert told["ONNX Runtime"] == "loaded"  # it asks for no weights that no node uses


def test_figures_are_drawn(work, shown):
    images = digits(16, as_tensors=True).test_images[:7]
    gap = lesson.draw_differences(lambda model, file, batches: len(batches[0]) / 1e6, None, work, images, (1, 7))
    assert gap == 7e-6
    lesson.draw_scans((255 * images[:, 0]).to(torch.uint8), np.arange(7), np.linspace(0.9, 0.5, 7))
    file = to_onnx(Stretch(), torch.rand(2, 8, 8), work / "stretch.onnx")
    scan = digits(8).test_images[0, 0]
    assert lesson.draw_sides(Stretch(), {"one": file, "two": file}, scan) == "one 0%, two 0%"
    x = np.linspace(-6, 6, 101, dtype=np.float32)
    assert lesson.draw_swish(x, x / (1 + np.exp(-x)) + 0.25 * (x > 5)) == pytest.approx(0.25)
    assert len(shown) == 4
    assert all(map(is_a_picture, shown))


def test_classifiers_are_compared(work, shown):
    network = to_onnx(small_cnn(), torch.rand(2, 1, 16, 16), work / "cnn.onnx")
    text = (
        '<ir_version: 8, opset_import: ["" : 18]> g (float[n,64] x) => (int64[n] label) '
        "{label = ArgMax <axis = 1, keepdims = 0> (x)}"
    )
    guessed = digits(8).test_images.reshape(-1, 64).argmax(axis=1) == digits(8).test_labels
    right = lesson.compare_classifiers(lesson.written(text), network)
    assert right == pytest.approx(100 * guessed.mean())
    assert "450 test images" in shown[0]["text/html"]
    assert lesson.logistic_regression().n_features_in_ == 64
