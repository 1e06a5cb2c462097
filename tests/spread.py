"""How the tests are spread over processes: the long ones first, and a file's together, but for each lesson's."""

from __future__ import annotations

import pytest

LONG = (
    "tests/isa/test_without_vnni.py",
    "tests/checking/test_lessons.py",
    "tests/hostile/test_attacks.py",
    "tests/grading/test_engine.py",
    "tests/images/",
    "tests/hostile/test_in_containers.py",
    "tests/sandbox/test_container.py",
)
ALONE = LONG[:2]  # each of their tests may run beside any other
CONTAINERS = LONG[4:]  # they share images, which are built once


def scope(nodeid: str) -> str:
    """Return what stands for all tests that run one after the other in one process."""
    if nodeid.startswith(ALONE):
        return nodeid
    return "containers" if nodeid.startswith(CONTAINERS) else nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first, or the last of them would keep one process busy when all others are done."""
    items.sort(key=lambda item: next((k for k, start in enumerate(LONG) if item.nodeid.startswith(start)), len(LONG)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> object:
    """Make a scheduler of xdist's that knows these scopes, and keeps their order."""
    from xdist.scheduler import LoadScopeScheduling

    class Spread(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    config.option.loadscopereorder = False
    return Spread(config, log)
