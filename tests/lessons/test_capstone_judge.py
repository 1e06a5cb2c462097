"""The judge of lesson 16: right alone, in a batch and in another order; bytes as they lie there; nothing by a trick."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import onnx
import pytest
from capstone_files import after, before, changed, hold, judged, trained
from onnx import helper, numpy_helper

from course_utils.lessons.capstone.admission import Refused
from course_utils.lessons.capstone.ruler import multiply_adds


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def honest(model):
    return judged(model.SerializeToString())


def test_an_honest_file_is_judged_by_what_it_is(model, honest):
    content = model.SerializeToString()
    assert honest.right > 0.85
    assert (honest.bytes, honest.multiply_adds) == (len(content), multiply_adds.__wrapped__(model))
    assert judged(content) == honest
    assert str(honest) == f"{honest.right:.3f} right, {len(content):,} bytes, {honest.multiply_adds:,} multiply-adds"


def test_labels_that_stand_for_other_digits_are_wrong(model):
    assert judged(model.SerializeToString(), names=np.roll(np.arange(10), 1)).right < 0.1


@pytest.mark.parametrize("factor", [0.0, np.nan, np.inf, -1.0])
def test_ties_and_what_is_no_number_are_wrong(model, factor):
    spoiled = changed(model, lambda each: after(each, ("Mul", ["almost", "k"], "y"), k=np.float32(factor)))
    assert judged(spoiled).right < 0.05


def test_scores_that_underflow_are_ties(model):
    twice = ("Mul", ["almost", "k"], "less"), ("Mul", ["less", "k"], "y")
    assert judged(changed(model, lambda each: after(each, *twice, k=np.float32(1e-30)))).right == 0
    assert judged(changed(model, lambda each: after(each, *twice, k=np.float32(1e-10)))).right > 0.85


def test_two_labels_that_share_the_highest_score_are_wrong(model, honest):
    pairs = np.eye(10, dtype="f4")
    pairs[:, 1::2] = pairs[:, ::2]
    shared = changed(model, lambda each: after(each, ("MatMul", ["almost", "k"], "y"), k=pairs))
    assert judged(shared).right == 0 < honest.right


def test_what_depends_on_the_other_images_of_a_batch_gains_nothing(model, honest):
    mean = ("ReduceMean", ["almost", "axis"], "m", {"keepdims": 1})
    spread = changed(model, lambda each: after(each, mean, ("Sub", ["almost", "m"], "y"), axis=[0]))
    assert judged(spread).right == 0  # alone, an image is its own mean

    def first_of_all(each):
        after(each, ("Slice", ["almost", "a", "b", "c"], "f"), ("Add", ["almost", "f"], "y"), a=[0], b=[1], c=[0])

    assert judged(changed(model, first_of_all)).right < honest.right - 0.1  # the first image's scores count for all


def test_bytes_count_wherever_they_are(model, honest):
    def remarks(each):
        each.doc_string = "d" * 1000
        each.graph.node[0].name = "n" * 1000
        prop = each.metadata_props.add()
        prop.key, prop.value = "w", "v" * 1000
        hold(each, unused=np.zeros(250, np.float32))

    heavy = judged(changed(model, remarks))
    assert heavy.right == honest.right and heavy.bytes > honest.bytes + 4000


def test_fewer_bits_and_fewer_channels_are_honest_and_win(model, honest):
    def small(each):
        from course_utils.lessons.capstone import hold_as_int8

        for held in list(each.graph.initializer):
            w = numpy_helper.to_array(held)
            if w.ndim > 1:
                scale = np.abs(w).max(tuple(range(1, w.ndim)), keepdims=True) / 127
                hold_as_int8(each, held.name, np.rint(w / scale).astype(np.int8), scale.ravel())

    lean = judged(changed(model, small))
    assert lean.right > honest.right - 0.02 and lean.bytes < 0.75 * honest.bytes
    assert lean.multiply_adds == honest.multiply_adds


def test_four_bits_in_blocks_are_allowed(model):
    def four(each):
        each.opset_import[0].version = 21
        held = next(one for one in each.graph.initializer if list(one.dims) == [10, 24])
        w, name = numpy_helper.to_array(held), held.name
        scale = np.abs(w).reshape(10, 3, 8).max(2) / 7
        codes = np.rint(w / scale.repeat(8, 1)).astype(int)
        each.graph.initializer.remove(held)
        each.graph.initializer.append(helper.make_tensor("c", onnx.TensorProto.INT4, w.shape, codes.ravel().tolist()))
        hold(each, s=scale.astype("f4"))
        node = helper.make_node("DequantizeLinear", ["c", "s"], [name], axis=1, block_size=8)
        each.graph.node.insert(0, node)

    assert judged(changed(model, four)).right > 0.8


def test_a_convolution_that_is_spelled_out_counts_at_least_as_much(model, honest):
    """3×3 as nine slices, nine products with a constant and eight sums."""

    def spelled(each):
        nodes, held = [("Pad", ["x", "p"], "wide")], {"p": [0, 0, 1, 1, 0, 0, 1, 1], "axes": [2, 3]}
        for place in range(9):
            down, right = divmod(place, 3)
            held |= {
                f"a{place}": [down, right],
                f"b{place}": [down + 28, right + 28],
                f"k{place}": np.float32(place == 4),
            }
            nodes.append(("Slice", ["wide", f"a{place}", f"b{place}", "axes"], f"s{place}"))
            nodes.append(("Mul", [f"s{place}", f"k{place}"], f"m{place}"))
        nodes += [("Add", [f"t{place - 1}" if place > 1 else "m0", f"m{place}"], f"t{place}") for place in range(1, 8)]
        before(each, *nodes, ("Add", ["t7", "m8"], "seen"), **held)

    def plain(each):
        kernel = np.zeros((1, 1, 3, 3), "f4")
        kernel[0, 0, 1, 1] = 1
        before(each, ("Conv", ["x", "w"], "seen", {"pads": [1, 1, 1, 1]}), w=kernel)

    one, other = judged(changed(model, spelled)), judged(changed(model, plain))
    assert one.right == other.right == honest.right
    assert other.multiply_adds == honest.multiply_adds + 9 * 784
    assert one.multiply_adds == honest.multiply_adds + 17 * 784


def test_what_a_file_says_of_its_inner_shapes_is_not_believed(model, honest):
    def lies(each):
        name = each.graph.node[0].output[0]
        each.graph.value_info.append(helper.make_tensor_value_info(name, 1, ["n", 8, 1, 1]))

    with suppress(Refused):  # onnx's checker or ONNX Runtime may refuse it
        assert judged(changed(model, lies)).multiply_adds == honest.multiply_adds


def test_the_judge_does_not_change_with_the_batch_it_is_asked_in(model, monkeypatch):
    from course_utils.lessons.capstone import judging

    right = judged(model.SerializeToString()).right
    monkeypatch.setattr(judging, "TOGETHER", 7)
    assert judged(model.SerializeToString()).right == right
