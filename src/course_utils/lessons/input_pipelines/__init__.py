"""Lesson 12, "Who waits for whom?": what it gives, what its tests watch, its film, its figures; no answers."""

from __future__ import annotations

from course_utils.lessons.handed_on import handed_on
from course_utils.lessons.input_pipelines.abreast import abreast, nested
from course_utils.lessons.input_pipelines.carrying import carried
from course_utils.lessons.input_pipelines.copying import draw_buffers, show_transfers
from course_utils.lessons.input_pipelines.early import draw_early
from course_utils.lessons.input_pipelines.feeding import feed
from course_utils.lessons.input_pipelines.film import open_film
from course_utils.lessons.input_pipelines.folder import begin
from course_utils.lessons.input_pipelines.framing import preprocessed
from course_utils.lessons.input_pipelines.gathering import gathered
from course_utils.lessons.input_pipelines.gil import draw_gil
from course_utils.lessons.input_pipelines.hurrying import unhurried
from course_utils.lessons.input_pipelines.lingering import interrupted, left_behind
from course_utils.lessons.input_pipelines.marks import END
from course_utils.lessons.input_pipelines.meeting import held_back, met, outlived, overtaken
from course_utils.lessons.input_pipelines.pacing import show_pace
from course_utils.lessons.input_pipelines.padding import draw_padding
from course_utils.lessons.input_pipelines.piping import piped
from course_utils.lessons.input_pipelines.queues import draw_queues
from course_utils.lessons.input_pipelines.refilling import refilled
from course_utils.lessons.input_pipelines.running import draw_gantt
from course_utils.lessons.input_pipelines.showing import show_stages
from course_utils.lessons.input_pipelines.waiting import draw_waiting
from course_utils.lessons.input_pipelines.working import worked

__all__ = [
    "END",
    "abreast",
    "begin",
    "carried",
    "draw_buffers",
    "draw_early",
    "draw_gantt",
    "draw_gil",
    "draw_padding",
    "draw_queues",
    "draw_waiting",
    "feed",
    "gathered",
    "handed_on",
    "held_back",
    "interrupted",
    "left_behind",
    "met",
    "nested",
    "open_film",
    "outlived",
    "overtaken",
    "piped",
    "preprocessed",
    "refilled",
    "show_pace",
    "show_stages",
    "show_transfers",
    "unhurried",
    "worked",
]
