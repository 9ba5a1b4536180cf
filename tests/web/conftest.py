"""Somebody in front of the whole service who will have to sign in more strongly."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.service import Whole
from tests.web.detours import Detour, make_honest


@pytest.fixture
async def detour(whole: Whole) -> AsyncIterator[Detour]:
    """Bound to a case of their own, signed in with `low` a minute and a second ago, or less."""
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    make_honest(whole.liar, "low")
    try:
        async with whole.browser() as client:
            await whole.sign_in(client, who)
            make_honest(whole.liar)
            # A provider counts in whole seconds: on one of them, ages are exact.
            whole.clock.now = whole.clock.now.replace(microsecond=0) + timedelta(minutes=1)
            yield Detour(whole, client, who, ref, ids["case"])
    finally:
        make_honest(whole.liar)
