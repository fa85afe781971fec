"""A newsroom on a real port, and a real browser where there is one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import found, launched
from serving import Served, served


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The newsroom at noon, for tests that only look."""
    with served(tmp_path_factory.mktemp("site")) as here:
        yield here


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Served]:
    """An empty newsroom for a test that fills or changes it."""
    with served(tmp_path, filled=False) as here:
        yield here


@pytest.fixture(scope="session")
def browser() -> Iterator[str]:
    program = found()
    if program is None:
        missing = "there is no chromium on this machine"
        if os.environ.get("TREND_REQUIRE_SERVICES"):
            pytest.fail(missing)
        pytest.skip(missing)
    with launched(program) as address:
        yield address
