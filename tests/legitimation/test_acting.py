"""Acting for somebody, over HTTP: each kind in the log of whom it is about, and to its end."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from tests.doubles.lying_provider import ORIGIN
from tests.legitimation.test_kinds import Stage, stage, used_by
from tests.refuge import STREET, family, listed, protect
from tests.service import OUR_CALL, Whole

__all__ = ["stage"]

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
PAGE = {"accept": "text/html"}
# Who acts for whom, what an objection does, and which fields a question of the need uses.
KINDS: dict[str, tuple[str, str, str, set[str]]] = {
    "PARENT": ("p3", "p1", "passed_on", {"benefit.standard_need"}),
    "GUARDIAN": ("p1", "rep1", "passed_on", {"benefit.standard_need"}),
    "PROXY": ("p1", "rep1", "ended", {"benefit.standard_need"}),
    "LEGAL_COUNSEL": ("p1", "rep1", "ended", {"benefit.standard_need"}),
    "PRESUMED_38": ("p2", "p1", "ended", set()),
    "INSTITUTION": ("p1", "rep1", "ended", {"benefit.standard_need"}),
}


@pytest.fixture
def ahead(whole: Whole) -> Iterator[Whole]:
    """For a test that moves the clock to another day: back to where it was, afterwards."""
    before = whole.clock.now
    yield whole
    whole.clock.now = before + SECOND


def turning(whole: Whole, years: int) -> tuple[str, datetime]:
    """The birthday of somebody who is so old from the next midnight on, and that midnight."""
    day = whole.clock().astimezone(BERLIN).date() + timedelta(days=1)
    if (day.month, day.day) == (2, 29):
        day += timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    return date(day.year - years, day.month, day.day).isoformat(), midnight


async def log_of(stage: Stage, who: str) -> list[dict[str, object]]:
    told = await stage.whole.call("GET", "/v1/me/access-log", stage.whole.citizen(who))
    assert told.status_code == 200, told.text
    found: list[dict[str, object]] = told.json()["accesses"]
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_az_07_whom_it_is_about_sees_each_access_and_says_no_to_it(
    whole: Whole, kind: str
) -> None:
    """AP-11: recorded by the office, used, in the log of the represented person, and ended."""
    grantor, grantee, effect, fields = KINDS[kind]
    stage = await Stage.set(whole, born=f"{whole.clock().year - 16}-01-01")
    mandate = await stage.record(kind, grantor, grantee, grantee_label="Rita Roth")
    acting, represented = await stage.bound(grantee), await stage.bound(grantor)
    assert await log_of(stage, represented) == []

    assert {field for _, field in await used_by(stage, acting, mandate)} == fields

    (seen,) = await log_of(stage, represented)
    by, used = seen["acting"], seen["used"]
    assert isinstance(by, dict)
    assert isinstance(used, list)
    assert (by["kind"], by["name"], by["mandate"]) == (kind, "Rita Roth", mandate)
    assert {each["field"] for each in used} == fields
    assert (await stage.object_to(represented, mandate)).json() == {"effect": effect}
    if effect == "passed_on":
        assert (await stage.ask(acting, mandate)).status_code == 200
        await stage.revoke(kind, grantor, grantee)
    assert (await stage.ask(acting, mandate)).status_code == 404
    assert await stage.about(represented) == []


async def test_az_07_a_parents_mandate_ends_at_the_midnight_at_which_the_child_is_eighteen(
    ahead: Whole,
) -> None:
    """§ 2 BGB, in Germany; a second before is the twin. The child's own goes on all the while."""
    born, midnight = turning(ahead, 18)
    stage = await Stage.set(ahead, born=born)
    mandate = await stage.record("PARENT", "p3", "p1")
    parent, child = await stage.bound("p1"), await stage.bound("p3")

    ahead.clock.now = midnight - SECOND
    assert (await stage.ask(parent, mandate)).status_code == 200
    assert [each["kind"] for each in await stage.mandates(child)] == ["SELF"]
    ahead.clock.now = midnight
    assert (await stage.ask(parent, mandate)).status_code == 404
    assert [each["kind"] for each in await stage.mandates(parent)] == ["SELF"]
    assert [each["kind"] for each in await stage.mandates(child)] == ["SELF"]


