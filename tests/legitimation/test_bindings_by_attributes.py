"""Being found by what the provider vouches for, over HTTP, and by nothing less."""

import unicodedata
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from secrets import randbelow, token_hex

import httpx2
import pytest
from sqlalchemy import text

from app.identity.tokens.attributes import Attributes
from app.vocabulary.ids import TenantId
from app.vocabulary.json import Json
from tests.parties import couple
from tests.service import OUR_CALL, Whole

SESSION = "__Host-klarfall"
Claims = Mapping[str, object]


class Somebody:
    """A person in a file of their own, and what an honest provider vouches for."""

    def __init__(self) -> None:
        self.given, self.family = f"Jürgen Đặng {token_hex(4)}", f"Müller-Weiß {token_hex(4)}"
        self.born = f"19{60 + randbelow(30)}-05-17"
        self.number = f"{10000 + randbelow(80000)}//{1000000 + randbelow(8000000)}"

    def document(self, **changes: str) -> dict[str, Json]:
        """The office's file of them."""
        said = {"given": self.given, "family": self.family, "born": self.born} | changes
        document = couple()
        people, household = document["persons"], document["household"]
        assert isinstance(people, list)
        assert isinstance(people[0], dict)
        assert isinstance(household, dict)
        fields = people[0]["fields"]
        assert isinstance(fields, dict)
        fields["person.name"] = {"given": said["given"], "family": said["family"]}
        fields["person.birth_date"] = said["born"]
        household["fields"] = {"household.number": said.get("number", self.number)}
        return document

    def claims(self) -> dict[str, object]:
        return {
            "given_name": self.given,
            "family_name": self.family,
            "birthdate": self.born,
        }


@pytest.fixture
async def browser(whole: Whole) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole.browser() as opened:
        yield opened
    whole.liar.claims, whole.liar.acr = {}, "substantial"


async def signed_in(
    whole: Whole, browser: httpx2.AsyncClient, claims: Claims, acr: str = "substantial"
) -> None:
    whole.liar.claims, whole.liar.acr = claims, acr
    await whole.sign_in(browser, token_hex(8))
    whole.liar.claims = {}


async def matched(browser: httpx2.AsyncClient, number: str) -> httpx2.Response:
    body = {"by": "attributes", "file_number": number}
    return await browser.post("/v1/bindings", json=body, headers=OUR_CALL)


async def mandates(browser: httpx2.AsyncClient) -> int:
    return len((await browser.get("/v1/me")).json()["mandates"])


