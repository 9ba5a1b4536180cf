"""Every page, held against axe-core's rules in a real browser."""

from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.looking import sticking_out, violations

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/privacy", "/privacy?tenant=bergstrasse", "/ask", "/x"])
async def test_a_page_for_everybody_breaks_no_rule(inspected: "Citizen", path: str) -> None:
    await inspected.open(path)

    assert await violations(inspected) == []


async def test_no_page_behind_the_sign_in_breaks_a_rule(inspected: "Citizen") -> None:
    await inspected.sign_in("erika")
    for path in (
        *("/ask", "/fields", "/consents", "/accesses", "/protection"),
        *("/session", "/mandates", "/bind", "/export", "/export?lang=en"),
    ):
        await inspected.open(path)

        assert await violations(inspected) == [], path


async def test_no_answer_breaks_a_rule(inspected: "Citizen") -> None:
    await inspected.sign_in("erika")
    await inspected.ask("Bekomme ich einen Mehrbedarf, und welche Diagnosen stehen in der Akte?")
    assert await violations(inspected) == []

    await inspected.page.locator("button[name=preview]").click()
    await inspected.page.locator("#redacted").wait_for()
    assert await violations(inspected) == []


async def test_at_twice_the_size_nothing_leaves_the_page(inspected: "Citizen") -> None:
    """1280 pixels at 200 % are 640, and at 400 % they are 320 (WCAG 1.4.10)."""
    await inspected.sign_in("erika")
    paths = ("/ask", "/fields", "/consents", "/accesses", "/protection", "/session", "/export")
    for path in paths:
        await inspected.open(path)
        assert await sticking_out(inspected) == [], path


LETTER: Final = "Ich heiße Sabine Okafor, IBAN DE02 1203 0000 0000 2020 51. Gestern war Quitte da."


async def test_the_page_of_officers_breaks_no_rule(inspected: "Citizen") -> None:
    """Neither empty, nor with what it found, nor the page that says whom this account is for."""
    await inspected.sign_in("officer")
    assert await violations(inspected) == []
    await inspected.page.get_by_role("link", name="Schwärzung ausprobieren").click()
    assert await violations(inspected) == []

    await inspected.page.fill("#text", LETTER)
    await inspected.page.fill("#names", "Mia Quitte")
    await inspected.page.get_by_role("button", name="Zeigen, was geschwärzt würde").click()
    await inspected.page.locator("#tried").wait_for()
    assert await violations(inspected) == []

    assert await sticking_out(inspected) == []


async def test_officers_need_neither_a_script_nor_a_mouse(unscripted: "Citizen") -> None:
    await unscripted.sign_in("officer")
    await unscripted.open("/redaction")
    keyboard = unscripted.page.keyboard
    await unscripted.page.focus("#text")
    await keyboard.type("Gestern war Quitte da.")
    await keyboard.press("Tab")
    await keyboard.type("Mia Quitte")
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await unscripted.page.locator("#tried").wait_for()

    marked = unscripted.page.locator("[data-mode=fast] mark")
    assert await marked.count() == 1
    assert "Quitte" in await marked.inner_text()
    assert "steht in der Akte" in await marked.inner_text()
