"""What somebody may not reach costs the work of what is not there, so the time tells neither."""

from uuid import uuid4

from tests.service import Whole
from tests.statements import statements

QUESTION = "Wann kommt mein Geld und wie viel ist es?"


async def test_az_02_what_is_somebody_elses_costs_the_work_of_what_is_not_there(
    whole: Whole,
) -> None:
    """Of the same class of time, as both stop at the same statement: none is read of the other's.

    Counted and not timed: a clock on a busy machine shows neither.
    """
    ref, ids = await whole.push()
    owner = await whole.bound(ref)
    asked = await whole.call(
        "POST", f"/v1/cases/{ids['case']}/questions", whole.citizen(owner), {"question": QUESTION}
    )
    answer = asked.json()["id"]
    mine, _ = await whole.push()
    stranger = whole.citizen(await whole.bound(mine))

    for method, path, known, body in (
        ("GET", "/v1/cases/{}/fields", ids["case"], None),
        ("GET", "/v1/cases/{}/consents", ids["case"], None),
        ("POST", "/v1/cases/{}/questions", ids["case"], {"question": QUESTION}),
        ("POST", "/v1/cases/{}/questions/preview", ids["case"], {"question": QUESTION}),
        ("GET", "/v1/answers/{}", answer, None),
        ("GET", "/v1/answers/{}/receipt", answer, None),
        ("POST", "/v1/answers/{}/feedback", answer, {"useful": True}),
        ("DELETE", "/v1/me/sessions/{}", ids["p1"], None),
    ):
        await whole.call(method, path.format(uuid4()), stranger, body)  # permits are leased
        costs = []
        for which in (known, str(uuid4())):
            with statements() as seen:
                refused = await whole.call(method, path.format(which), stranger, body)
            assert refused.status_code == 404, path
            costs.append(seen)
        assert costs[0] == costs[1], path
        assert costs[0], path
        with statements() as seen:
            await whole.call(method, path.format(known), whole.citizen(owner), body)
        assert path.startswith("/v1/me") or len(seen) > len(costs[0]), path
