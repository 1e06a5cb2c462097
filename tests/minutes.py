"""Where the suite's minutes went: a table at its end, of the files that took half a minute and more."""

from __future__ import annotations

from collections import Counter

import pytest

LEAST = 30  # seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the table, where any file took so long."""
    files = Counter()
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        if isinstance(report, pytest.TestReport):
            files[report.nodeid.partition("::")[0].removeprefix("tests/")] += report.duration
    rows = [(path, seconds) for path, seconds in files.most_common() if seconds >= LEAST]
    if rows:
        rest = files.total() - sum(seconds for _, seconds in rows)
        terminalreporter.section("where the minutes went, of all processes together")
        for what, seconds in [*rows, ("all other files", rest), ("in all", files.total())]:
            terminalreporter.line(f"{seconds / 60:6.1f}  {what}")
