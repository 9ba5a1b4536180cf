"""SE-08: a stream that waits for a model ends with the session, within a second."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest

from app.answers import pipeline
from app.answers.answer import Composer
from app.answers.watching import watched
from app.identity.browser.cookies import SESSION
from app.vocabulary.errors import Unauthenticated
from tests.answers.conftest import WHEN_PAID, Front, asking, streamed
from tests.doubles.listening import listening
from tests.doubles.logout_tokens import by_session, logout_token
from tests.doubles.lying_provider import ORIGIN
from tests.doubles.model_server import Mode, ModelServer
from tests.service import OUR_CALL, Whole

AT_ONCE = timedelta(seconds=1)
SOON = timedelta(milliseconds=20)


@dataclass
class Reader:
    """Somebody whose question is being answered over a real connection."""

    whole: Whole
    line: httpx2.AsyncClient
    who: str
    sid: str
    cookie: str
    case: str

    async def form_token(self) -> str:
        page = await self.line.get("/session", headers={"cookie": self.cookie})
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found is not None
        return found[1]

    async def events(self, meanwhile: Callable[[], Awaitable[object]], after: str) -> "Heard":
        """Asks; once the stream said `after`, does something and waits for its end."""
        clock = asyncio.get_running_loop().time
        said: list[tuple[str, object]] = []
        done: float | None = None
        async with self.line.stream(
            "POST",
            f"/v1/cases/{self.case}/questions",
            json={"question": WHEN_PAID},
            headers={"cookie": self.cookie, "accept": "text/event-stream", **OUR_CALL},
            timeout=15,
        ) as answer:
            assert answer.status_code == 200
            name = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    said.append((name, json.loads(line.removeprefix("data: "))))
                    if done is None and after in (name, _stage(said[-1])):
                        await meanwhile()
                        done = clock()
        assert done is not None
        return Heard(said, timedelta(seconds=clock() - done))


def _stage(said: tuple[str, object]) -> str | None:
    match said:
        case ("stage", {"stage": str(reached)}):
            return reached
        case _:
            return None


@dataclass
class Heard:
    said: list[tuple[str, object]]
    ended_after: timedelta

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.said]


@pytest.fixture
async def reader(modelled: Front) -> AsyncIterator[Reader]:
    whole = modelled.whole
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    sid = f"sid-{who}"
    whole.liar.claims = {"sid": sid}
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        cookie = f"{SESSION}={browser.cookies[SESSION]}"
    whole.liar.claims = {}
    async with (
        listening(whole.app) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False) as line,
    ):
        yield Reader(whole, line, who, sid, cookie, ids["case"])


async def _by_sub(reader: Reader) -> None:
    token = logout_token(reader.whole.liar, sub=reader.who)
    sent = await reader.line.post("/backchannel-logout", data={"logout_token": token})
    assert sent.status_code == 200


async def _by_sid(reader: Reader) -> None:
    token = by_session(reader.whole.liar, reader.sid)
    sent = await reader.line.post("/backchannel-logout", data={"logout_token": token})
    assert sent.status_code == 200


async def _in_this_browser(reader: Reader) -> None:
    form = {"form_token": await reader.form_token()}
    headers = {"cookie": reader.cookie, "origin": ORIGIN}
    sent = await reader.line.post("/logout", data=form, headers=headers)
    assert sent.status_code == 200


async def _in_another_browser(reader: Reader) -> None:
    async with reader.whole.browser() as other:
        await reader.whole.sign_in(other, reader.who)
        assert (await other.delete("/v1/me/sessions", headers=OUR_CALL)).status_code == 204


ENDS: dict[str, Callable[[Reader], Awaitable[None]]] = {
    "by_sub": _by_sub,
    "by_sid": _by_sid,
    "in_this_browser": _in_this_browser,
    "in_another_browser": _in_another_browser,
}


class TestStream:
    @pytest.mark.parametrize("end", ENDS)
    async def test_se_08_a_stream_that_waits_for_a_silent_model_ends_within_a_second(
        self, reader: Reader, model: ModelServer, end: str
    ) -> None:
        """SE-08, SE-10, AZ-07: whoever ended the session, nothing more is said."""
        model.mode = Mode.SILENT

        heard = await reader.events(lambda: ENDS[end](reader), "redaction")

        assert heard.ended_after <= AT_ONCE
        assert heard.names[-1] == "problem"
        assert "text" not in heard.names
        assert "answer" not in heard.names
        problem = heard.said[-1][1]
        assert isinstance(problem, dict)
        assert (problem["status"], problem["code"]) == (401, "unauthenticated")

    async def test_se_08_a_stream_in_the_middle_of_its_sentences_ends_within_a_second(
        self, reader: Reader, model: ModelServer
    ) -> None:
        model.mode, pause, model.pause = Mode.SLOW, model.pause, 0.05
        try:
            heard = await reader.events(lambda: _by_sub(reader), "text")
        finally:
            model.pause = pause
        assert heard.ended_after <= AT_ONCE
        assert heard.names[-1] == "problem"
        assert "answer" not in heard.names

    async def test_se_08_anybody_elses_sign_out_disturbs_no_stream(
        self, reader: Reader, model: ModelServer
    ) -> None:
        """The twin: the same notice about somebody else, and the answer comes."""
        model.mode, pause, model.pause = Mode.SLOW, model.pause, 0.02

        async def another() -> None:
            token = logout_token(reader.whole.liar, sub=token_urlsafe(9))
            sent = await reader.line.post("/backchannel-logout", data={"logout_token": token})
            assert sent.status_code == 200

        try:
            heard = await reader.events(another, "redaction")
        finally:
            model.pause = pause
        assert heard.names[-1] == "answer"
        answer = heard.said[-1][1]
        assert isinstance(answer, dict)
        assert answer["composer"] == "model"

    async def test_az_07_a_mandate_that_ends_ends_a_waiting_stream_too(
        self, modelled: Front, model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """AZ-07: what is looked up again is session, mandate and consents alike."""
        model.mode = Mode.SILENT
        looks = 0

        async def refused(*_: object) -> None:
            nonlocal looks
            looks += 1
            raise Unauthenticated

        monkeypatch.setattr(type(modelled.pipeline.gate), "confirm_now", refused)
        mandate = await (await modelled.office.case()).mandate()
        with pytest.raises(Unauthenticated):
            await streamed(modelled.pipeline, mandate, asking(wait=False))
        assert looks == 1

    async def test_a_question_without_a_model_pays_nothing_for_it(
        self, front: Front, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipeline, "watched", None)  # calling it would fail
        mandate = await (await front.office.case()).mandate()
        told = await streamed(front.pipeline, mandate, asking(wait=False))
        assert told.answer is not None
        assert told.answer.composer is Composer.RULES


class Pieces:
    """A source that may be slow, and tells whether it was closed."""

    def __init__(self, *pieces: str, pause: timedelta = timedelta()) -> None:
        self._pieces, self._pause = pieces, pause
        self.closed = False

    async def come(self) -> AsyncGenerator[str, None]:
        try:
            for each in self._pieces:
                await asyncio.sleep(self._pause.total_seconds())
                yield each
        finally:
            self.closed = True


class TestWatched:
    async def test_pieces_come_in_order_and_nobody_looks_when_they_are_quick(self) -> None:
        looks: list[None] = []

        async def look() -> None:
            looks.append(None)

        source = Pieces("a", "b", "c")
        assert [each async for each in watched(source.come(), look)] == ["a", "b", "c"]
        assert looks == []
        assert source.closed

    async def test_a_slow_piece_is_waited_for_while_somebody_looks(self) -> None:
        looks: list[None] = []

        async def look() -> None:
            looks.append(None)

        source = Pieces("a", "b", pause=5 * SOON)
        found = [each async for each in watched(source.come(), look, every=SOON)]
        assert found == ["a", "b"]
        assert len(looks) >= 4

    async def test_what_a_look_raises_ends_it_and_stops_the_source(self) -> None:
        async def look() -> None:
            raise Unauthenticated

        source = Pieces("a", pause=timedelta(seconds=30))
        with pytest.raises(Unauthenticated):
            await anext(watched(source.come(), look, every=SOON))
        assert source.closed

    async def test_what_the_source_raises_comes_through(self) -> None:
        async def failing() -> AsyncGenerator[str, None]:
            yield "a"
            raise LookupError

        async def look() -> None: ...

        pieces = watched(failing(), look)
        assert await anext(pieces) == "a"
        with pytest.raises(LookupError):
            await anext(pieces)

    async def test_a_reader_who_leaves_stops_the_source(self) -> None:
        async def look() -> None: ...

        source = Pieces("a", "b", pause=SOON)
        async with aclosing(watched(source.come(), look)) as pieces:
            assert await anext(pieces) == "a"
        assert source.closed

    async def test_a_reader_who_is_cut_off_while_waiting_stops_the_source(self) -> None:
        async def look() -> None: ...

        source = Pieces("a", pause=timedelta(seconds=30))

        async def read() -> list[str]:
            return [each async for each in watched(source.come(), look, every=SOON)]

        reading = asyncio.create_task(read())
        await asyncio.sleep(3 * SOON.total_seconds())
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert source.closed