async def test_az_07_at_the_midnight_of_fifteen_the_childs_own_begins_beside_the_parents(
    ahead: Whole,
) -> None:
    """§ 36(1) SGB I: a second before, the very same code binds nobody."""
    born, midnight = turning(ahead, 15)
    stage = await Stage.set(ahead, born=born)
    mandate = await stage.record("PARENT", "p3", "p1")
    parent = await stage.bound("p1")
    place = {"case": stage.ref, "person": "p3"}
    ahead.clock.now = midnight - SECOND
    codes = "/v1/integration/activation-codes"
    code = (await ahead.call("POST", codes, ahead.machine(), place)).json()["code"]
    who = f"p3-{stage.ref}"

    async def redeem() -> int:
        given = {"activation_code": code}
        return (await ahead.call("POST", "/v1/bindings", ahead.citizen(who), given)).status_code

    assert await redeem() == 404
    ahead.clock.now = midnight
    assert await redeem() == 201

    (own,) = await stage.mandates(who)
    assert own["kind"] == "SELF"
    assert await used_by(stage, who, own["id"]) == {(stage.ids["p3"], "benefit.standard_need")}
    assert (await stage.ask(parent, mandate)).status_code == 200


async def test_az_07_a_guardian_sees_nothing_beyond_the_courts_scope(stage: Stage) -> None:
    """§ 1815 BGB. The twin is the same guardian, after the court widened the scope."""
    mandate = await stage.record("GUARDIAN", "p1", "rep1", groups=["appointment"])
    guardian = await stage.bound("rep1")

    before = (await stage.ask(guardian, mandate)).json()
    wider = stage.order("GUARDIAN", "p1", "rep1", groups=["appointment", "benefit"])
    assert (await stage.put(wider, "GUARDIAN")).status_code == 200

    assert before["used"] == []
    assert [(held["field"], held["reason"]) for held in before["withheld"]] == [
        ("benefit.standard_need", "not_mandated")
    ]
    assert await used_by(stage, guardian, mandate) == {(stage.ids["p1"], "benefit.standard_need")}


async def test_az_07_a_presumption_opens_no_field_at_all(stage: Stage) -> None:
    """§ 38 SGB II. A proxy between the same two is the twin."""
    presumed = await stage.record("PRESUMED_38", "p2", "p1")
    proxy = await stage.record("PROXY", "p2", "p1")
    who = await stage.bound("p1")

    opened = {
        mandate: [
            field
            for field in (await listed(stage.whole, who, stage.ids["case"], mandate)).values()
            if field["shown"]
        ]
        for mandate in (presumed, proxy)
    }

    assert opened[presumed] == []
    assert opened[proxy]


@pytest.mark.parametrize("kind", ["PARENT", "PROXY", "LEGAL_COUNSEL", "GUARDIAN"])
async def test_az_07_whoever_lost_capacity_acts_for_nobody_until_they_have_it_again(
    stage: Stage, kind: str
) -> None:
    """§§ 11(1), 13 SGB X: and is still shown what is their own."""
    grantor, grantee = ("p3", "p1") if kind == "PARENT" else ("p1", "rep1")
    mandate = await stage.record(kind, grantor, grantee)
    who = await stage.bound(grantee)

    told = {}
    for event in ("capacity_lost", "capacity_regained"):
        assert (await stage.told(grantee, event)).status_code == 200
        kinds = {each["kind"] for each in await stage.mandates(who)}
        told[event] = ((await stage.ask(who, mandate)).status_code, kinds - {"SELF"})

    assert told == {"capacity_lost": (404, set()), "capacity_regained": (200, {kind})}


