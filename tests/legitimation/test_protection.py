"""Safe at home, over HTTP: set by the office or the person, kept from everybody else at once."""

from collections.abc import Mapping
from secrets import token_hex

import psycopg
import pytest

from app.catalogue.rulebook import Rulebook
from tests.refuge import (
    CANARIES,
    PLACE,
    asked,
    entrust,
    family,
    kept_items,
    listed,
    mandates,
    protect,
    trail,
)
from tests.service import Whole

MINE = "/v1/me/protection"


class Home:
    """`p1` and `p2`, bound, and `p2`'s proxy for `p1`."""

    def __init__(self, whole: Whole, ref: str, ids: dict[str, str]) -> None:
        self.whole, self.ref, self.ids = whole, ref, ids
        self.case = ids["case"]
        self.left = self.stayed = self.own = self.proxy = self.partner = ""

    async def settle(self) -> "Home":
        self.left = await self.whole.bound(self.ref, "p1")
        self.stayed = await self.whole.bound(self.ref, "p2")
        self.proxy = await entrust(self.whole, self.ref, kind="PROXY", grantor="p1", grantee="p2")
        self.own = (await mandates(self.whole, self.left))["SELF", self.ids["p1"]]
        self.partner = (await mandates(self.whole, self.stayed))["SELF", self.ids["p2"]]
        return self


@pytest.fixture
async def home(whole: Whole) -> Home:
    ref, ids = await whole.push(family())
    return await Home(whole, ref, ids).settle()


def shown(fields: Mapping[str, Mapping[str, object]]) -> set[str]:
    return {name for name, field in fields.items() if field["shown"]}


async def test_what_leads_to_a_protected_person_is_kept_from_a_proxy_at_once(
    whole: Whole, home: Home, rulebook: Rulebook
) -> None:
    """AZ-07, AZ-15: and nothing else is; the accepted twin is the same call a moment before."""
    before = shown(await listed(whole, home.stayed, home.case, home.proxy))
    told = await asked(whole, home.stayed, home.case, home.proxy)
    assert PLACE in told.text

    assert (await protect(whole, home.ref, "p1", ground="shelter")).status_code == 204
    after = shown(await listed(whole, home.stayed, home.case, home.proxy))
    answer = await asked(whole, home.stayed, home.case, home.proxy)

    locating = rulebook.catalogue.locating
    assert before >= {"person.address", "person.phone", "appointment.next", "housing.landlord"}
    assert after == before - locating
    assert not any(canary in answer.text for canary in CANARIES)
    assert {each["field"]: each["reason"] for each in answer.json()["withheld"]} == {
        "appointment.next": "no_basis"
    }


async def test_the_person_sees_everything_of_their_own_all_the_same(
    whole: Whole, home: Home
) -> None:
    before = await listed(whole, home.left, home.case, home.own)

    await protect(whole, home.ref, "p1", ground="register_block")

    assert await listed(whole, home.left, home.case, home.own) == before
    assert PLACE in (await asked(whole, home.left, home.case, home.own)).text


async def test_the_household_does_not_lead_the_partner_to_who_left(
    whole: Whole, home: Home, rulebook: Rulebook
) -> None:
    """AZ-15: his own data stays his; what of the household would tell her place does not."""
    before = shown(await listed(whole, home.stayed, home.case, home.partner))

    await whole.call("PUT", MINE, whole.citizen(home.left))
    after = shown(await listed(whole, home.stayed, home.case, home.partner))

    assert before - after == {
        field.name
        for field in rulebook.catalogue
        if field.locating and field.stored == "household" and field.name in before
    }
    assert {"housing.landlord", "benefit.next_payment"} <= before - after
    assert {"person.address", "benefit.payments"} <= after


async def test_nobody_else_can_tell_a_flag_from_a_field_without_a_basis(
    whole: Whole, home: Home
) -> None:
    """The reason, the members and the marks of it are those of `file.notes`, shown to nobody."""
    await protect(whole, home.ref, "p1", ground="separation")
    fields = await listed(whole, home.stayed, home.case, home.proxy)
    answer = await asked(whole, home.stayed, home.case, home.proxy)
    previewed = await whole.call(
        "POST",
        f"/v1/cases/{home.case}/questions/preview",
        whole.citizen(home.stayed) | {"klarfall-mandate": home.proxy},
        {"question": "Wann ist mein nächster Termin?", "language": "de"},
    )
    receipt = await whole.call(
        "GET", f"/v1/answers/{answer.json()['id']}/receipt", whole.citizen(home.stayed)
    )
    me = await whole.call("GET", "/v1/me", whole.citizen(home.stayed))

    hidden, natural = fields["person.address"], fields["file.notes"]
    assert hidden.keys() == natural.keys()
    assert (hidden["shown"], hidden["reason"]) == (natural["shown"], natural["reason"])
    for response in (answer, previewed, receipt, me):
        assert response.status_code in {200, 202}
        assert "protect" not in response.text
        assert "shelter" not in response.text
    assert "protected" not in str(fields)


