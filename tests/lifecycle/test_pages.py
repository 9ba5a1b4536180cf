"""The page of export and erasure, in both languages, as a browser gets it."""

import io
import re
import zipfile
from datetime import timedelta

import httpx2
import pytest

from tests.doubles.lying_provider import ORIGIN
from tests.lifecycle_home import decide
from tests.refuge import family
from tests.service import Whole

HTML = {"accept": "text/html"}


@pytest.fixture
async def who(whole: Whole) -> str:
    ref, _ = await whole.push(family())
    return await whole.bound(ref, "p1")


def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def post(browser: httpx2.AsyncClient, path: str, **form: str) -> httpx2.Response:
    return await browser.post(path, data=form, headers={**HTML, "origin": ORIGIN})


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Löschung beantragen"), ("en", "Ask for erasure")],
    ids=["de", "en"],
)
async def test_the_page_says_what_each_means_and_gives_the_archive(
    whole: Whole, who: str, language: str, words: str
) -> None:
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        page = await browser.get("/export", params={"lang": language}, headers=HTML)
        archive = await browser.get("/export/download", headers=HTML)

    assert page.status_code == 200
    assert words in page.text
    assert "calendar year" in page.text or "Kalenderjahr" in page.text
    with zipfile.ZipFile(io.BytesIO(archive.content)) as archived:
        assert {"klarfall.json", "lesen.html" if language == "de" else "read.html"} == set(
            archived.namelist()
        )


async def test_a_request_by_the_page_is_seen_with_its_deadline_and_its_refusal(
    whole: Whole, who: str
) -> None:
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        page = (await browser.get("/export", headers=HTML)).text
        unsure = await post(browser, "/export/erasure", form_token=token(page))
        asked = await post(browser, "/export/erasure", form_token=token(page), sure="yes")
        waiting = (await browser.get("/export?done=asked", headers=HTML)).text
        (found,) = re.findall(r'data-erasure="([^"]+)" data-state="requested"', waiting)
        await decide(whole, found, decision="refused", reason="open_procedure")
        refused = (await browser.get("/export", headers=HTML)).text

    assert (unsure.status_code, asked.status_code) == (422, 303)
    assert "Antwort bis spätestens" in waiting
    assert "/export/erasure" not in waiting
    assert 'data-state="refused"' in refused
    assert "§ 84 Abs. 2 SGB X" in refused
    assert "/export/erasure" in refused


async def test_su_03_an_old_sign_in_is_offered_the_way_to_a_fresh_one(
    whole: Whole, who: str
) -> None:
    """SU-03"""
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        fresh = await browser.get("/export/download", headers=HTML)
        for _ in range(5):
            whole.clock.forward(timedelta(minutes=13))
            await browser.get("/fields", headers=HTML)
        old = await browser.get("/export/download", headers=HTML)

    assert (fresh.status_code, old.status_code) == (200, 401)
    assert 'id="step-up"' in old.text
