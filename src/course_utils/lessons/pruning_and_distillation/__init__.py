"""Lesson 10, "What can be taken away?": what it gives, what its tests build, its figures and its comparisons."""

from course_utils.lessons.pruning_and_distillation.beside import computed, in_a_row, not_apart, refilled
from course_utils.lessons.pruning_and_distillation.comparing import draw_cuts, draw_taught, race_cuts, show_verdicts
from course_utils.lessons.pruning_and_distillation.fixtures import (
    drawn_batches,
    drawn_dense,
    drawn_joint,
    drawn_masks,
    drawn_net,
    expect_off,
    expect_state,
    state,
    through,
    watched,
    with_others_at_zero,
)
from course_utils.lessons.pruning_and_distillation.folder import begin
from course_utils.lessons.pruning_and_distillation.given import cnn
from course_utils.lessons.pruning_and_distillation.sizes import draw_stored, race_sparse
from course_utils.lessons.pruning_and_distillation.sparse import (
    draw_sensitivity,
    draw_sparsity,
    draw_tuned,
    show_layers,
    show_patterns,
)

__all__ = [
    "begin",
    "cnn",
    "computed",
    "draw_cuts",
    "draw_sensitivity",
    "draw_sparsity",
    "draw_stored",
    "draw_taught",
    "draw_tuned",
    "drawn_batches",
    "drawn_dense",
    "drawn_joint",
    "drawn_masks",
    "drawn_net",
    "expect_off",
    "expect_state",
    "in_a_row",
    "not_apart",
    "race_cuts",
    "race_sparse",
    "refilled",
    "show_layers",
    "show_patterns",
    "show_verdicts",
    "state",
    "through",
    "watched",
    "with_others_at_zero",
]