async def test_id_20_name_birthday_and_file_number_together_find_the_file(
    whole: Whole, browser: httpx2.AsyncClient
) -> None:
    """ID-20"""
    one = Somebody()
    _, ids = await whole.push(one.document())
    await signed_in(whole, browser, one.claims())

    response = await matched(browser, one.number.replace("//", " - "))

    assert (response.status_code, response.json()["person"]) == (201, ids["p1"])
    assert await mandates(browser) == 1


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"given_name": "Jürgen"}, id="one of two given names"),
        pytest.param({"given_name": None}, id="no given name"),
        pytest.param({"given_name": ""}, id="an empty name"),
        pytest.param({"given_name": ["Jürgen"]}, id="a list of names"),
        pytest.param({"family_name": "Mueller-Weiss"}, id="transliterated"),
        pytest.param({"family_name": "x" * 201}, id="a name without end"),
        pytest.param({"family_name": "ﺍﻟﻤﻴﻼﺩ"}, id="in another script"),
        pytest.param({"birthdate": "1959-05-17"}, id="another year"),
        pytest.param({"birthdate": "0000-05-17"}, id="no year"),
        pytest.param({"birthdate": "1988"}, id="a year alone"),
        pytest.param({"birthdate": "1988-02-30"}, id="no such day"),
        pytest.param({"birthdate": "17.05.1988"}, id="as people write it"),
        pytest.param({"birthdate": "١٩٨٨-٠٥-١٧"}, id="other digits"),
        pytest.param({"birthdate": 1988}, id="a number"),
        pytest.param({"birthdate": None}, id="no birthday"),
    ],
)
async def test_id_20_attributes_that_differ_in_one_thing_find_nobody(
    whole: Whole, browser: httpx2.AsyncClient, claims: dict[str, object]
) -> None:
    """ID-20"""
    one = Somebody()
    await whole.push(one.document())
    told = {name: v for name, v in (one.claims() | claims).items() if v is not None}
    await signed_in(whole, browser, told)

    assert (await matched(browser, one.number)).status_code in {404, 409}
    assert await mandates(browser) == 0


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(lambda name: name.upper(), id="capitals"),
        pytest.param(lambda name: f"  {name}  ".replace(" ", "  "), id="spaces"),
        pytest.param(partial(unicodedata.normalize, "NFD"), id="a letter and its dots"),
    ],
)
async def test_case_width_and_spaces_of_a_name_do_not_matter(
    whole: Whole, browser: httpx2.AsyncClient, spelled: object
) -> None:
    one = Somebody()
    await whole.push(one.document())
    assert callable(spelled)
    claims = one.claims() | {"given_name": spelled(one.given), "family_name": spelled(one.family)}
    await signed_in(whole, browser, claims)

    assert (await matched(browser, one.number)).status_code == 201


@pytest.mark.parametrize("number", ["12345//0001234", "00000000000000", "------", "نمرة نمرة نمرة"])
async def test_another_file_number_finds_nobody_and_says_no_more(
    whole: Whole, browser: httpx2.AsyncClient, number: str
) -> None:
    one = Somebody()
    await whole.push(one.document())
    await signed_in(whole, browser, one.claims())

    response = await matched(browser, number)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert number not in response.text
    assert await mandates(browser) == 0


@pytest.mark.parametrize("same_file_number", [False, True], ids=["other file", "same number"])
async def test_two_of_the_same_name_and_birthday_are_both_sent_to_the_office(
    whole: Whole,
    browser: httpx2.AsyncClient,
    same_file_number: bool,
) -> None:
    one, other = Somebody(), Somebody()
    await whole.push(one.document())
    number = one.number if same_file_number else other.number
    await whole.push(one.document(number=number))
    await signed_in(whole, browser, one.claims())

    assert (await matched(browser, one.number)).status_code == 404
    assert await mandates(browser) == 0


@pytest.mark.parametrize(
    ("acr", "status"), [("basic", 401), ("low", 401), ("substantial", 201), ("high", 201)]
)
async def test_a_weak_sign_in_vouches_for_nothing(
    whole: Whole, browser: httpx2.AsyncClient, acr: str, status: int
) -> None:
    one = Somebody()
    await whole.push(one.document())
    await signed_in(whole, browser, one.claims(), acr)

    response = await matched(browser, one.number)

    assert response.status_code == status
    if status == 401:
        assert response.json()["code"] == "step_up_required"


async def test_attributes_hold_for_a_quarter_of_an_hour_after_the_sign_in(
    whole: Whole, browser: httpx2.AsyncClient
) -> None:
    one = Somebody()
    await whole.push(one.document())
    await signed_in(whole, browser, one.claims())
    for _ in range(2):
        whole.clock.forward(timedelta(minutes=7, seconds=30))
        assert (await browser.get("/v1/me")).status_code == 200

    assert (await matched(browser, one.number)).status_code == 409
    await signed_in(whole, browser, one.claims())
    assert (await matched(browser, one.number)).status_code == 201


