"""Lesson 02, "Can 256 bytes replace tanh?": what it gives, what its tests build, its figures and its races."""

from course_utils.lessons.activation_tables.drawing import (
    draw_codes,
    draw_ends,
    draw_errors,
    draw_planes,
    draw_staircase,
    draw_there_and_back,
)
from course_utils.lessons.activation_tables.fixtures import inputs, only, probe
from course_utils.lessons.activation_tables.given import to_integers, xor_net
from course_utils.lessons.activation_tables.racing import race, race_in_python
from course_utils.lessons.activation_tables.showing import show_net_bytes, show_table_bytes, show_weights
from course_utils.lessons.activation_tables.unwritten import tanh_table, three_bits
from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.in_turn import in_turn

__all__ = [
    "draw_codes",
    "draw_ends",
    "draw_errors",
    "draw_planes",
    "draw_staircase",
    "draw_there_and_back",
    "handed_on",
    "in_turn",
    "inputs",
    "only",
    "probe",
    "race",
    "race_in_python",
    "show_net_bytes",
    "show_table_bytes",
    "show_weights",
    "tanh_table",
    "three_bits",
    "to_integers",
    "xor_net",
]
