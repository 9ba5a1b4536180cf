"""What `make ask` takes for success, and what not."""

import json
from collections.abc import Callable, Sequence

import httpx2
import pytest

from app.telemetry.spans import Stage
from demo.ask import STAGES, NotHeld, Object, act_under, asked, judge, session_client

URL = "http://127.0.0.1:9"
MANDATE: Object = {"id": "m", "case_id": "c", "active": False}


def client(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.AsyncClient:
    made = session_client(URL, {"__Host-klarfall": "old"})
    return httpx2.AsyncClient(
        base_url=URL, headers=made.headers, transport=httpx2.MockTransport(answer)
    )


def stream(stages: Sequence[str], *, answer: bool = True) -> httpx2.Response:
    told = [("stage", {"stage": each}) for each in stages]
    told += [("answer", {"id": "a"})] if answer else []
    lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in told]
    return httpx2.Response(200, text="".join(lines))


def test_the_stages_are_those_of_the_service() -> None:
    assert list(STAGES) == [each.value for each in Stage][: len(STAGES)]
    assert len(STAGES) == 8


async def test_an_answer_by_way_of_all_stages_counts() -> None:
    async with client(lambda _: stream(STAGES)) as service:
        assert (await asked(service, MANDATE, "?"))["id"] == "a"


@pytest.mark.parametrize(
    "stages",
    [STAGES[:-1], STAGES[1:], [*STAGES, "answers"], list(reversed(STAGES)), []],
    ids=["last missing", "first missing", "one twice", "backwards", "none"],
)
async def test_an_answer_by_another_way_does_not(stages: Sequence[str]) -> None:
    async with client(lambda _: stream(stages)) as service:
        with pytest.raises(NotHeld, match="all stages"):
            await asked(service, MANDATE, "?")


async def test_a_stream_without_an_answer_does_not() -> None:
    async with client(lambda _: stream(STAGES, answer=False)) as service:
        with pytest.raises(NotHeld, match="without an answer"):
            await asked(service, MANDATE, "?")


@pytest.mark.parametrize("by_default", [True, False])
@pytest.mark.parametrize("status", ["answered", "partial"])
def test_an_answer_from_the_file_counts(status: str, by_default: bool) -> None:
    judge({"status": status}, by_default=by_default)


@pytest.mark.parametrize("status", ["no_information", "needs_step_up", "crisis"])
def test_another_ending_is_said_and_counts_only_for_a_question_of_ones_own(
    status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    judge({"status": status}, by_default=False)
    assert f"not answered from the file, and said so: {status}" in capsys.readouterr().out

    with pytest.raises(NotHeld, match=status):
        judge({"status": status}, by_default=True)


@pytest.mark.parametrize("status", ["unavailable", None, "made_up"])
def test_no_answer_never_counts(status: str | None) -> None:
    with pytest.raises(NotHeld):
        judge({"status": status}, by_default=False)


async def test_calls_are_those_of_a_page_and_a_chosen_mandate_changes_the_cookie() -> None:
    seen: list[httpx2.Request] = []

    def choose(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(204, headers={"set-cookie": "__Host-klarfall=new; Path=/; Secure"})

    async with client(choose) as service:
        await act_under(service, MANDATE)
        await act_under(service, {**MANDATE, "active": True})

        assert len(seen) == 1
        sent = seen[0].headers
        assert (sent["origin"], sent["klarfall-request"]) == (URL, "1")
        assert sent["cookie"] == "__Host-klarfall=old"
        assert "authorization" not in sent
        assert service.headers["cookie"] == "__Host-klarfall=new"


async def test_a_mandate_that_cannot_be_chosen_ends_it() -> None:
    async with client(lambda _: httpx2.Response(404)) as service:
        with pytest.raises(NotHeld, match="could not be chosen: 404"):
            await act_under(service, MANDATE)
