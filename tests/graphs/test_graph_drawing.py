"""Graphs drawn: checked on the drawing itself, and in a notebook that was run and exported."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import nbformat
import onnx
import onnxruntime as ort
import pytest
from matplotlib.patches import FancyBboxPatch
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from onnx import parser
from sample_graphs import HEAD, residual_block

from course_utils import plots
from course_utils.errors import CourseError
from course_utils.graphs import drawing as graph_drawing
from course_utils.graphs import kinds as graph_kinds

CONSTANT = f"""{HEAD} constant (float[2, 2] x) => (float[?] y) {{
    whole = Constant <value = int64[1] {{-1}}> ()
    same = Identity (whole)
    y = Reshape (x, same)
}}"""


def chain(length: int) -> onnx.ModelProto:
    steps = "\n".join(f"t{number + 1} = Relu (t{number})" for number in range(length))
    return parser.parse_model(f"{HEAD} chain (float[batch, 4] t0) => (float[batch, 4] t{length}) {{ {steps} }}")


def words(drawn) -> list[str]:
    return [text.get_text() for text in drawn.axes[0].texts if text.get_text()]


def test_drawing_names_operators_and_shapes(residual: onnx.ModelProto):
    said = words(graph_drawing.draw(residual, "A block"))
    for title in ("A block", "image", "Conv 3×3", "Relu", "Conv 1×1 g8", "Add", "MaxPool 2×2 /2", "output"):
        assert title in said
    assert said.count("batch×8×6×6") == 5
    assert said.count("batch×8×3×3") == 2


def test_kinds_differ_without_their_colour():
    outlines = [(kind.corners, kind.line, kind.weight) for kind in (*graph_kinds.NAMES, graph_kinds.QUANTIZING)]
    assert len(set(outlines)) == len(outlines)
    assert graph_kinds.of("QLinearConv") is graph_kinds.of("DequantizeLinear") is graph_kinds.QUANTIZING
    assert graph_kinds.of("ReduceMean") is graph_kinds.POOLING
    assert graph_kinds.of("Wish") is graph_kinds.OTHER


def test_key_explains_the_kinds_drawn_and_no_others(residual: onnx.ModelProto):
    said = words(graph_drawing.draw(residual))
    assert {"weighted sum", "element by element", "pooling, reduction"} <= set(said)
    assert not {"quantization", "other", "shape, type, place"} & set(said)


@pytest.mark.parametrize("model", [residual_block(), parser.parse_model(CONSTANT), chain(60)])
def test_no_text_leaves_its_box_and_nothing_the_page(model: onnx.ModelProto):
    drawn = graph_drawing.draw(model, "A title")
    drawn.canvas.draw()
    axes, page = drawn.axes[0], drawn.bbox
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    for one in boxes:
        assert page.x0 <= one.x0 and one.x1 <= page.x1 and page.y0 <= one.y0 and one.y1 <= page.y1
    assert not any(one.overlaps(other) for number, one in enumerate(boxes) for other in boxes[:number])
    for text in axes.texts:
        if not text.get_text():
            continue
        extent = text.get_window_extent()
        assert page.x0 <= extent.x0 and extent.x1 <= page.x1
        touched = [one for one in boxes if one.overlaps(extent)]
        for one in touched:
            assert one.x0 <= extent.x0 and extent.x1 <= one.x1 and one.y0 <= extent.y0 and extent.y1 <= one.y1


def test_long_chains_are_wrapped_with_letters_at_both_ends():
    drawn = graph_drawing.draw(chain(60))
    assert drawn.get_figheight() < 12
    letters = [word for word in words(drawn) if len(word) == 1]
    assert letters
    assert set(Counter(letters).values()) == {2}
    tall = graph_drawing.draw(chain(60), columns=1)
    assert tall.get_figheight() > 30
    assert not [word for word in words(tall) if len(word) == 1]


def test_wide_graphs_get_fewer_columns():
    step = (
        "a{0} = Relu (x{0}) b{0} = Tanh (x{0}) c{0} = Exp (x{0}) d{0} = Neg (x{0}) x{1} = Sum (a{0}, b{0}, c{0}, d{0})"
    )
    steps = "\n".join(step.format(number, number + 1) for number in range(20))
    shape = "float[batch, 128, 56, 56]"
    model = parser.parse_model(f"{HEAD} wide ({shape} x0) => ({shape} x20) {{ {steps} }}")
    assert graph_drawing.draw(model).get_figwidth() <= graph_drawing.WIDEST


def test_constants_are_left_out_and_told():
    model = parser.parse_model(CONSTANT)
    said = words(graph_drawing.draw(model))
    assert "Identity" not in said
    assert "Not drawn: 2 nodes that prepare constants." in said
    assert "Not drawn: 2 nodes that prepare constants." in graph_drawing.describe(model)
    assert "batch×?" not in said
    assert said.count("?") == 2


def test_formulas_in_shapes_are_not_spelled_out():
    model = parser.parse_model(f"{HEAD} cut (float[n, 2] x) => (float[m, 2] y) {{ y = Relu (x) }}")
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "Min(n, 2*n + 1)"
    assert graph_kinds.shapes(model)["y"] == "?×2"


def test_graph_without_inputs_is_drawn():
    model = parser.parse_model(
        f"{HEAD} made () => (float[2] y) {{ c = Constant <value = float[2] {{1, 2}}> () y = Neg (c) }}"
    )
    assert {"Constant", "Neg", "y"} <= set(words(graph_drawing.draw(model)))
    assert "from nothing through 2 operators (1 Constant, 1 Neg) to y 2." in graph_drawing.describe(model)


def test_optional_inputs_and_shared_readers_are_drawn():
    text = f"""{HEAD} twice (float[n] x) => (float[n] y, float[n] z) {{
        c = Clip (x, , ) y = Mul (c, c) z = Add (c, y) }}"""
    assert {"Clip", "Mul", "Add", "y", "z"} <= set(words(graph_drawing.draw(parser.parse_model(text))))


def test_fused_operators_of_onnx_runtime_say_what_they_hold(residual: onnx.ModelProto, tmp_path: Path):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "fused.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(residual.SerializeToString(), options, providers=["CPUExecutionProvider"])
    said = words(graph_drawing.draw(tmp_path / "fused.onnx"))
    assert "microsoft.FusedConv 3×3 + Relu" in said


def test_too_many_nodes_to_read():
    with pytest.raises(CourseError, match=r"chain: 301 nodes, too many to read in a drawing \(at most 300\)"):
        graph_drawing.draw(chain(301))


def test_words_count_the_operators(file: Path):
    assert graph_drawing.describe(file, "A block") == (
        "A block: from image batch×8×6×6 through 5 operators (2 Conv, 1 Add, 1 MaxPool, 1 Relu) to output batch×8×3×3."
    )


def test_shown_in_exported_html_without_the_network(file: Path):
    """A real notebook, run and exported: the picture is inside the page, its words beside it, no error output."""
    code = f"from course_utils.graphs import drawing\ndrawing.show({str(file)!r}, 'A block')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == graph_drawing.describe(file, "A block")
    page, _ = HTMLExporter().from_notebook_node(notebook)
    pictures = re.findall(r"<img [^>]*>", page)
    assert len(pictures) == 1
    assert 'alt="A block: from image batch×8×6×6 through 5 operators' in pictures[0]
    assert 'src="data:image/png;base64,' in pictures[0]


def test_palette_is_the_courses():
    used = {kind.colour for kind in graph_kinds.NAMES}
    assert {plots.BLUE, plots.ORANGE, plots.GREEN} <= used
