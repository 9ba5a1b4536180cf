"""What a citizen can do with a browser, from the first sight to signing out."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

pytestmark = pytest.mark.browser

QUESTION = "Wann kommt mein Geld und wie viel ist es?"
EUROS = re.compile(r"\d{1,3}(?:\.\d{3})*,\d{2} €")


async def test_the_first_sight_tells_that_this_is_an_ai_system_and_what_happens_to_data(
    citizen: "Citizen",
) -> None:
    await citizen.open("/")

    notice = citizen.page.locator("#ai-notice")
    await expect(notice).to_be_in_viewport()
    await expect(notice).to_contain_text("KI-System")
    await expect(notice).to_contain_text("jede Verwendung wird protokolliert")
    await expect(notice.get_by_role("link")).to_have_attribute("href", "/privacy")
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await citizen.page.evaluate(sideways)


async def test_a_question_is_answered_from_the_file_with_sources_and_a_receipt(
    citizen: "Citizen",
) -> None:
    await citizen.sign_in("erika")
    await expect(citizen.page.locator(".acting")).to_contain_text(
        "Sie handeln für sich selbst: Erika Sommerfeld"
    )

    said = await citizen.ask(QUESTION)

    given = await citizen.page.evaluate(
        """async () => {
            const at = document.getElementById('answer').dataset.answer;
            return (await fetch(`/v1/answers/${at}`)).json();
        }"""
    )
    figures = EUROS.findall(said)
    assert figures
    assert figures == EUROS.findall(given["text"].replace("\xa0", " "))
    await expect(citizen.page.locator("#answer .sources")).to_contain_text("Nächste Zahlung")
    await expect(citizen.page.locator("#used li")).to_have_count(len(given["used"]))
    await expect(citizen.page.locator("#receipt-state")).to_have_attribute("data-state", "included")
    await expect(citizen.page.locator("#receipt-state")).to_contain_text(re.compile(r"Nummer \d+"))


async def test_every_stage_is_announced_and_the_answer_gets_the_focus(citizen: "Citizen") -> None:
    await citizen.sign_in("erika")
    await citizen.page.evaluate(
        """() => {
            window.announced = [];
            const said = document.getElementById('said');
            new MutationObserver(() => window.announced.push(said.textContent))
                .observe(said, { childList: true, characterData: true, subtree: true });
        }"""
    )

    await citizen.ask(QUESTION)

    announced = await citizen.page.evaluate("window.announced")
    assert announced[0] == "Die Frage ist abgeschickt."
    assert announced[-1] == "Die Antwort ist da."
    done = citizen.page.locator("[data-stage][data-state=done]")
    await expect(done).to_have_count(8)
    assert await citizen.page.evaluate("document.activeElement.id") == "answer-title"
    assert await citizen.page.get_attribute("#said", "aria-live") == "polite"


async def test_whoever_acts_for_somebody_chooses_them_and_sees_it_on_every_page(
    citizen: "Citizen",
) -> None:
    await citizen.sign_in("betreuerin")
    await citizen.open("/mandates")
    await citizen.page.get_by_role("button", name="Für Karl Ahrens handeln").click()
    await expect(citizen.page.locator("h1")).to_have_text("Was möchten Sie wissen?")

    for path in ("/ask", "/fields", "/consents", "/session"):
        await citizen.open(path)
        await expect(citizen.page.locator(".acting")).to_contain_text("Sie handeln für Karl Ahrens")


async def test_what_is_withheld_says_why_and_what_to_do(citizen: "Citizen") -> None:
    await citizen.sign_in("jonas", means="basic")

    await citizen.ask(QUESTION)

    held = citizen.page.locator("#withheld li")
    await expect(held.first).to_have_attribute("data-reason", "assurance_too_low")
    await expect(held.first).to_contain_text("Melden Sie sich stärker an")
    again = citizen.page.get_by_role(
        "button", name="Mit stärkerem Ausweis anmelden und Antwort holen"
    )
    await expect(again).to_be_visible()
    await expect(citizen.page.locator("#step-up [name=question]")).to_have_value(QUESTION)
    assert not EUROS.findall(await citizen.page.inner_text("#answer"))


async def test_a_consent_is_read_refused_and_given_right_at_the_answer(citizen: "Citizen") -> None:
    await citizen.sign_in("fatima")
    await citizen.ask("Bekomme ich einen Mehrbedarf?")
    line = citizen.page.locator("#used [data-field='benefit.additional_needs']")
    await expect(line).to_contain_text("Sie haben noch nicht entschieden")

    await line.locator("summary").click()
    await expect(line).to_contain_text("Wenn Sie nein sagen")
    await line.get_by_role("button", name="Ablehnen").click()
    await expect(line).to_contain_text("Sie haben Nein gesagt")

    await line.locator("summary").click()
    await line.get_by_role("button", name="Erlauben").click()
    await expect(line).to_contain_text("Sie haben Ja gesagt")

    await citizen.open("/consents")
    await (
        citizen.page.locator("#granted")
        .get_by_role("button", name="Widerrufen")
        .or_(citizen.page.locator("#granted").get_by_role("button", name="Einwilligung widerrufen"))
        .click()
    )
    await expect(citizen.page.locator("#granted")).to_have_count(0)
    decided = citizen.page.locator("#history tbody tr")
    await expect(decided).to_have_count(3)
    await expect(decided.first).to_contain_text("widerrufen")


async def test_a_preview_masks_the_question_and_reads_nothing(citizen: "Citizen") -> None:
    await citizen.sign_in("erika")
    await citizen.page.fill(
        "#question", "Ich bin Erika Sommerfeld, IBAN DE02120300000000202051. Mein Mehrbedarf?"
    )

    await citizen.page.locator("button[name=preview]").click()

    masked = citizen.page.locator("#redacted")
    await expect(masked).to_contain_text("Mehrbedarf?")
    assert "Sommerfeld" not in await masked.inner_text()
    assert "DE02" not in await masked.inner_text()
    row = citizen.page.locator("#release [data-field='benefit.additional_needs']")
    await expect(row.locator("td").first).to_have_text("Ja")

    await citizen.page.get_by_role("button", name="Diese Frage stellen").click()
    await expect(citizen.page.locator("#answer-text")).to_contain_text("Mehrbedarf")
    assert citizen.page.url == f"{citizen.url}/ask"
    await expect(citizen.page.locator("[data-stage][data-state=done]")).to_have_count(8)


async def test_the_whole_way_can_be_gone_with_the_keyboard(citizen: "Citizen") -> None:
    keyboard = citizen.page.keyboard
    await citizen.sign_in("erika")
    await expect(citizen.page.locator("#examples")).to_be_visible()
    await keyboard.press("Tab")
    assert await citizen.page.evaluate("document.activeElement.className") == "skip"
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    assert await citizen.page.evaluate("document.activeElement.id") == "question"
    await keyboard.type("Wann ist mein Termin?")
    for _ in range(4):
        await keyboard.press("Tab")
    focused = "document.activeElement.textContent.trim()"
    assert await citizen.page.evaluate(focused) == "Frage stellen"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await citizen.page.evaluate(outline) == "solid"

    await keyboard.press("Enter")

    await expect(citizen.page.locator("#answer-title")).to_be_focused()
    await keyboard.press("Tab")
    assert await citizen.page.evaluate("!!document.activeElement.closest('#answer')")


async def test_the_same_in_english(english: "Citizen") -> None:
    await english.sign_in("erika")
    await expect(english.page.locator("html")).to_have_attribute("lang", "en")
    await expect(english.page.locator(".acting")).to_contain_text("You are acting for yourself")

    said = await english.ask("When is my money coming and how much is it?")

    assert re.search(r"€\s?\d|\d\s?€|EUR", said)
    await expect(english.page.locator("#answer")).to_contain_text("What the answer rests on")
    await english.open("/?lang=de")
    await english.open("/ask")
    await expect(english.page.locator("h1")).to_have_text("Was möchten Sie wissen?")


async def test_a_general_question_needs_neither_login_nor_script(unscripted: "Citizen") -> None:
    await unscripted.open("/")
    await unscripted.page.fill("#general-question", "Welche Heizkosten werden übernommen?")
    await unscripted.page.get_by_role("button", name="Allgemeine Frage stellen").click()

    await expect(unscripted.page.locator(".sources")).to_contain_text("§ 22 SGB II")
    await expect(unscripted.page.locator(".sources")).to_contain_text("Stand des Gesetzes")


async def test_without_a_script_the_answer_is_a_page_of_its_own(unscripted: "Citizen") -> None:
    await unscripted.sign_in("erika")

    said = await unscripted.ask(QUESTION)

    assert EUROS.findall(said)
    assert "/answers/" in unscripted.page.url


async def test_an_empty_question_says_so_and_is_not_sent(citizen: "Citizen") -> None:
    await citizen.sign_in("erika")
    await citizen.page.locator("#ask .actions button").first.click()

    await expect(citizen.page.locator("#question-fault")).to_contain_text("Bitte schreiben Sie")
    await expect(citizen.page.locator("#question")).to_be_focused()
    await expect(citizen.page.locator("#progress")).to_be_hidden()


async def test_after_signing_out_nothing_of_the_case_is_to_be_had(citizen: "Citizen") -> None:
    await citizen.sign_in("erika")
    await citizen.ask(QUESTION)

    await citizen.page.get_by_role("button", name="Abmelden").click()
    # The provider asks whether to end its own session as well; ours has ended before.
    await citizen.page.get_by_role("button", name="Ja / Yes").wait_for()
    await citizen.open("/ask")

    await expect(citizen.page.locator("h1")).to_have_text("Das hat nicht geklappt")
    await expect(citizen.page.get_by_role("link", name="Neu anmelden")).to_be_visible()
