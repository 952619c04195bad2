"""A live test that fails is repeated where JACK was late, and skipped as "too slow here" where it was late often."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TEST = """
from tests.live.conftest import DISTURBANCES, PERIOD_HERE

def test_something(request):
    request.node.stash[DISTURBANCES] = {late}
    assert request.node.stash[PERIOD_HERE] >= {passes_from}
"""

NEVER = 10_000


@pytest.mark.parametrize(
    ("late", "passes_from", "outcome"),
    [
        (0, 64, "passed"),
        (0, 256, "failed"),
        (1, 256, "passed"),
        (1, NEVER, "failed"),
        (50, 1024, "passed"),
        (50, NEVER, "skipped"),
    ],
)
def test_a_failure_counts_unless_the_server_was_late(
    pytester: pytest.Pytester, late: int, passes_from: int, outcome: str
) -> None:
    pytester.makepyfile(TEST.format(late=late, passes_from=passes_from))
    pytester.runpytest_inprocess("-p", "tests.live.conftest").assert_outcomes(**{outcome: 1})
