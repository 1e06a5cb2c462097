"""A clock of the tests' own, on which work takes what it is told to."""

import pytest
from fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
