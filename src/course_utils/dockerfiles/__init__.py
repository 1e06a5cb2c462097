"""Dockerfiles read without an engine: their steps, and what would lie in the image.

No kept parser gives what lesson 08 asks of this one: flags and stages of each step, heredocs, words with their quotes
resolved, the shell of a RUN followed through `if` and `case`, and a sentence for a student's slip.
"""

from course_utils.dockerfiles.paper import paper_build
from course_utils.dockerfiles.places import takes
from course_utils.dockerfiles.syntax import LAYERS, parse, stage_number
from course_utils.dockerfiles.variables import variables

__all__ = ["LAYERS", "paper_build", "parse", "stage_number", "takes", "variables"]