async def test_the_true_reason_is_kept_sealed_with_the_decision(whole: Whole, home: Home) -> None:
    await protect(whole, home.ref, "p1")
    await asked(whole, home.stayed, home.case, home.proxy)

    (kept,) = await kept_items(whole, home.ids["p1"])
    released = (await trail(whole, "released", home.ids["p1"]))[-1]["decisions"]

    assert (kept["field"], kept["to_person"]) == ("appointment.next", False)
    assert (kept["reason"], kept["model_reason"]) == ("protected", "protected")
    assert isinstance(released, list)
    assert [each["reason"] for each in released if isinstance(each, dict)] == ["no_basis"]


async def test_a_weak_sign_in_finds_the_same_with_and_without_a_flag(
    whole: Whole, home: Home
) -> None:
    async def seen() -> object:
        answer = await whole.call(
            "GET",
            f"/v1/cases/{home.case}/fields",
            whole.citizen(home.stayed, "low") | {"klarfall-mandate": home.proxy},
        )
        return answer.json()["fields"]

    before = [f for f in await seen() if f["field"].startswith("person.")]  # type: ignore[attr-defined]  # a list of fields
    await protect(whole, home.ref, "p1")
    after = [f for f in await seen() if f["field"].startswith("person.")]  # type: ignore[attr-defined]  # as above

    assert before == after
    assert {field["reason"] for field in after} == {"assurance_too_low"}


async def test_a_father_acting_for_a_child_is_not_led_to_its_mother(
    whole: Whole, home: Home
) -> None:
    """AZ-15."""
    parent = await entrust(
        whole,
        home.ref,
        kind="PARENT",
        grantor="p3",
        grantee="p2",
        evidence="birth_certificate",
    )
    before = shown(await listed(whole, home.stayed, home.case, parent))

    await whole.call("PUT", MINE, whole.citizen(home.left))
    after = shown(await listed(whole, home.stayed, home.case, parent))

    assert {"person.address", "person.phone"} <= before
    assert not {"person.address", "person.phone", "appointment.next"} & after
    assert "benefit.standard_need" in after


async def test_a_presumed_mandate_is_silently_no_more_and_back_when_the_flag_is_lifted(
    whole: Whole, home: Home
) -> None:
    """§ 38 SGB II: a presumption that indications against it end."""
    presumed = await entrust(
        whole,
        home.ref,
        kind="PRESUMED_38",
        grantor="p1",
        grantee="p2",
        evidence="joint_application",
        actions=("submit",),
    )
    assert presumed in (await mandates(whole, home.stayed)).values()

    await protect(whole, home.ref, "p1")
    without = await mandates(whole, home.stayed)
    await protect(whole, home.ref, "p1", protected=False)

    assert presumed not in without.values()
    assert home.proxy in without.values()
    assert presumed in (await mandates(whole, home.stayed)).values()


async def test_an_answer_kept_from_before_leads_nobody_there_either(
    whole: Whole, home: Home
) -> None:
    """The twin that leads nowhere is still there, and so is hers."""
    path = "/v1/answers/{}"
    place = (await asked(whole, home.stayed, home.case, home.proxy)).json()["id"]
    need = await asked(whole, home.stayed, home.case, home.proxy, "Wie hoch ist mein Regelbedarf?")
    hers = (await asked(whole, home.left, home.case, home.own)).json()["id"]
    read = await whole.call("GET", path.format(place), whole.citizen(home.stayed))
    assert PLACE in read.text

    await protect(whole, home.ref, "p1")
    gone = await whole.call("GET", path.format(place), whole.citizen(home.stayed))
    unknown = await whole.call("GET", path.format(home.case), whole.citizen(home.stayed))
    still = await whole.call("GET", path.format(need.json()["id"]), whole.citizen(home.stayed))
    own = await whole.call("GET", path.format(hers), whole.citizen(home.left))

    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    assert {**gone.json(), "request": ""} == {**unknown.json(), "request": ""}
    assert still.status_code == 200
    assert PLACE in own.text