class TestReserved:
    """A reservation of consent (§ 1825 BGB): in those groups the ward does not act alone."""

    async def decide(self, stage: Stage, who: str, mandate: str, decision: str) -> dict[str, int]:
        """What saying this to the first choice of each group gives, by group."""
        consents = f"/v1/cases/{stage.ids['case']}/consents"
        headers = stage.whole.citizen(who, "high") | {"klarfall-mandate": mandate}
        listed = await stage.whole.call("GET", consents, headers)
        catalogue = stage.whole.parts.rulebook.catalogue
        found: dict[str, int] = {}
        for each in listed.json()["choices"]:
            group = catalogue[each["field"]].group
            if group not in found:
                path = f"{consents}/{each['field']}/{each['purpose']}"
                given = {"decision": decision, "notice": each["notice"]}
                told = await stage.whole.call("PUT", path, headers, given)
                found[group] = told.status_code
        return found

    async def test_in_those_groups_a_ward_only_says_no_and_elsewhere_both(
        self, stage: Stage
    ) -> None:
        """§ 11(2) SGB X; Art. 7(3) GDPR: what one may read and withdraw stays."""
        ward = await stage.bound("p1")
        (own,) = await stage.mandates(ward)
        free = await self.decide(stage, ward, own["id"], "granted")
        reserved, other = sorted(free)[:2]
        groups = [reserved, other, "benefit"]
        mandate = await stage.record(
            *("GUARDIAN", "p1", "rep1"), groups=groups, reserved=[reserved]
        )
        guardian = await stage.bound("rep1")

        granted = await self.decide(stage, ward, own["id"], "granted")
        refused = await self.decide(stage, ward, own["id"], "refused")
        by_guardian = await self.decide(stage, guardian, mandate, "granted")
        (about,) = await stage.about(ward)
        assert await used_by(stage, ward, own["id"])
        await stage.revoke("GUARDIAN", "p1", "rep1")

        assert set(free.values()) == {204}
        assert granted == {**free, reserved: 404}
        assert refused == free
        assert (by_guardian[reserved], by_guardian[other]) == (204, 204)
        assert (about["reserved"], about["groups"]) == ([reserved], sorted(groups))
        assert await self.decide(stage, ward, own["id"], "granted") == free

    async def test_it_does_not_hang_on_the_guardian(self, stage: Stage) -> None:
        """§ 1869 BGB: who is to come after a guardian who died is for the court to say."""
        mandate = await stage.record(
            *("GUARDIAN", "p1", "rep1"), groups=["benefit", "health"], reserved=["health"]
        )
        guardian, ward = await stage.bound("rep1"), await stage.bound("p1")
        (own,) = await stage.mandates(ward)
        gone = await stage.told("rep1", "died")

        assert gone.status_code == 200
        assert (await stage.ask(guardian, mandate)).status_code == 404
        granted = await self.decide(stage, ward, own["id"], "granted")
        assert granted["health"] == 404
        assert set(granted.values()) == {204, 404}

    @pytest.mark.parametrize(
        ("kind", "reserved", "taken"),
        [
            ("GUARDIAN", ["benefit"], True),
            ("GUARDIAN", ["housing"], False),
            ("GUARDIAN", ["*"], False),
            ("PROXY", ["benefit"], False),
        ],
        ids=["of a task", "beyond the tasks", "of everything", "by a proxy"],
    )
    async def test_a_court_reserves_within_a_guardians_tasks_and_nobody_else_does(
        self, stage: Stage, kind: str, reserved: list[str], *, taken: bool
    ) -> None:
        told = await stage.put(
            stage.order(kind, "p1", "rep1", groups=["benefit"], reserved=reserved)
        )

        assert told.status_code == (200 if taken else 422), told.text
        if not taken:
            assert {each["location"] for each in told.json()["errors"]} == {"reserved"}

    async def test_the_ward_is_told_on_the_page(self, stage: Stage) -> None:
        await stage.record(
            *("GUARDIAN", "p1", "rep1"), groups=["benefit", "health"], reserved=["health"]
        )
        ward = await stage.bound("p1")

        async with stage.whole.browser() as browser:
            await stage.whole.sign_in(browser, ward)
            page = unescape((await browser.get("/mandates", headers=PAGE)).text)
            consents = unescape((await browser.get("/consents", headers=PAGE)).text)

        assert "Einwilligungsvorbehalt (§ 1825 BGB)" in page
        rows = re.findall(r"<li id=.*?</li>", consents, re.DOTALL)
        health = [row for row in rows if "health." in row]
        others = [row for row in rows if row not in health]
        assert health
        assert others
        assert all('value="granted"' not in row and 'value="refused"' in row for row in health)
        assert all('value="granted"' in row for row in others)


