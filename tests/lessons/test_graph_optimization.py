"""Lesson 05's module: what it gives keeps what it promises, and every figure and table can be read in words."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnxscript.rewriter import pattern
from sample_graphs import CHAIN

from course_utils import expect
from course_utils.errors import CourseError
from course_utils.graphs import levels, operators
from course_utils.lessons import graph_optimization as lesson
from course_utils.models import DigitResNet
from course_utils.timing import compare

pytestmark = pytest.mark.usefixtures("work05")


@pytest.fixture
def resnet() -> lesson.Network:
    """The network that is drawn and timed, without its training."""
    torch.manual_seed(0)
    net, images = DigitResNet().eval(), torch.rand(2, 1, 28, 28)
    older = lesson.to_onnx_with_batchnorm(net, images, lesson.new_path("older.onnx"))
    return lesson.Network(net, lesson.saved(older, "basic"), older)


def no_fold(weight, bias, gamma, beta, mean, var, eps):
    return weight, np.zeros(len(weight))


def test_the_module_is_light():
    code = "import sys; from course_utils.lessons import graph_optimization; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not [name for name in ("numpy", "torch", "onnx", "onnxruntime", "matplotlib") if f"'{name}'" in loaded]


def test_the_lesson_begins_in_an_empty_folder_and_lets_its_answers_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "anew" / "work05").mkdir(parents=True)
    (tmp_path / "anew" / "work05" / "left.onnx").touch()
    monkeypatch.chdir(tmp_path / "anew")
    assert lesson.begin() == Path("work05") and not any(lesson.begin().iterdir())
    kept = lesson.written(CHAIN)
    assert lesson.begin() == Path("work05") and kept.is_file()  # whoever runs the first cell again keeps the files
    for answer in (operators, partial(levels.save_optimized, out="out.onnx")):
        with pytest.raises(CourseError, match=r"5\.[12]"):
            answer(lesson.written(CHAIN))


def test_graphs_are_written_from_text_with_float32_weights():
    path = lesson.written("(float[n] x) => (float[n] y) {y = Mul(x, c)}", c=[2])
    assert lesson.listed(path) == ["Mul"]
    assert onnx.load(path).graph.initializer[0].data_type == onnx.TensorProto.FLOAT
    assert lesson.run_graph(path, x=np.float32([1, 2]))[0].tolist() == [2, 4]
    with pytest.raises(expect.Unmet, match="no such file"):
        lesson.listed("missing.onnx")


def test_batchnorm_survives_the_export_and_every_node_reads_a_weight_of_its_name():
    net, x = lesson.small_network(3), torch.randn(3, 4, 6, 6)
    path = lesson.to_onnx_with_batchnorm(net, x, lesson.new_path("net.onnx"))
    assert lesson.listed(path).count("BatchNormalization") == 2
    assert "Identity" not in lesson.listed(path)
    assert np.allclose(lesson.run_graph(path, x=x.numpy())[0], net(x).detach(), atol=1e-4)
    conv = onnx.load(path).graph.node[0]
    assert lesson.weights_of(onnx.load(path).graph)[conv.input[1]].dtype == np.float64
    assert (lesson.attribute_of(conv, "group", 1), lesson.attribute_of(conv, "absent", 7)) == (2, 7)


def test_a_free_name_is_no_weight_s_no_input_s_and_no_result_s():
    path = lesson.written("(float[n] x) => (float[n] y) {a = Mul(x, a_) y = Abs(a)}", a_=[2])
    graph = onnx.load(path).graph
    assert [lesson.free_name(graph, name) for name in ("a", "x", "y", "z")] == ["a__", "x_", "y_", "z"]


def test_small_networks_are_the_same_again():
    first, second = (lesson.small_network(5)(torch.ones(1, 4, 6, 6)) for _ in range(2))
    assert torch.equal(first, second)


def test_each_level_writes_what_the_fixture_says():
    path = lesson.block(np.random.default_rng(1))
    for level, due in lesson.LEVELS_WRITE.items():
        assert lesson.listed(lesson.saved(path, level)) == due
    assert lesson.listed(lesson.saved(path, "all")) in lesson.ALL_WRITES.values()


def test_fixtures_are_runnable_graphs():
    rng = np.random.default_rng(0)
    numbers = lesson.conv_weights(rng, "") | lesson.norm_weights(rng, 2, 0)
    for text in (lesson.PLAIN, lesson.APART):
        assert lesson.run_graph(lesson.written(text, **lesson.one_norm()), x=lesson.images())
    for text in lesson.STAYING.values():
        assert "BatchNormalization" in lesson.listed(lesson.written(text, **numbers))
    assert lesson.listed(lesson.node_list(":Abs", "com.microsoft:Gelu")) == ["Abs", "Gelu"]
    assert lesson.run_graph(lesson.camera(), x=np.ones((1, 8, 8, 3), np.float32))[0].shape == (1, 4, 1, 1)


def test_torch_judges_a_grouped_convolution_and_its_normalization():
    x, given = np.linspace(-1, 1, 24).reshape(1, 4, 6), lesson.depthwise()
    plain = lesson.by_torch(x, given["weight"], given["bias"], groups=4)
    gamma, beta, mean, var = (given[name][:, None] for name in ("gamma", "beta", "mean", "var"))
    due = (plain - mean) / np.sqrt(var + 0.25) * gamma + beta
    assert np.allclose(lesson.by_torch(x, *given.values(), eps=0.25, groups=4), due)


def test_rules_are_applied_and_their_errors_name_the_line():
    path, out = lesson.written(CHAIN.replace("Abs", "Neg")), lesson.new_path("out.onnx")
    twice, same = lambda op, x: op.Neg(op.Neg(x)), lambda op, x: op.Identity(x)
    assert lesson.apply_rules(path, out, pattern.RewriteRuleSet([pattern.RewriteRule(twice, same)])) == out
    assert "Neg" not in lesson.listed(out)

    def bad(context, x):
        return None.shape

    with pytest.raises(AttributeError, match=r"in one of your rules, at `return None\.shape`"):
        lesson.apply_rules(path, out, pattern.RewriteRuleSet([pattern.RewriteRule(twice, same, bad)]))


def test_the_course_counts_where_nothing_is_written_yet(capsys):
    def unwritten(path):
        raise NotImplementedError

    files = {"chain": lesson.written(CHAIN)}
    assert lesson.counts(unwritten, files) == {"chain": {"Abs": 1, "Neg": 1}}
    assert "not written yet" in capsys.readouterr().out
    assert lesson.counts(lambda path: {"Abs": 9}, files) == {"chain": {"Abs": 9}}
    assert capsys.readouterr().out == ""


def test_folding_a_network_replaces_each_pair_in_a_copy(resnet):
    folded = lesson.fold_network(resnet.net, no_fold)
    kinds = [type(layer).__name__ for layer in folded.modules()]
    assert kinds.count("Conv2d") == 15 and "BatchNorm2d" not in kinds
    assert lesson.listed(resnet.older).count("BatchNormalization") == 15


def test_activations_of_a_real_graph_have_shapes_and_no_weights(resnet):
    ops, shapes = lesson.activations_of(resnet.newer, 3)
    assert len(ops) == len(lesson.listed(resnet.newer))
    assert all(name in shapes for _, inputs, output in ops for name in [*inputs, output])
    assert shapes["input"] == (3, 1, 28, 28)


def test_figures_have_words(shown):
    lesson.draw_levels({"basic": {"Conv": 2, "Gemm": 1}, "all": {"Conv": 2}})
    times = compare({"eager": lambda: None, "ORT disabled": lambda: None, "ORT all": lambda: None}, rounds=3)
    lesson.draw_latency({(net, batch): times for net in ("one", "other") for batch in (1, 8)})
    assert [bundle["text/html"].count("<img") for bundle in shown] == [1, 1]
    assert "basic: 3, of them 2 Conv, 1 Gemm" in shown[0]["text/plain"]
    assert "one, 1 image: ORT disabled" in shown[1]["text/plain"]
    assert all('alt="' in bundle["text/html"] for bundle in shown)


def test_tables_return_what_closes_the_lesson(shown, resnet):
    assert lesson.show_counts({"one": {"Abs": 2}, "other": {"Abs": 1}}) == "2 by one and 1 by other"
    assert lesson.show_graphs({"long": lesson.written(CHAIN), "short": lesson.node_list(":Abs")}) == "1 of 2"
    files = {"all": lesson.saved(resnet.older, "all")}
    assert lesson.show_new({"all": {"b", "a"}}, resnet.older, files) == "a, b"
    assert lesson.show_fused({"x": {"com.microsoft.FusedConv"}, "y": set(), "again": {"FusedConv"}}) == 1
    times = compare({name: lambda: None for name in ("eager", "basic", "extended")}, rounds=3)
    assert lesson.show_traffic({8: (200, 100)}, {8: times}) == "50%"
    every = compare({name: lambda: None for name in ("eager", "ORT disabled", "ORT extended", "ORT all")}, rounds=3)
    assert lesson.show_latency({("net", 8): every}) == "shown nowhere on this machine"
    assert len(shown) == 6


def test_what_is_timed_is_shown(shown, resnet):
    assert lesson.compare_folded(resnet.net, lesson.fold_network(resnet.net, no_fold)) > 0
    assert lesson.compare_graphs(resnet, resnet.newer) > 0
    assert set(lesson.compare_levels(resnet.newer, {1: 2})) == {1}
    assert [bundle["text/plain"].count("folded by you") for bundle in shown] == [1, 1]
