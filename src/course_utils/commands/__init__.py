"""The commands of `course` that instructors and maintainers have and students do not."""

from course_utils.commands.authoring import bundle, check, release
from course_utils.commands.grading import collect, export, feedback, grade

INSTRUCTORS = (release, check, bundle, collect, grade, feedback, export)