async def test_what_the_office_set_the_person_cannot_lift_and_the_other_way_round(
    whole: Whole, home: Home
) -> None:
    async def by() -> list[str]:
        return (await whole.call("GET", MINE, whole.citizen(home.left))).json()["by"]  # type: ignore[no-any-return]  # as the body has it

    assert await by() == []
    await protect(whole, home.ref, "p1", ground="other")
    for method in ("PUT", "DELETE"):
        changed = await whole.call(method, MINE, whole.citizen(home.left))
        assert (changed.status_code, changed.text) == (204, "")
        assert await by() == (["office", "person"] if method == "PUT" else ["office"])
    await whole.call("PUT", MINE, whole.citizen(home.left))
    await protect(whole, home.ref, "p1", protected=False)

    assert await by() == ["person"]
    hidden = await listed(whole, home.stayed, home.case, home.proxy)
    assert not hidden["person.address"]["shown"]


async def test_only_oneself_sets_lifts_and_sees_it(whole: Whole, home: Home) -> None:
    """AZ-02: whoever acts for another finds what is not there, set or not."""
    for_another = whole.citizen(home.stayed) | {"klarfall-mandate": home.proxy}
    before = [await whole.call(m, MINE, for_another) for m in ("GET", "PUT", "DELETE")]
    await protect(whole, home.ref, "p1")
    after = [await whole.call(m, MINE, for_another) for m in ("GET", "PUT", "DELETE")]
    stranger = await whole.call("GET", MINE, whole.citizen(token_hex(6)))

    for response in (*before, *after, stranger):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    mine = await whole.call("GET", MINE, whole.citizen(home.stayed))
    assert mine.json() == {"protected": False, "by": []}


async def test_it_is_set_with_any_sign_in_and_lifted_or_seen_with_a_strong_one(
    whole: Whole, home: Home
) -> None:
    weak = whole.citizen(home.left, "basic")

    assert (await whole.call("PUT", MINE, weak)).status_code == 204
    for method in ("GET", "DELETE"):
        refused = await whole.call(method, MINE, weak)
        assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    strong = await whole.call("GET", MINE, whole.citizen(home.left))
    assert strong.json() == {"protected": True, "by": ["person"]}


async def test_each_change_is_in_the_trail_and_none_of_it_is_in_clear(
    whole: Whole, home: Home, one_service: Whole
) -> None:
    """AP-11: who, for whom and when; the ground is sealed with the person's key."""
    await protect(whole, home.ref, "p1", ground="shelter")
    await whole.call("PUT", MINE, whole.citizen(home.left))
    await whole.call("PUT", MINE, whole.citizen(home.left))
    await whole.call("DELETE", MINE, whole.citizen(home.left))

    told = await trail(whole, "protection_changed", home.ids["p1"])

    assert sorted(str(each["outcome"]) for each in told) == ["granted", "granted", "withdrawn"]
    assert {each["actor"]["kind"] for each in told} == {"client", "person"}  # type: ignore[index, call-overload]  # a payload
    assert "shelter" not in str(told)
    url = str(one_service.parts.settings.database_url).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        rows = connection.execute(
            "SELECT active, source, sealed_ground FROM protections WHERE person_id = %s "
            "ORDER BY version",
            [home.ids["p1"]],
        ).fetchall()
    assert [(active, source) for active, source, _ in rows] == [
        (True, "office"),
        (True, "person"),
        (False, "person"),
    ]
    assert rows[0][2] is not None
    assert b"shelter" not in rows[0][2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"protected": True}, 204),
        ({"protected": False}, 204),
        ({"protected": True, "ground": "other"}, 204),
        ({"protected": False, "ground": "other"}, 422),
        ({"protected": True, "ground": "Quittengelee"}, 422),
        ({"protected": "yes, please"}, 422),
        ({"protected": True, "person": "Quittengelee"}, 422),
        ({}, 422),
    ],
    ids=["set", "lifted", "ground", "lifted-ground", "no-ground", "no-bool", "more", "empty"],
)
async def test_the_office_says_what_it_means_or_nothing_changes(
    whole: Whole, body: dict[str, object], status: int
) -> None:
    """AZ-13."""
    ref, _ = await whole.push()
    path = f"/v1/integration/cases/{ref}/persons/p1/protection"

    answer = await whole.call("PUT", path, whole.machine(), body)

    assert answer.status_code == status
    assert "Quittengelee" not in answer.text + whole.logged.getvalue()


@pytest.mark.parametrize("place", ["cases/{}/persons/p9", "cases/none/persons/p1"])
async def test_somebody_who_is_not_there_is_not_protected(whole: Whole, place: str) -> None:
    ref, _ = await whole.push()

    answer = await whole.call(
        "PUT",
        f"/v1/integration/{place.format(ref)}/protection",
        whole.machine(),
        {"protected": True},
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
