"""Lesson 11, "Must a stream be computed again and again?": what it gives, its figures and races; no answers."""

from __future__ import annotations

from course_utils.lessons.in_turn import in_turn
from course_utils.lessons.results_kept import results_kept
from course_utils.lessons.streaming_tcn.alongside import convolutions_of, forked, gradients_of
from course_utils.lessons.streaming_tcn.anew import exported_anew, redraw
from course_utils.lessons.streaming_tcn.cutting import misfits, numbers_taken
from course_utils.lessons.streaming_tcn.exporting import export_function
from course_utils.lessons.streaming_tcn.fixtures import (
    by_names,
    delay_and_sum,
    drawn_tcn,
    ends_of,
    gap,
    gaps,
    numbers_in,
    opened,
    spans_in,
    sum_and_last,
    sum_of_channels,
)
from course_utils.lessons.streaming_tcn.folder import begin, new_path
from course_utils.lessons.streaming_tcn.nets import read_digits
from course_utils.lessons.streaming_tcn.otherwise import laid_out, refilled, shared
from course_utils.lessons.streaming_tcn.queues import queues
from course_utils.lessons.streaming_tcn.racing import draw_race, race
from course_utils.lessons.streaming_tcn.reaching import draw_impulse, draw_reach, draw_receptive_field
from course_utils.lessons.streaming_tcn.stepping import (
    compare_streams,
    compare_with_window,
    count_states,
    export_forgetful,
    show_multiplications,
    streaming_file,
)
from course_utils.lessons.streaming_tcn.stitching import draw_votes, train_and_compare

__all__ = [
    "begin",
    "by_names",
    "compare_streams",
    "compare_with_window",
    "convolutions_of",
    "count_states",
    "delay_and_sum",
    "draw_impulse",
    "draw_race",
    "draw_reach",
    "draw_receptive_field",
    "draw_votes",
    "drawn_tcn",
    "ends_of",
    "export_forgetful",
    "export_function",
    "exported_anew",
    "forked",
    "gap",
    "gaps",
    "gradients_of",
    "in_turn",
    "laid_out",
    "misfits",
    "new_path",
    "numbers_in",
    "numbers_taken",
    "opened",
    "queues",
    "race",
    "read_digits",
    "redraw",
    "refilled",
    "results_kept",
    "shared",
    "show_multiplications",
    "spans_in",
    "streaming_file",
    "sum_and_last",
    "sum_of_channels",
    "train_and_compare",
]
