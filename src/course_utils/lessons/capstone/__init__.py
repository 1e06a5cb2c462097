"""Lesson 16, "Who answers right with the least?": its judge, what it gives and draws; no answers."""

from __future__ import annotations

from course_utils.lessons.capstone.drawn import again_and_again, drawn_entries, drawn_images, moves_of, unbeaten
from course_utils.lessons.capstone.folder import begin, new_path
from course_utils.lessons.capstone.handing_in import hand_in, hand_in_elsewhere, handed_in, publish
from course_utils.lessons.capstone.limits import ACCURACIES, BYTES, FLOOR, MULTIPLY_ADDS, SHIFT
from course_utils.lessons.capstone.nets import exported, hold_as_int8
from course_utils.lessons.capstone.products import conv_file, matrix_file, weights_first_file
from course_utils.lessons.capstone.shapes import tensor_shapes
from course_utils.lessons.capstone.shown import draw_front, draw_shifts, show_bytes, show_costs, show_rules
from course_utils.lessons.capstone.sums import joined, sums_file
from course_utils.lessons.plain import plain

__all__ = [
    "ACCURACIES",
    "BYTES",
    "FLOOR",
    "MULTIPLY_ADDS",
    "SHIFT",
    "again_and_again",
    "begin",
    "conv_file",
    "draw_front",
    "draw_shifts",
    "drawn_entries",
    "drawn_images",
    "exported",
    "hand_in",
    "hand_in_elsewhere",
    "handed_in",
    "hold_as_int8",
    "joined",
    "matrix_file",
    "moves_of",
    "new_path",
    "plain",
    "publish",
    "show_bytes",
    "show_costs",
    "show_rules",
    "sums_file",
    "tensor_shapes",
    "unbeaten",
    "weights_first_file",
]
