from contextlib import AsyncExitStack

import pytest
from loopback_world import World


@pytest.fixture
async def world():
    async with AsyncExitStack() as stack:
        yield World(stack)
