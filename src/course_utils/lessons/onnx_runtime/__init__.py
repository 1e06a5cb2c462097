"""What lesson 04 is given, checks with and draws with."""

from course_utils.lessons.onnx_runtime.batches import draw_sizes, draw_throughput
from course_utils.lessons.onnx_runtime.clocks import FakeClock, Lasting, describer, growing, now, sampler
from course_utils.lessons.onnx_runtime.costs import second_thread, show_binding, show_clocks, show_conversion
from course_utils.lessons.onnx_runtime.fixtures import (
    NAMES,
    again,
    answers_kept,
    bound_run,
    handed_back,
    outcome,
    samples_kept,
    shown_by_help,
    strided,
)
from course_utils.lessons.onnx_runtime.given import Network, begin, digit_net, linear_model, missing_providers
from course_utils.lessons.onnx_runtime.samples import draw_against_itself, draw_first_calls, draw_tail
from course_utils.lessons.onnx_runtime.shown import show_providers, show_timed
from course_utils.lessons.results_kept import results_kept

__all__ = [
    "NAMES",
    "FakeClock",
    "Lasting",
    "Network",
    "again",
    "answers_kept",
    "begin",
    "bound_run",
    "describer",
    "digit_net",
    "draw_against_itself",
    "draw_first_calls",
    "draw_sizes",
    "draw_tail",
    "draw_throughput",
    "growing",
    "handed_back",
    "linear_model",
    "missing_providers",
    "now",
    "outcome",
    "results_kept",
    "sampler",
    "samples_kept",
    "second_thread",
    "show_binding",
    "show_clocks",
    "show_conversion",
    "show_providers",
    "show_timed",
    "shown_by_help",
    "strided",
]
