"""What lesson 09 draws with, checks with and is given; no answers."""

from course_utils.lessons.efficient_architectures.asking import in_a_row, tensors_in
from course_utils.lessons.efficient_architectures.cliffs import draw_cliffs
from course_utils.lessons.efficient_architectures.epochs import draw_epochs, fit_with_lightning
from course_utils.lessons.efficient_architectures.files import file_accuracy, net_file, weigh
from course_utils.lessons.efficient_architectures.fitting import fitted
from course_utils.lessons.efficient_architectures.fixtures import mixed, rows_of, tangled
from course_utils.lessons.efficient_architectures.folder import begin, new_path
from course_utils.lessons.efficient_architectures.held import giving, held
from course_utils.lessons.efficient_architectures.layers import draw_macs, show_costs, show_totals
from course_utils.lessons.efficient_architectures.oddities import Failing, NoRoom, moody, odd
from course_utils.lessons.efficient_architectures.pareto import draw_pareto
from course_utils.lessons.efficient_architectures.racing import draw_swap, race_block, race_layouts
from course_utils.lessons.efficient_architectures.roofline import draw_roofline
from course_utils.lessons.efficient_architectures.sharing import shared_by
from course_utils.lessons.efficient_architectures.watching import expect_untouched, left_by, made_by, state_of
from course_utils.lessons.plain import plain

__all__ = [
    "Failing",
    "NoRoom",
    "begin",
    "draw_cliffs",
    "draw_epochs",
    "draw_macs",
    "draw_pareto",
    "draw_roofline",
    "draw_swap",
    "expect_untouched",
    "file_accuracy",
    "fit_with_lightning",
    "fitted",
    "giving",
    "held",
    "in_a_row",
    "left_by",
    "made_by",
    "mixed",
    "moody",
    "net_file",
    "new_path",
    "odd",
    "plain",
    "race_block",
    "race_layouts",
    "rows_of",
    "shared_by",
    "show_costs",
    "show_totals",
    "state_of",
    "tangled",
    "tensors_in",
    "weigh",
]
