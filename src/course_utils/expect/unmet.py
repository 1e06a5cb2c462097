"""What is said when an expectation is not met."""

from __future__ import annotations


class Unmet(AssertionError):
    """An expectation that was not met; notebooks show its text alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self), *getattr(self, "__notes__", [])]


def fail(what: str, expected: str, got: str, likely: str) -> None:
    """Raise Unmet: what was looked at, what was expected, what came, and the likely cause where there is one."""
    lines = [f"Not yet: {what}", f"  expected  {_indent(expected)}", f"  got       {_indent(got)}"]
    if likely:
        lines.append(f"  likely    {likely}")
    raise Unmet("\n".join(lines))


def _indent(text: str) -> str:
    return text.replace("\n", "\n            ")
