"""The service of these tests, and where it listens."""

from collections.abc import AsyncIterator

import pytest

from tests.security.wires import listening
from tests.service import Whole


@pytest.fixture(scope="session")
async def port(one_service: Whole) -> AsyncIterator[int]:
    """A real socket in front of the service that every test of this process shares."""
    async with listening(one_service.app) as found:
        yield found