async def test_a_token_is_no_sign_in_and_another_office_vouches_for_nobody(whole: Whole) -> None:
    body = {"by": "attributes", "file_number": "12345//0001234"}
    for aud in ("bergstrasse", "main-kinzig"):
        headers = whole.citizen(token_hex(8), aud=f"https://fall.example/t/{aud}")
        refused = await whole.call("POST", "/v1/bindings", headers, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_what_was_vouched_for_is_sealed_and_nowhere_in_clear(
    whole: Whole, browser: httpx2.AsyncClient
) -> None:
    one = Somebody()
    await signed_in(whole, browser, one.claims())
    async with whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        rows = (await tx.execute(text("SELECT sealed FROM vouched"))).scalars().all()

    assert rows
    for word in (one.given, one.family, one.born):
        assert all(word.encode() not in bytes(row) for row in rows)
        assert word not in whole.logged.getvalue()


async def test_az_07_a_match_ends_the_earlier_binding_and_signs_that_account_out(
    whole: Whole, browser: httpx2.AsyncClient
) -> None:
    """AZ-07: a new card, a new pseudonym; the sessions of the old one are over at once."""
    one = Somebody()
    await whole.push(one.document())
    async with whole.browser() as old:
        await signed_in(whole, old, one.claims())
        assert (await matched(old, one.number)).status_code == 201
        await signed_in(whole, browser, one.claims())

        assert (await matched(browser, one.number)).status_code == 201

        assert (await old.get("/v1/me")).status_code == 401
    assert await mandates(browser) == 1


async def test_the_office_ends_a_binding_and_the_session_is_over_at_once(
    whole: Whole, browser: httpx2.AsyncClient
) -> None:
    one = Somebody()
    ref, _ = await whole.push(one.document())
    await signed_in(whole, browser, one.claims())
    assert (await matched(browser, one.number)).status_code == 201
    path = f"/v1/integration/bindings?case={ref}&person=p1"

    ended = await whole.call("DELETE", path, whole.machine())

    assert ended.status_code == 204
    assert (await browser.get("/v1/me")).status_code == 401
    assert (await whole.call("DELETE", path, whole.machine())).status_code == 404


class TestPage:
    async def test_the_page_offers_both_ways_and_says_what_is_wrong(
        self, whole: Whole, browser: httpx2.AsyncClient
    ) -> None:
        one = Somebody()
        await whole.push(one.document())
        await signed_in(whole, browser, one.claims())
        shown = await browser.get("/bind", headers={"accept": "text/html"})
        token = shown.text.split('name="form_token" value="')[1].split('"')[0]

        async def typed(path: str, **fields: str) -> httpx2.Response:
            return await browser.post(
                path,
                data={"form_token": token, **fields},
                headers={"origin": OUR_CALL["origin"], "accept": "text/html"},
            )

        short = await typed("/bind/match", number="12")
        wrong = await typed("/bind/match", number="99999//9999999")
        no_code = await typed("/bind", code="0000-0000-0000-0000")
        right = await typed("/bind/match", number=one.number)

        assert 'action="/bind"' in shown.text
        assert 'action="/bind/match"' in shown.text
        assert [short.status_code, wrong.status_code, no_code.status_code] == [422, 422, 422]
        assert "nicht sicher finden" in wrong.text
        assert "99999//9999999" not in wrong.text
        assert (right.status_code, right.headers["location"]) == (303, "/mandates")
        assert await mandates(browser) == 1

    async def test_another_sites_page_matches_nobody(
        self, whole: Whole, browser: httpx2.AsyncClient
    ) -> None:
        one = Somebody()
        await whole.push(one.document())
        await signed_in(whole, browser, one.claims())

        for headers in ({"origin": "https://evil.example"}, {}):
            response = await browser.post(
                "/bind/match", data={"number": one.number}, headers=headers
            )
            assert response.status_code == 401
        assert await mandates(browser) == 0


def test_a_claim_that_is_none_is_no_reason_to_refuse_a_sign_in() -> None:
    assert Attributes.read({}) is None
    assert Attributes.read({"given_name": 1, "family_name": [], "birthdate": "1988-01-01"}) is None
