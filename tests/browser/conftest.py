"""A newsroom on a real port, and a real browser where there is one; each file has one of either."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from looking import Eyes, found, opened
from serving import Served, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The newsroom at noon, for tests that only look."""
    with served(tmp_path_factory.mktemp("site")) as here:
        yield here


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Served]:
    """An empty newsroom for a test that fills or changes it."""
    with served(tmp_path, filled=False) as here:
        yield here


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eyes() -> AsyncIterator[Eyes]:
    """A browser that opens pages."""
    program = found()
    if program is None:
        missing = "there is no chromium on this machine"
        if os.environ.get("TREND_REQUIRE_SERVICES"):
            pytest.fail(missing)
        pytest.skip(missing)
    async with opened(program) as browser:
        yield browser
