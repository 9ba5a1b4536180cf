"""The officer's desk and one's own copy, in a real browser: both languages, keyboard alone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from tests.browser.looking import sticking_out, violations

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

pytestmark = pytest.mark.browser

WHY = "Beschwerde einer Person vom Montag"


async def press(citizen: "Citizen", selector: str, *, at_most: int = 60) -> None:
    """Tab until the focus is on it, then Enter: as somebody does who has no mouse."""
    for _ in range(at_most):
        await citizen.page.keyboard.press("Tab")
        if await citizen.page.evaluate("s => document.activeElement.matches(s)", selector):
            await citizen.page.keyboard.press("Enter")
            return
    pytest.fail(f"no way to {selector} by keyboard")


@pytest.mark.parametrize("language", ["de", "en"])
async def test_no_page_of_officers_breaks_a_rule_or_sticks_out(
    inspected: "Citizen", language: str
) -> None:
    await inspected.sign_in("officer")
    spoken = f"?lang={language}"
    await inspected.open(f"/oversight{spoken}")
    if await inspected.page.locator("#reason").count():
        assert await violations(inspected) == []
        assert await sticking_out(inspected) == []
        await inspected.page.click("form.sheet button")
        await inspected.page.locator("#reason-fault").wait_for()
        assert await violations(inspected) == []
        await inspected.page.fill("#reason", WHY)
        await inspected.page.click("form.sheet button")
    await inspected.page.click("form.sheet button")
    await inspected.page.locator("#found [data-entry]").first.wait_for()
    assert await violations(inspected) == []
    assert await sticking_out(inspected) == []
    entry = await inspected.page.locator("#found [data-entry] a").first.get_attribute("href")
    for path in (
        *(str(entry), "/oversight/anomalies", "/oversight/requests"),
        *("/oversight/reports/processing-record", "/oversight/reports/dpia"),
    ):
        await inspected.open(path + spoken)
        assert await violations(inspected) == [], path
        assert await sticking_out(inspected) == [], path
        assert await inspected.page.get_attribute("html", "lang") == language


async def test_an_officer_needs_neither_a_script_nor_a_mouse(unscripted: "Citizen") -> None:
    """From the reason to a signed file, by Tab and Enter."""
    await unscripted.sign_in("officer")
    await press(unscripted, "a[href='/oversight']")
    await unscripted.page.focus("#category")
    await unscripted.page.keyboard.press("Tab")
    await unscripted.page.keyboard.type(WHY)
    await press(unscripted, "form.sheet button")
    await unscripted.page.locator("#since").wait_for()
    await press(unscripted, "form[action='/oversight/search#found'] button")
    await unscripted.page.locator("#found").wait_for()
    await press(unscripted, "[data-entry] a")
    await unscripted.page.locator("form[action='/oversight/export']").wait_for()
    async with unscripted.page.expect_download() as begun:
        await press(unscripted, "form[action='/oversight/export'] button")
    taken = json.loads(Path(await (await begun.value).path()).read_text("utf-8"))
    await press(unscripted, "nav a[href='/oversight/requests']")
    await unscripted.page.locator("#erasures-title").wait_for()
    await press(unscripted, "form[action='/oversight/end'] button")
    await unscripted.page.locator("#reason").wait_for()

    assert len(taken["bundle"]["entries"]) == 1


async def test_an_officer_who_signed_in_too_weakly_is_led_to_a_stronger_way(
    unscripted: "Citizen",
) -> None:
    """SU-02: the provider itself asks for it again."""
    await unscripted.sign_in("officer", means="low")
    await unscripted.open("/oversight")
    said = await unscripted.page.inner_text("#content")
    await unscripted.page.locator("#content a[href^='/login']").click()
    await unscripted.page.locator("#account").wait_for()
    await unscripted.page.select_option("#account", "officer")
    await unscripted.page.check("input[value=substantial]")
    await unscripted.give_password()
    await unscripted.page.locator("#category").wait_for()

    assert "melden Sie sich bitte stärker an" in said


async def test_ones_own_copy_is_had_by_keyboard_alone(unscripted: "Citizen") -> None:
    await unscripted.sign_in("erika")
    await unscripted.open("/export")
    async with unscripted.page.expect_download() as begun:
        await press(unscripted, "#export-download")
    with ZipFile(await (await begun.value).path()) as taken:
        names = set(taken.namelist())

    assert {"lesen.html", "klarfall.json"} <= names
