"""What lesson 01 is given, checks with and draws with.

A net is a dict of float64 arrays: ``{"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}`` for h hidden units.
"""

from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.in_turn import in_turn
from course_utils.lessons.xor_and_adam.given import example_net, fresh_net, many_steps, random_net, torch_adam
from course_utils.lessons.xor_and_adam.planes import draw_hidden_plane, draw_learning, draw_lines, draw_loss_surface
from course_utils.lessons.xor_and_adam.runs import draw_plateaus, draw_rates, draw_widths
from course_utils.lessons.xor_and_adam.slopes import draw_two_losses, draw_valley
from course_utils.lessons.xor_and_adam.trainings import descend, gap_to_autograd, relu_losses, step_downhill

__all__ = [
    "descend",
    "draw_hidden_plane",
    "draw_learning",
    "draw_lines",
    "draw_loss_surface",
    "draw_plateaus",
    "draw_rates",
    "draw_two_losses",
    "draw_valley",
    "draw_widths",
    "example_net",
    "fresh_net",
    "gap_to_autograd",
    "handed_on",
    "in_turn",
    "many_steps",
    "random_net",
    "relu_losses",
    "step_downhill",
    "torch_adam",
]
