"""A person's own access log: complete, theirs alone, and with a way to say no."""

import re
from secrets import token_hex
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.lifecycle_home import erase
from tests.refuge import asked, entrust, family, listed, mandates, protect, trail
from tests.service import Whole

LOG = "/v1/me/access-log"
HTML = {"accept": "text/html"}


class Home:
    """`p1` and `p2`, bound; `p2` asked for `p1`, and `p1` for themselves."""

    def __init__(self, whole: Whole, ref: str, ids: dict[str, str]) -> None:
        self.whole, self.ref, self.ids, self.case = whole, ref, ids, ids["case"]
        self.left = self.stayed = self.own = self.proxy = self.partner = ""

    async def settle(self) -> "Home":
        self.left = await self.whole.bound(self.ref, "p1")
        self.stayed = await self.whole.bound(self.ref, "p2")
        self.proxy = await entrust(self.whole, self.ref, kind="PROXY", grantor="p1", grantee="p2")
        self.own = (await mandates(self.whole, self.left))["SELF", self.ids["p1"]]
        self.partner = (await mandates(self.whole, self.stayed))["SELF", self.ids["p2"]]
        return self

    async def log(self, who: str = "", **query: Any) -> dict[str, Any]:
        answer = await self.whole.call(
            "GET",
            LOG,
            self.whole.citizen(who or self.left),
            params=query,
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
async def home(whole: Whole) -> Home:
    ref, ids = await whole.push(family())
    return await Home(whole, ref, ids).settle()


async def test_each_use_is_told_with_who_when_why_what_on_which_law(
    whole: Whole, home: Home
) -> None:
    """AP-11, AZ-09: from the same decisions that the answers rest on."""
    theirs = (await asked(whole, home.stayed, home.case, home.proxy)).json()
    mine = (await asked(whole, home.left, home.case, home.own)).json()

    newest, before = (await home.log())["accesses"]

    assert (before["acting"]["kind"], before["acting"]["name"]) == ("PROXY", "Bo Ekdahl")
    assert before["acting"]["mandate"] == home.proxy
    assert (newest["acting"]["kind"], newest["acting"]["name"]) == ("SELF", None)
    for access, answer in ((before, theirs), (newest, mine)):
        assert access["purpose"] == "answer_own_question"
        assert [used["field"] for used in access["used"]] == ["appointment.next"]
        assert all("§ 83 SGB X" in used["basis"] for used in access["used"])
        assert (access["status"], access["composer"]) == (answer["status"], answer["composer"])
        assert access["receipt"] == answer["receipt"]["entry"]
        assert len(access["policy"]) == 64
    assert newest["at"] >= before["at"]


async def test_that_a_representative_read_is_told_when_they_are_erased_and_not_who(
    whole: Whole, home: Home
) -> None:
    """AP-11: when, for what, on which law; the name and the button go with the person."""
    await asked(whole, home.stayed, home.case, home.proxy)
    (before,) = (await home.log())["accesses"]
    await erase(whole, home.stayed)
    (after,) = (await home.log())["accesses"]
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.left)
        german, english = [await of(browser, "/accesses", each) for each in ("de", "en")]

    gone = {"name": None, "erased": True}
    assert (before["acting"]["name"], before["acting"]["erased"]) == ("Bo Ekdahl", False)
    assert after == {**before, "acting": {**before["acting"], **gone}}
    assert after["acting"]["kind"] == "PROXY"
    assert "§ 83 SGB X" in after["used"][0]["basis"]
    assert "Bo Ekdahl" not in german
    assert "Bevollmächtigte Person" in german
    assert "Die Angaben zu dieser Person wurden gelöscht." in german
    assert "The details of this person were erased." in english
    assert 'action="/mandates/objections"' not in german


async def test_what_gave_no_answer_is_told_as_well(whole: Whole, home: Home) -> None:
    await listed(whole, home.stayed, home.case, home.proxy)

    (access,) = (await home.log())["accesses"]

    assert (access["status"], access["receipt"]) == (None, None)
    assert "benefit.standard_need" in {used["field"] for used in access["used"]}
    assert access["hosting"] == "no_model"
    assert {used["to_model"] for used in access["used"]} == {"none"}


async def test_the_log_is_read_page_by_page_and_nothing_twice(whole: Whole, home: Home) -> None:
    for _ in range(5):
        await asked(whole, home.left, home.case, home.own)
    whole_log = [each["id"] for each in (await home.log())["accesses"]]

    pages: list[list[str]] = []
    after: object = None
    while not pages or after:
        query: dict[str, Any] = {"after": after} if after else {}
        page = await home.log(most=2, **query)
        pages.append([each["id"] for each in page["accesses"]])
        after = page["next"]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == whole_log
    assert (await home.log(after=whole_log[-1])) == {"accesses": [], "officers": [], "next": None}


async def test_whoever_acts_for_another_finds_no_log_of_theirs(whole: Whole, home: Home) -> None:
    """AZ-02: not with the mandate, not with a page's place, protected or not."""
    await asked(whole, home.left, home.case, home.own)
    (entry,) = (await home.log())["accesses"]
    for_another = whole.citizen(home.stayed) | {"klarfall-mandate": home.proxy}

    refused = [await whole.call("GET", LOG, for_another)]
    await protect(whole, home.ref, "p1")
    refused.append(await whole.call("GET", LOG, for_another))
    refused.append(await whole.call("GET", LOG, whole.citizen(token_hex(6))))

    assert {each.status_code for each in refused} == {404}
    assert len({str({**each.json(), "request": ""}) for each in refused}) == 1
    assert len({len(each.content) for each in refused}) == 1
    own = await home.log(home.stayed)
    assert own == {"accesses": [], "officers": [], "next": None}
    foreign = await home.log(home.stayed, after=entry["id"])
    unknown = await home.log(home.stayed, after=uuid4())
    assert foreign == unknown == {"accesses": [], "officers": [], "next": None}


