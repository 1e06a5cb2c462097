"""The one exception a person is meant to read."""


class CourseError(Exception):
    """A clear sentence: which file, what is wrong, what to do. Notebooks show it alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"CourseError: {self}"]
