"""Signing out at the real provider ends the session here (OIDC Back-Channel Logout 1.0)."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlencode, urljoin

import pytest

from demo.signin import _Browser
from tests.system.running import System


class Person:
    """Somebody's browser, with a session at the provider and one here."""

    def __init__(self, system: System, browser: _Browser) -> None:
        self._system = system
        self._browser = browser

    async def sign_in(self, account: str) -> None:
        url, back = self._system.url, f"{self._system.url}/callback"
        query = urlencode({"tenant": "bergstrasse"})
        await self._browser.open(f"{url}/login?{query}", stop_at=back)
        landed = await self._browser.get(
            await self._browser.sign_in(account, "substantial", stop_at=back)
        )
        assert landed.status_code == 200, landed.text

    async def signed_in(self) -> bool:
        return (await self._browser.get(f"{self._system.url}/v1/me")).status_code == 200

    async def sign_out_at_the_provider(self) -> None:
        """As somebody does it who never comes back to this service."""
        issuer = self._system.place.issuer
        page = await self._browser.get(f"{issuer}/session/end")
        assert page.status_code == 200, page.text
        action = re.search(r'action="([^"]+)"', page.text)
        token = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert action is not None
        assert token is not None
        done = await self._browser.post(
            urljoin(issuer, action[1]), {"xsrf": token[1], "logout": "yes"}
        )
        assert done.status_code in {200, 303}, done.text


@pytest.fixture
async def people(system: System) -> AsyncIterator[list[Person]]:
    async with AsyncExitStack() as stack:
        yield [Person(system, await stack.enter_async_context(_Browser())) for _ in range(3)]


async def test_se_08_signing_out_at_the_provider_ends_that_session_within_a_second(
    people: list[Person],
) -> None:
    """SE-07, SE-08: its `sid` names the one; the same account elsewhere, and others, go on."""
    here, elsewhere, somebody_else = people
    for person, account in zip(people, ("erika", "erika", "mehmet"), strict=True):
        await person.sign_in(account)
        assert await person.signed_in()

    begun = time.monotonic()
    await here.sign_out_at_the_provider()
    assert not await here.signed_in()
    assert time.monotonic() - begun <= 1

    assert await elsewhere.signed_in()
    assert await somebody_else.signed_in()
