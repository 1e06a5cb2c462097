"""What lesson 03 is given, checks with and draws with."""

from course_utils.data import digits
from course_utils.graphs.drawing import show as draw_graph
from course_utils.lessons.onnx_export.drawing import draw_differences, draw_scans, draw_sides, draw_swish
from course_utils.lessons.onnx_export.exporters import compare_exporters, export_a_branch, export_with_lightning
from course_utils.lessons.onnx_export.fixtures import (
    ADDING_UP,
    DESCRIBED,
    JOINED,
    OUTSIDE,
    SCALING,
    TABLE,
    doubling,
    laid_out,
    many_missing,
    mixed_batches,
    parted,
    point_outside,
    raw_images,
    scorer,
    small_net,
)
from course_utils.lessons.onnx_export.folder import begin, empty_folder, new_path, saved, written
from course_utils.lessons.onnx_export.given import (
    causal_net,
    exported,
    logistic_regression,
    numpy_type,
    results_of,
)
from course_utils.lessons.onnx_export.looks import (
    added,
    compare_classifiers,
    labels_changed,
    show_descriptions,
    show_sizes,
    sizes_in,
    try_to_load,
)
from course_utils.training import trained

__all__ = [
    "ADDING_UP",
    "DESCRIBED",
    "JOINED",
    "OUTSIDE",
    "SCALING",
    "TABLE",
    "added",
    "begin",
    "causal_net",
    "compare_classifiers",
    "compare_exporters",
    "digits",
    "doubling",
    "draw_differences",
    "draw_graph",
    "draw_scans",
    "draw_sides",
    "draw_swish",
    "empty_folder",
    "export_a_branch",
    "export_with_lightning",
    "exported",
    "labels_changed",
    "laid_out",
    "logistic_regression",
    "many_missing",
    "mixed_batches",
    "new_path",
    "numpy_type",
    "parted",
    "point_outside",
    "raw_images",
    "results_of",
    "saved",
    "scorer",
    "show_descriptions",
    "show_sizes",
    "sizes_in",
    "small_net",
    "trained",
    "try_to_load",
    "written",
]
