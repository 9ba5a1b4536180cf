"""What the tests of the model's side share."""

import pytest

from app.audit.receipts import Receipt
from tests.synthesis.given import granted_receipt


@pytest.fixture(scope="session")
async def receipt() -> Receipt:
    return await granted_receipt()
