"""What lesson 13 draws with, checks with and is given; no answers."""

from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.plain import plain
from course_utils.lessons.serving.asking import asked, health_while_predicting
from course_utils.lessons.serving.batching import batched, two_batchers
from course_utils.lessons.serving.fixtures import (
    DATATYPES,
    NUMPY_TYPES,
    PROVIDERS,
    answer_body,
    drawn_arrays,
    outlives,
    pairs,
    small_model,
    strictly,
    told,
)
from course_utils.lessons.serving.folder import begin, new_path
from course_utils.lessons.serving.load_drawn import draw_open_and_closed, draw_rates, show_little
from course_utils.lessons.serving.loading import offered
from course_utils.lessons.serving.lying import written_as_it_lies
from course_utils.lessons.serving.racing import draw_batching, race_sessions
from course_utils.lessons.serving.replicas import show_replicas
from course_utils.lessons.serving.settling import settled
from course_utils.lessons.serving.shown import show_bytes, show_hung_up, show_repository, show_starts
from course_utils.lessons.serving.together import asked_at_once, asked_in_turns
from course_utils.lessons.serving.triton import configured

__all__ = [
    "DATATYPES",
    "NUMPY_TYPES",
    "PROVIDERS",
    "answer_body",
    "asked",
    "asked_at_once",
    "asked_in_turns",
    "batched",
    "begin",
    "configured",
    "draw_batching",
    "draw_open_and_closed",
    "draw_rates",
    "drawn_arrays",
    "handed_on",
    "health_while_predicting",
    "new_path",
    "offered",
    "outlives",
    "pairs",
    "plain",
    "race_sessions",
    "settled",
    "show_bytes",
    "show_hung_up",
    "show_little",
    "show_replicas",
    "show_repository",
    "show_starts",
    "small_model",
    "strictly",
    "told",
    "two_batchers",
    "written_as_it_lies",
]
