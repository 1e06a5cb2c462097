"""Layers read from a build's log, written down here as TensorRT-RTX 1.7 writes them."""

from course_utils.tensorrt import EngineLayer, layers

ROW = "{ Name: t, Dimensions: [-1,16,14,14], Strides: [1,1], StrideOrder: [3,0,2,1], Datatype: %s, Format: (NHWC) %s }"
FLOAT, INT8 = ROW % ("Float", "Channel major format"), ROW % ("Int8", "Channel major format")
LOG = "\n".join(
    [
        "Applying generic optimizations to the graph for inference.",
        "ForeignNode {ForeignNode[a...b]} metadata: [ONNX Layer: a]\x1e[ONNX Layer: b]",
        "Layers:",
        "Name: __mye8_0, LayerType: shape_call, Inputs: [], Constants: [], Outputs: [], TacticName: , StreamId: 0, "
        "Metadata: ",
        f"Name: conv, one_myl0_2, LayerType: correlation, Inputs: [ {INT8}, {FLOAT}], Constants: [ {INT8}], "
        f"Outputs: [ {FLOAT}], TacticName: __myelin_CASK_STUB, StreamId: 1, "
        "Metadata: [ONNX Layer: a]\x1f[ONNX Layer: b.c/d [0]",
        "",
        "I/O Tensors:",
        " Name: x, IOMode: Input, DataType: Float",
    ]
)
SHAPE = EngineLayer("__mye8_0", "shape_call", (), (), (), "", 0, ())
CONV = EngineLayer(
    "conv, one_myl0_2",
    "correlation",
    ("Int8", "Float"),
    ("Int8",),
    ("Float",),
    "__myelin_CASK_STUB",
    1,
    ("a", "b.c/d [0"),
)


def test_layers_in_order_with_types_stream_and_origins():
    assert layers(LOG) == [SHAPE, CONV]
    assert [layer.works for layer in layers(LOG)] == [False, True]


def test_a_log_without_details_has_none_and_the_last_list_counts():
    assert layers("Original: 3 layers\nName: x, LayerType: kgen") == []
    assert layers(f"{LOG}\n{LOG}") == [SHAPE, CONV]