async def test_ones_own_log_holds_nothing_of_another_member(whole: Whole, home: Home) -> None:
    """AZ-15: what the partner asked about himself is his."""
    await asked(whole, home.stayed, home.case, home.partner)

    assert (await home.log())["accesses"] == []
    (his,) = (await home.log(home.stayed))["accesses"]
    assert his["acting"]["kind"] == "SELF"


async def test_a_use_that_was_held_back_says_nothing_of_a_flag(whole: Whole, home: Home) -> None:
    await protect(whole, home.ref, "p1")
    await listed(whole, home.stayed, home.case, home.partner)

    told = await home.log(home.stayed)

    assert "protect" not in str(told)
    (access,) = told["accesses"]
    assert "housing.landlord" not in {used["field"] for used in access["used"]}


async def test_reading_the_log_is_in_the_trail(whole: Whole, home: Home) -> None:
    await asked(whole, home.left, home.case, home.own)
    await home.log()

    (read,) = await trail(whole, "access_log_read", home.ids["p1"])

    assert read["hits"] == 1


@pytest.mark.parametrize("query", ["after=Quittengelee", "most=0", "most=101", "most=Quittengelee"])
async def test_a_page_that_is_none_is_refused_without_an_echo(
    whole: Whole, home: Home, query: str
) -> None:
    answer = await whole.call("GET", f"{LOG}?{query}", whole.citizen(home.left))

    assert answer.status_code == 422
    assert "Quittengelee" not in answer.text


async def test_a_password_sees_no_log(whole: Whole, home: Home) -> None:
    """SU-06; the accepted twin is every test above."""
    answer = await whole.call("GET", LOG, whole.citizen(home.left, "basic"))

    assert (answer.status_code, answer.json()["code"]) == (401, "step_up_required")


async def of(browser: httpx2.AsyncClient, path: str, language: str = "de") -> str:
    answer = await browser.get(path, headers=HTML, params={"lang": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def post(
    whole: Whole, browser: httpx2.AsyncClient, path: str, **data: str
) -> httpx2.Response:
    return await browser.post(
        path, data=data, headers={**HTML, "origin": str(whole.browser().base_url).rstrip("/")}
    )


@pytest.mark.parametrize(
    ("language", "who", "law"),
    [
        ("de", "Bevollmächtigte Person", "Art. 15 DSGVO"),
        ("en", "power of attorney", "Art. 15 GDPR"),
    ],
    ids=["de", "en"],
)
async def test_the_page_tells_it_in_plain_words(
    whole: Whole, home: Home, language: str, who: str, law: str
) -> None:
    await asked(whole, home.stayed, home.case, home.proxy)
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.left)
        page = await of(browser, "/accesses", language)

    assert who in page
    assert "Bo Ekdahl" in page
    assert f"{law}, § 83 SGB X" in page
    assert "appointment.next" not in page
    assert 'href="/protection"' in page


async def test_one_button_objects_and_the_other_acts_no_more(whole: Whole, home: Home) -> None:
    """AZ-07."""
    await asked(whole, home.stayed, home.case, home.proxy)
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.left)
        page = await of(browser, "/accesses")
        said = await post(
            whole, browser, "/mandates/objections", form_token=form_token(page), mandate=home.proxy
        )

    assert 'action="/mandates/objections"' in page
    assert said.status_code in {200, 303}
    assert home.proxy not in (await mandates(whole, home.stayed)).values()
    assert (await asked(whole, home.stayed, home.case, home.proxy)).status_code == 404


async def test_the_page_shows_whoever_acts_for_another_nothing_but_the_way_back(
    whole: Whole, home: Home
) -> None:
    await asked(whole, home.left, home.case, home.own)
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.stayed)
        choosing = await of(browser, "/mandates")
        chosen = await post(
            whole, browser, "/mandates", form_token=form_token(choosing), mandate=home.proxy
        )
        page = await of(browser, "/accesses")
        protection = await of(browser, "/protection")

    assert chosen.status_code == 303
    assert "Wechseln Sie zuerst" in page
    assert "Wechseln Sie zuerst" in protection
    assert "data-access" not in page
    assert 'action="/protection"' not in protection


async def test_protection_is_one_button_and_says_what_it_does(whole: Whole, home: Home) -> None:
    """SE-09: from the page's own form alone."""
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.left)
        page = await of(browser, "/protection")
        forged = await post(whole, browser, "/protection", form_token="0" * 64)
        between = await of(browser, "/protection")
        done = await post(whole, browser, "/protection", form_token=form_token(page))
        after = await of(browser, "/protection")
        kept = await listed(whole, home.stayed, home.case, home.proxy)
        ended = await post(
            whole, browser, "/protection/end", form_token=form_token(after), sure="yes"
        )
        at_last = await of(browser, "/protection")

    assert "Sie müssen keinen Grund nennen" in page
    assert (forged.status_code, done.status_code, ended.status_code) == (401, 303, 303)
    assert "protection-state" not in between
    assert "protection-state" in after
    assert not kept["person.address"]["shown"]
    assert "protection-state" not in at_last


async def test_the_page_says_what_the_office_set_and_offers_no_end_to_it(
    whole: Whole, home: Home
) -> None:
    await protect(whole, home.ref, "p1", ground="shelter")
    async with whole.browser() as browser:
        await whole.sign_in(browser, home.left)
        page = await of(browser, "/protection")

    assert "protection-office" in page
    assert 'action="/protection/end"' not in page
    assert "shelter" not in page
