"""What lesson 14 draws with, checks with and is given; no answers."""

from course_utils.lessons.edge_runtimes.built import expect_as_commanded, looked_at, telling_source
from course_utils.lessons.edge_runtimes.dense import ARGUMENTS, c_outputs, expect_arrays
from course_utils.lessons.edge_runtimes.exactness import draw_factor_errors, draw_rounding
from course_utils.lessons.edge_runtimes.executorch_files import inside, run_pte
from course_utils.lessons.edge_runtimes.fixtures import (
    drawn_layer,
    drawn_net,
    expect_ints,
    expect_same,
    halfway_layer,
    strained,
)
from course_utils.lessons.edge_runtimes.folder import begin, new_path
from course_utils.lessons.edge_runtimes.from_cpp import show_from_cpp
from course_utils.lessons.edge_runtimes.nets import clear_cut, digit_layers, digit_net, labels_of, outputs_of, pixels
from course_utils.lessons.edge_runtimes.noisy import noisy_net
from course_utils.lessons.edge_runtimes.programs import answers, listing, program_of
from course_utils.lessons.edge_runtimes.racing import draw_tuned
from course_utils.lessons.edge_runtimes.runtimes import show_executorch, show_runtimes
from course_utils.lessons.edge_runtimes.telling import bending_net, ending_net, fine_net, heavy_net, telling_net
from course_utils.lessons.edge_runtimes.traced import show_what_each_loses
from course_utils.lessons.edge_runtimes.weighed import show_layer, show_program, show_three

__all__ = [
    "ARGUMENTS",
    "answers",
    "begin",
    "bending_net",
    "c_outputs",
    "clear_cut",
    "digit_layers",
    "digit_net",
    "draw_factor_errors",
    "draw_rounding",
    "draw_tuned",
    "drawn_layer",
    "drawn_net",
    "ending_net",
    "expect_arrays",
    "expect_as_commanded",
    "expect_ints",
    "expect_same",
    "fine_net",
    "halfway_layer",
    "heavy_net",
    "inside",
    "labels_of",
    "listing",
    "looked_at",
    "new_path",
    "noisy_net",
    "outputs_of",
    "pixels",
    "program_of",
    "run_pte",
    "show_executorch",
    "show_from_cpp",
    "show_layer",
    "show_program",
    "show_runtimes",
    "show_three",
    "show_what_each_loses",
    "strained",
    "telling_net",
    "telling_source",
]
