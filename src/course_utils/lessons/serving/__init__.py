"""What lesson 13 draws with, checks with and is given; no answers."""

from course_utils.lessons.serving.asking import asked, health_while_predicting
from course_utils.lessons.serving.batching import batched, settled, two_batchers
from course_utils.lessons.serving.fixtures import (
    DATATYPES,
    PROVIDERS,
    answer_body,
    drawn_arrays,
    pairs,
    plain,
    small_model,
    strictly,
    told,
)
from course_utils.lessons.serving.folder import begin, new_path
from course_utils.lessons.serving.loading import offered
from course_utils.lessons.serving.triton import read_config

__all__ = [
    "DATATYPES",
    "PROVIDERS",
    "answer_body",
    "asked",
    "batched",
    "begin",
    "drawn_arrays",
    "health_while_predicting",
    "new_path",
    "offered",
    "pairs",
    "plain",
    "read_config",
    "settled",
    "small_model",
    "strictly",
    "told",
    "two_batchers",
]
