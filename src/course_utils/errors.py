"""The one exception a person is meant to read."""


class CourseError(Exception):
    """A clear sentence: which file, what is wrong, what to do."""
