"""What lesson 06 draws with, checks with and is given; no answers."""

from __future__ import annotations

from course_utils.lessons.quantization.bits import draw_few_bits, rounding
from course_utils.lessons.quantization.calibrating import (
    batch_sizes,
    draw_methods,
    explained,
    loader_images,
    reader,
    show_samples,
    show_static,
)
from course_utils.lessons.quantization.calls import after, after_static, dotted, expect_next, through
from course_utils.lessons.quantization.drawn import drawn_model, drawn_twice, example, with_matmul
from course_utils.lessons.quantization.folder import begin, new_path
from course_utils.lessons.quantization.looks import (
    ends,
    error_of,
    expect_kept,
    expect_narrow,
    kernels,
    labels_kept,
    operators,
    points_lost,
    size_of,
    weight_types,
    weights_in,
    widest_weight,
)
from course_utils.lessons.quantization.networks import dense_model, float_model, show_networks
from course_utils.lessons.quantization.ranges import activations, draw_clipping, draw_codes_used, draw_worth_of_a_bit
from course_utils.lessons.quantization.saturation import show_products, show_two_processors
from course_utils.lessons.quantization.small_task import (
    accuracy,
    digits_task,
    expect_untrained,
    quantized_forward,
    renamed,
    told_apart,
    train,
    weights_of,
)
from course_utils.lessons.quantization.speed import (
    GUESSED,
    draw_variants,
    race,
    show_dense,
    show_kernels,
    show_race,
    speed_up,
    variants,
)

__all__ = [
    "GUESSED",
    "accuracy",
    "activations",
    "after",
    "after_static",
    "batch_sizes",
    "begin",
    "dense_model",
    "digits_task",
    "dotted",
    "draw_clipping",
    "draw_codes_used",
    "draw_few_bits",
    "draw_methods",
    "draw_variants",
    "draw_worth_of_a_bit",
    "drawn_model",
    "drawn_twice",
    "ends",
    "error_of",
    "example",
    "expect_kept",
    "expect_narrow",
    "expect_next",
    "expect_untrained",
    "explained",
    "float_model",
    "kernels",
    "labels_kept",
    "loader_images",
    "new_path",
    "operators",
    "points_lost",
    "quantized_forward",
    "race",
    "reader",
    "renamed",
    "rounding",
    "show_dense",
    "show_kernels",
    "show_networks",
    "show_products",
    "show_race",
    "show_samples",
    "show_static",
    "show_two_processors",
    "size_of",
    "speed_up",
    "through",
    "told_apart",
    "train",
    "variants",
    "weight_types",
    "weights_in",
    "weights_of",
    "widest_weight",
    "with_matmul",
]
