"""A real Chromium before the whole demo: provider, database, world and all."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from time import time
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from demo.signin import PASSWORD
from demo.stack import running
from tests.schedule import uncounted

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
PATIENCE_MS: Final = 20_000


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium here, and under CI there must be one")
        pytest.skip("no Chromium found: on Debian, apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def klarfall(chromium: str) -> Iterator[str]:
    """Where the demo is served, on ports of its own."""
    folder = Path(mkdtemp(prefix="klarfall-browser-"))
    # As root, PostgreSQL runs as somebody else, who has to get there.
    folder.chmod(0o711)
    try:
        with ExitStack() as parts:
            with uncounted():
                demo = parts.enter_context(running(folder / "demo", port=None))
            yield demo.place.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        await opened.close()


@dataclass
class Citizen:
    """Somebody at a browser. `complaints` is what the browser itself found wrong."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    _signed_in_at: int = 0

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def sign_in(self, account: str, *, means: str = "substantial") -> None:
        """As a person does it: choose the office, then who and what with."""
        await self.open("/")
        await self.page.get_by_role("link", name="Bergstraße").first.click()
        await self.page.select_option("#account", account)
        await self.page.check(f"input[value={means}]")
        await self.give_password()
        await self.page.locator("#content h1").wait_for()
        self._signed_in_at = int(time())

    async def give_password(self) -> None:
        """Never twice within a second: providers tell whole ones, and a stronger sign-in in that of
        a weaker one is refused, as it could be the same (SU-05).
        """
        await asyncio.sleep(max(0.0, self._signed_in_at + 1 - time()))
        await self.page.fill("#password", PASSWORD)
        await self.page.click("button[type=submit]:not([name])")

    async def ask(self, question: str) -> str:
        """The text of the answer, with ordinary spaces."""
        await self.page.fill("#question", question)
        await self.page.locator("#ask .actions button").first.click()
        await self.page.locator("#answer").wait_for()
        said = await self.page.inner_text("#answer-text")
        return said.replace("\xa0", " ").replace("\u202f", " ")


def _listen(citizen: Citizen) -> None:
    def said(message: ConsoleMessage) -> None:
        # The provider's own pages are not ours to judge, and a refused page is no fault.
        ours = message.location.get("url", "").startswith(citizen.url)
        if message.type == "error" and ours and "status of 4" not in message.text:
            citizen.complaints.append(message.text)

    citizen.page.on("console", said)
    citizen.page.on("pageerror", lambda error: citizen.complaints.append(str(error)))


async def _citizen(context: BrowserContext, url: str) -> Citizen:
    context.set_default_timeout(PATIENCE_MS)
    citizen = Citizen(await context.new_page(), url)
    _listen(citizen)
    return citizen


@pytest.fixture
async def citizen(browser: Browser, klarfall: str) -> AsyncIterator[Citizen]:
    """In German, on a phone. Whatever the browser complains about fails the test."""
    context = await browser.new_context(
        locale="de-DE", viewport={"width": 375, "height": 800}, reduced_motion="reduce"
    )
    one = await _citizen(context, klarfall)
    yield one
    await context.close()
    assert one.complaints == []


@pytest.fixture
async def english(browser: Browser, klarfall: str) -> AsyncIterator[Citizen]:
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
    one = await _citizen(context, klarfall)
    yield one
    await context.close()
    assert one.complaints == []


@pytest.fixture
async def inspected(browser: Browser, klarfall: str) -> AsyncIterator[Citizen]:
    """With our content security policy off, so that a checker can be put into the page."""
    context = await browser.new_context(
        locale="de-DE", bypass_csp=True, viewport={"width": 1280, "height": 900}
    )
    yield await _citizen(context, klarfall)
    await context.close()


@pytest.fixture
async def unscripted(browser: Browser, klarfall: str) -> AsyncIterator[Citizen]:
    context = await browser.new_context(locale="de-DE", java_script_enabled=False)
    one = await _citizen(context, klarfall)
    yield one
    await context.close()
    assert one.complaints == []
