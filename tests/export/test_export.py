"""Modules leave PyTorch whole, checked and in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch import nn

from course_utils.errors import CourseError
from course_utils.export import to_onnx, to_onnx_torchscript
from course_utils.export.checks import references
from course_utils.graphs import operators

EXPORTERS = (to_onnx, to_onnx_torchscript)
EXAMPLE = torch.linspace(-1, 1, 8).reshape(2, 4)


class Branch(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        return x - 1


class Small(nn.Module):
    """Convolution, batch normalization and dropout: each mode gives other results."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.drop, self.head = nn.Dropout(), nn.Linear(4 * 36, 3)
        nn.init.normal_(self.norm.running_mean)
        nn.init.uniform_(self.norm.weight, 0.5, 2)

    def forward(self, image):
        return self.head(self.drop(torch.relu(self.norm(self.conv(image)))).flatten(1))


class Pair(nn.Module):
    def forward(self, pixels, scale):
        return pixels.float().mean(-1) * scale, pixels


@pytest.fixture(scope="module")
def small() -> Small:
    torch.manual_seed(0)
    return Small().train()


@pytest.fixture(scope="module", params=EXPORTERS, ids=lambda exporter: exporter.__name__)
def written(request: pytest.FixtureRequest, small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model, exported from a batch of one."""
    folder = tmp_path_factory.mktemp("written") / "new" / "folder"
    return request.param(small, torch.zeros(1, 1, 6, 6), folder / "small.onnx")


def ends(path: Path) -> dict[str, list]:
    graph = onnx.load(path).graph
    return {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }


def test_file_stands_alone_under_its_name(written: Path):
    assert [path.name for path in written.parent.iterdir()] == ["small.onnx"]
    assert not any(tensor.external_data for tensor in onnx.load(written, load_external_data=False).graph.initializer)
    assert written.stat().st_mode & 0o777 == 0o644


def test_names_are_those_of_forward_and_the_batch_is_free(written: Path):
    assert ends(written) == {"image": ["batch", 1, 6, 6], "output": ["batch", 3]}


def test_results_are_those_of_eval_mode(written: Path, small: Small):
    session = ort.InferenceSession(written, providers=["CPUExecutionProvider"])
    images = torch.randn(7, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    was = small.training
    with torch.no_grad():
        wanted = small.eval()(images).numpy()
    small.train(was)
    assert np.abs(session.run(None, {"image": images.numpy()})[0] - wanted).max() < 1e-5


def test_every_module_gets_its_own_mode_back(tmp_path: Path):
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout()).train()
    model[1].eval()
    for path, tensor in ((tmp_path / "a.onnx", EXAMPLE), (tmp_path / "b.onnx", torch.ones(2, 3))):
        try:
            to_onnx_torchscript(model, tensor, path)
        except CourseError:
            assert tensor.shape[1] == 3
        assert [module.training for module in model.modules()] == [True, True, False, True]
    assert model[1].num_batches_tracked == 0


def test_exporters_differ_in_what_they_fold(small: Small, tmp_path: Path):
    new = operators(to_onnx(small, torch.zeros(2, 1, 6, 6), tmp_path / "new.onnx"))
    old = operators(to_onnx_torchscript(small, torch.zeros(2, 1, 6, 6), tmp_path / "old.onnx"))
    assert "BatchNormalization" not in new
    assert old["BatchNormalization"] == 1


def test_several_inputs_and_outputs(tmp_path: Path):
    example = (torch.arange(10, dtype=torch.uint8).reshape(2, 5), torch.ones(2))
    for exporter in EXPORTERS:
        path = exporter(Pair(), example, tmp_path / f"{exporter.__name__}.onnx")
        assert list(ends(path)) == ["pixels", "scale", "output_0", "output_1"]
        assert {shape[0] for shape in ends(path).values()} == {"batch"}


class CalledOutput(nn.Module):
    def forward(self, output):
        return output * 2


class CalledOutput0(nn.Module):
    def forward(self, output_0):
        return output_0 * 2, output_0 + 1


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize(
    ("model", "names"),
    [(CalledOutput(), ["output", "output_"]), (CalledOutput0(), ["output_0", "output__0", "output__1"])],
)
def test_an_input_called_output_keeps_its_name(exporter, model: nn.Module, names: list[str], tmp_path: Path):
    graph = onnx.load(exporter(model, EXAMPLE, tmp_path / "x.onnx")).graph
    assert [value.name for value in (*graph.input, *graph.output)] == names


def test_starred_parameters_are_numbered(tmp_path: Path):
    class Total(nn.Module):
        def forward(self, *parts):
            return parts[0] + parts[1]

    for exporter in EXPORTERS:
        path = exporter(Total(), [EXAMPLE, EXAMPLE], tmp_path / f"{exporter.__name__}.onnx")
        assert list(ends(path)) == ["parts_0", "parts_1", "output"]


def test_labels_stay_labels(tmp_path: Path):
    """A drawn index outside the table would be an error of the module."""
    path = to_onnx(nn.Embedding(3, 2), torch.tensor([[0, 2], [1, 1]]), tmp_path / "table.onnx")
    assert list(ends(path)) == ["input", "output"]


def test_opset_is_the_one_asked_for(tmp_path: Path):
    path = to_onnx(nn.Linear(4, 3), EXAMPLE, tmp_path / "older.onnx", opset=18)
    assert [entry.version for entry in onnx.load(path).opset_import if not entry.domain] == [18]


def test_uncompared_a_frozen_branch_is_written(tmp_path: Path):
    path = to_onnx_torchscript(Branch(), EXAMPLE.abs(), tmp_path / "frozen.onnx", tolerance=None)
    assert operators(path)["Mul"] == 1
    assert "If" not in operators(path)


def test_seeds_gradients_and_weights_are_left_alone(tmp_path: Path):
    model = nn.Linear(4, 3)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    to_onnx_torchscript(model, EXAMPLE, tmp_path / "x.onnx")
    assert torch.rand(1) == wanted
    assert torch.is_grad_enabled()
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert model.weight.requires_grad
    assert model.weight.grad is None


def test_drawn_batches_stay_in_range_and_come_with_their_mirror():
    batches = references(nn.Identity(), (EXAMPLE,), Path("x.onnx"))
    assert [batch.size for batch in batches] == [2, 1, 1, 3, 3, 5, 5]
    for drawn, mirror in zip(batches[1::2], batches[2::2], strict=True):
        assert torch.allclose(drawn.given[0], -mirror.given[0])
        assert drawn.given[0].abs().max() <= 1
    (_, zeros, *_) = references(nn.Identity(), (torch.zeros(2, 4),), Path("x.onnx"))
    assert zeros.given[0].abs().min() > 0
