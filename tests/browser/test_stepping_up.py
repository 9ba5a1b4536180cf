"""Signing in more strongly in the middle of a question, at the provider of the demo and back."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

pytestmark = pytest.mark.browser

# The one is in reach of `low`, the other takes `substantial`.
QUESTION = "Wer ist für mich zuständig, und wann kommt mein Geld?"


async def test_su_03_su_04_a_partial_answer_becomes_whole_by_one_stronger_sign_in(
    citizen: "Citizen",
) -> None:
    """SU-03, SU-04: the question is not typed again, not even after a way there that was cancelled;
    the page it ends on is its answer.
    """
    page = citizen.page
    await citizen.sign_in("erika", means="low")
    assert not re.search(r"\d €", await citizen.ask(QUESTION))
    held = page.locator("#withheld li[data-reason=assurance_too_low]")
    await expect(held.first).to_contain_text("Melden Sie sich stärker an")
    await expect(page.locator("#used li").first).to_be_visible()

    again = page.get_by_role("button", name="Mit stärkerem Ausweis anmelden und Antwort holen")
    await again.click()
    await page.click("button[name=cancel]")
    await expect(page.locator("#step-up-reason")).to_have_attribute("data-reason", "refused")
    await expect(page.locator("#kept")).to_have_text(QUESTION)

    await again.click()
    await page.select_option("#account", "erika")
    await expect(page.locator("input[value=substantial]")).to_be_checked()
    await citizen.give_password()

    await page.wait_for_url("**/answers/*")
    said = (await page.inner_text("#answer-text")).replace("\xa0", " ")
    assert re.search(r"\d,\d{2} €", said)
    await expect(held).to_have_count(0)
    await expect(page.locator("#step-up")).to_have_count(0)
