"""Lesson 12, "Who waits for whom?": what it gives, what its tests watch, its film, its figures; no answers."""

from __future__ import annotations

from course_utils.lessons.input_pipelines.feeding import feed
from course_utils.lessons.input_pipelines.folder import begin
from course_utils.lessons.input_pipelines.framing import preprocessed
from course_utils.lessons.input_pipelines.gathering import gathered
from course_utils.lessons.input_pipelines.marks import END
from course_utils.lessons.input_pipelines.meeting import held_back, met, outlived, overtaken
from course_utils.lessons.input_pipelines.piping import piped
from course_utils.lessons.input_pipelines.working import worked

__all__ = [
    "END",
    "begin",
    "feed",
    "gathered",
    "held_back",
    "met",
    "outlived",
    "overtaken",
    "piped",
    "preprocessed",
    "worked",
]
