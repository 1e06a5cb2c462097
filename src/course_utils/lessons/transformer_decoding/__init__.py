"""Lesson 15, "What does one more token cost?": what it gives, its figures and races; no answers."""

from __future__ import annotations

from course_utils.decoding import empty_cache, whole
from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.in_turn import in_turn
from course_utils.lessons.plain import plain
from course_utils.lessons.results_kept import results_kept
from course_utils.lessons.transformer_decoding.alongside import most_allocated
from course_utils.lessons.transformer_decoding.attending import draw_attention
from course_utils.lessons.transformer_decoding.between import in_one_array, in_same_objects, ways_on
from course_utils.lessons.transformer_decoding.exporting import show_exported
from course_utils.lessons.transformer_decoding.fixtures import (
    Packed,
    by_torch,
    drawn_matrix,
    drawn_params,
    with_place,
)
from course_utils.lessons.transformer_decoding.folder import begin, new_path
from course_utils.lessons.transformer_decoding.guesses import (
    drawn_text,
    guessing,
    leads,
    mostly,
    scripted,
    spoiled,
    starts,
    wandering,
)
from course_utils.lessons.transformer_decoding.listening import overheard, text_below
from course_utils.lessons.transformer_decoding.racing import draw_matvec_race
from course_utils.lessons.transformer_decoding.roofline import draw_roofline, show_published
from course_utils.lessons.transformer_decoding.small_weights import show_quantized
from course_utils.lessons.transformer_decoding.speculating import draw_speculation
from course_utils.lessons.transformer_decoding.stepping import draw_with_and_without

__all__ = [
    "Packed",
    "begin",
    "by_torch",
    "draw_attention",
    "draw_matvec_race",
    "draw_roofline",
    "draw_speculation",
    "draw_with_and_without",
    "drawn_matrix",
    "drawn_params",
    "drawn_text",
    "empty_cache",
    "guessing",
    "handed_on",
    "in_one_array",
    "in_same_objects",
    "in_turn",
    "leads",
    "most_allocated",
    "mostly",
    "new_path",
    "overheard",
    "plain",
    "results_kept",
    "scripted",
    "show_exported",
    "show_published",
    "show_quantized",
    "spoiled",
    "starts",
    "text_below",
    "wandering",
    "ways_on",
    "whole",
    "with_place",
]
