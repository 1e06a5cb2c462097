"""The commands of `course` that instructors and maintainers have and students do not."""

from course_staff.commands.authoring import bundle, check, release
from course_staff.commands.desk import export, leaderboard, report
from course_staff.commands.grading import collect, feedback, grade

INSTRUCTORS = (release, check, bundle, collect, grade, feedback, export, report, leaderboard)
