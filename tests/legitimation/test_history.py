"""What was known on one day about another, answered from rows that never change."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from tests.legitimation.test_kinds import Stage, household, stage

__all__ = ["stage"]

DAY = timedelta(days=1)
EVERYTHING = ["explain", "read", "submit"]


async def knew(
    stage: Stage, kind: str, *, known: datetime, about: datetime
) -> tuple[int, bool, list[str]]:
    """Under which version, whether it held, and what could be done."""
    times = {"known": known.isoformat(), "about": about.isoformat()}
    path = f"/v1/integration/mandates/{kind}-{stage.ref}"
    told = await stage.whole.call("GET", path, stage.whole.machine(), params=times)
    assert told.status_code == 200, told.text
    body: Mapping[str, object] = told.json()
    actions = body["actions"]
    assert isinstance(body["version"], int)
    assert isinstance(actions, list)
    return body["version"], body["holds"] is True, actions


def passes(stage: Stage, by: timedelta = timedelta(hours=1)) -> datetime:
    """Some time later, and when that is."""
    stage.whole.clock.forward(by)
    return stage.whole.clock()


async def test_az_07_a_revocation_told_late_was_not_known_before_and_held_since_it_was_received(
    stage: Stage,
) -> None:
    """§ 13(1) SGB X: of the same moment two things are known, before we were told and after."""
    received = stage.whole.clock()
    await stage.record("PROXY", "p1", "rep1", valid_from=(received - 2 * DAY).isoformat())
    between = passes(stage)
    ended = {"ended_reason": "revoked", "ended_received_at": received.isoformat()}
    begun = {"valid_from": (received - 2 * DAY).isoformat()}
    order = stage.order("PROXY", "p1", "rep1", **begun, **ended)
    told = passes(stage)
    assert (await stage.put(order, "PROXY")).status_code == 200

    assert await knew(stage, "PROXY", known=between, about=between) == (1, True, EVERYTHING)
    assert await knew(stage, "PROXY", known=told, about=between) == (2, False, [])
    assert await knew(stage, "PROXY", known=told, about=received - DAY) == (2, True, EVERYTHING)
    assert await knew(stage, "PROXY", known=told, about=received - 3 * DAY) == (2, False, [])


async def test_az_07_a_death_reported_late_and_taken_back_is_known_of_each_day_as_it_was(
    stage: Stage,
) -> None:
    begun = stage.whole.clock() - 5 * DAY
    await stage.record("GUARDIAN", "p1", "rep1", valid_from=begun.isoformat())
    died = stage.whole.clock() - 2 * DAY
    before = passes(stage)
    reported = passes(stage)
    assert (await stage.told("p1", "died", effective_at=died.isoformat())).status_code == 200
    corrected = passes(stage)
    assert (await stage.told("p1", "death_corrected")).status_code == 200

    for known, about, held in (
        (before, died + DAY, True),
        (reported, died + DAY, False),
        (reported, died - DAY, True),
        (corrected, died + DAY, True),
        (reported, reported, False),
        (corrected, corrected, True),
    ):
        assert (await knew(stage, "GUARDIAN", known=known, about=about))[1] is held, (known, about)


async def test_az_07_a_birthday_put_right_changes_what_is_known_and_not_what_was(
    stage: Stage,
) -> None:
    """Whoever was thought to be fourteen was of age: what we knew then is still there."""
    await stage.record("PARENT", "p3", "p1")
    thought = passes(stage)
    document = household(born=f"{thought.year - 19}-01-01")
    right = passes(stage)
    path = f"/v1/integration/cases/{stage.ref}"
    pushed = await stage.whole.call("PUT", path, stage.whole.machine(), document)
    assert pushed.status_code == 200

    assert await knew(stage, "PARENT", known=thought, about=thought) == (1, True, EVERYTHING)
    assert await knew(stage, "PARENT", known=right, about=thought) == (1, False, [])


async def test_a_wider_mandate_was_not_known_the_day_before(stage: Stage) -> None:
    await stage.record("PROXY", "p1", "rep1", actions=["read"])
    narrow = passes(stage)
    wide = passes(stage)
    assert (await stage.put(stage.order("PROXY", "p1", "rep1"), "PROXY")).status_code == 200

    assert await knew(stage, "PROXY", known=narrow, about=narrow) == (1, True, ["read"])
    assert await knew(stage, "PROXY", known=wide, about=narrow) == (2, True, EVERYTHING)


@pytest.mark.parametrize("ref", ["PROXY", "nobody"])
async def test_of_what_was_not_recorded_yet_nothing_was_known(stage: Stage, ref: str) -> None:
    """Nor at another office, nor by a citizen. The twin is the same call of the office, now."""
    early = stage.whole.clock() - DAY
    await stage.record("PROXY", "p1", "rep1")
    who = await stage.bound("p1")
    path = f"/v1/integration/mandates/{ref}-{stage.ref}"
    calls: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        (stage.whole.machine(), {"known": early.isoformat()}),
        (stage.whole.machine(aud="https://fall.example/t/main-kinzig"), {}),
        (stage.whole.citizen(who), {}),
    )

    for headers, times in calls:
        refused = await stage.whole.call("GET", path, headers, params=times)
        assert refused.status_code in {401, 404}, refused.text

    now = await stage.whole.call("GET", path, stage.whole.machine())
    assert now.status_code == (200 if ref == "PROXY" else 404)


@pytest.mark.parametrize("given", ["yesterday", "2026-11-22", "2026-11-22T10:00:00"])
async def test_a_moment_that_is_none_is_refused_without_an_echo(stage: Stage, given: str) -> None:
    await stage.record("PROXY", "p1", "rep1")
    path = f"/v1/integration/mandates/PROXY-{stage.ref}"

    refused = await stage.whole.call("GET", path, stage.whole.machine(), params={"about": given})

    assert refused.status_code == 422
    assert given not in refused.text