async def test_the_page_says_for_whom_and_so_does_every_page_after_choosing(stage: Stage) -> None:
    """SE-15"""
    mandate = await stage.record("PROXY", "p2", "p1", label="Bo Ekdahl")
    who = await stage.bound("p1")

    async with stage.whole.browser() as browser:
        await stage.whole.sign_in(browser, who)
        page = unescape((await browser.get("/mandates", headers=PAGE)).text)
        found = re.search(r'name="form_token" value="(\w+)"', page)
        assert found is not None
        chosen = {"form_token": found[1], "mandate": mandate}
        sent = await browser.post("/mandates", data=chosen, headers={**PAGE, "origin": ORIGIN})
        after = [
            unescape((await browser.get(path, headers=PAGE)).text)
            for path in ("/ask", "/mandates", "/consents", "/fields", "/protection", "/accesses")
        ]

    assert "Für Bo Ekdahl" in page
    assert "Vollmacht (§ 13 SGB X)" in page
    assert "Sie handeln für Bo Ekdahl" not in page
    assert sent.headers["location"] == "/ask"
    assert all("Sie handeln für Bo Ekdahl" in each for each in after)


@pytest.mark.parametrize(("grantee", "way"), [("rep1", "/bind"), ("p2", "/mandates")])
async def test_whoever_has_no_file_of_their_own_is_not_sent_in_a_circle(
    stage: Stage, grantee: str, way: str
) -> None:
    """To change to oneself first is advice for whoever can."""
    mandate = await stage.record("PROXY", "p1", grantee)
    who = await stage.bound(grantee)

    async with stage.whole.browser() as browser:
        await stage.whole.sign_in(browser, who)
        call = f"/v1/mandates/{mandate}/activate"
        assert (await browser.post(call, headers=OUR_CALL)).status_code == 204
        pages = [
            (await browser.get(each, headers=PAGE)).text for each in ("/accesses", "/protection")
        ]

    for page in pages:
        told = page[page.index("<main") : page.index("</main>")]
        assert re.findall(r'href="([^"]*)"', told) == [way]
        assert ("keiner eigenen Akte" in unescape(told)) is (way == "/bind")


@pytest.mark.parametrize("kind", ["PARENT", "GUARDIAN", "PROXY", "LEGAL_COUNSEL", "INSTITUTION"])
async def test_az_15_where_somebody_lives_is_kept_from_every_kind_of_representative(
    whole: Whole, kind: str
) -> None:
    """Address, phone, account and appointment, at once; a moment before is the twin."""
    document = family()
    ref, ids = await whole.push(document)
    stage = Stage(whole=whole, ref=ref, ids=ids)
    grantor, grantee = ("p3", "p2") if kind == "PARENT" else ("p1", "rep1")
    scope = (
        {}
        if kind in {"PARENT", "PROXY", "LEGAL_COUNSEL"}
        else {"groups": ["person", "appointment", "benefit"]}
    )
    mandate = await stage.record(kind, grantor, grantee, **scope)
    who = await stage.bound(grantee)
    leading = {"person.address", "person.phone", "appointment.next"}

    async def shown() -> set[str]:
        fields = await listed(whole, who, ids["case"], mandate)
        return {name for name, field in fields.items() if field["shown"]}

    before = await shown()
    assert (await protect(whole, ref, grantor)).status_code == 204
    after = await shown()

    assert leading <= before
    assert not (leading | {"person.bank_account"}) & after
    assert "benefit.standard_need" in after
    told = await stage.ask(who, mandate)
    assert STREET not in told.text
