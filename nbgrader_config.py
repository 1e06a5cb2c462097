"""Where nbgrader finds things. Its own commands, its Formgrader and `course` all read this file."""

import os
from pathlib import Path

c = get_config()  # noqa: F821

root = Path(__file__).resolve().parent
(root / "grading").mkdir(exist_ok=True)

c.CourseDirectory.course_id = "lean_inference"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.source_with_tests_directory = "grading/source_with_tests"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.db_url = os.environ.get("NBGRADER_DB_URL") or f"sqlite:///{root}/grading/gradebook.db"

# Whatever lies beside a source notebook is released with it: the text form must not be.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".git*",
    "*.nb.py",
    "feedback",
]

c.ClearSolutions.code_stub = {"python": '# YOUR CODE HERE\nraise NotImplementedError("not written yet")'}
c.Execute.timeout = 60

# Demonstrations are for the student's eyes; grading leaves them out. A submission cannot use this, or
# nbclient's own tag, to have a test left out: SkipDemonstrations takes both from every other cell.
c.ExecutePreprocessor.skip_cells_with_tag = "demonstration"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "course_staff.grading.preprocessors.SkipDemonstrations",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "course_staff.grading.execution.ExecuteLesson",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "course_staff.grading.preprocessors.BoundOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "course_staff.grading.preprocessors.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
