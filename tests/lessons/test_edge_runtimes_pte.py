"""A file for ExecuTorch is run by its own runtime, and looked into."""

import pytest
import torch

from course_utils import expect
from course_utils.lessons import edge_runtimes as lesson
from course_utils.quiet import quiet

pytest.importorskip("executorch")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a module, and its file with XNNPACK and without."""
    with quiet():
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        from executorch.exir import to_edge_transform_and_lower

        net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()).eval()
        found = {}
        for name, partitioner in (("delegated", [XnnpackPartitioner()]), ("portable", [])):
            program = torch.export.export(net, (torch.ones(1, 3),))
            lowered = to_edge_transform_and_lower(program, partitioner=partitioner)
            found[name] = tmp_path_factory.mktemp(name) / "net.pte"
            found[name].write_bytes(lowered.to_executorch().buffer)
    return net, found


def test_it_runs_as_the_module_does(files):
    net, found = files
    for path in found.values():
        for x in (torch.ones(1, 3), torch.tensor([[0.5, -2.0, 3.0]])):
            assert torch.allclose(lesson.run_pte(path, x), net(x), atol=1e-6)


def test_who_computes_is_told(files):
    _, found = files
    assert lesson.inside(found["delegated"]) == {"delegates": ["XnnpackBackend"], "kernels": []}
    told = lesson.inside(found["portable"])
    assert told["delegates"] == []
    assert told["kernels"]


def test_another_shape_or_another_file_is_refused(files, tmp_path):
    _, found = files
    with pytest.raises(expect.Unmet, match="run by ExecuTorch"):
        lesson.run_pte(found["delegated"], torch.ones(2, 3))
    strange = tmp_path / "strange.pte"
    strange.write_bytes(b"nothing that it knows" * 9)
    with pytest.raises(expect.Unmet):
        lesson.run_pte(strange, torch.ones(1, 3))
    with pytest.raises(expect.Unmet, match=r"a \.pte file"):
        lesson.inside(strange)
