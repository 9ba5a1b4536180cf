"""Asking over HTTP: whole, as a stream, and what comes of an answer afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from secrets import token_hex

import httpx2
import pytest
from starlette.types import Message, Scope

from app.answers.pipeline import Pipeline, Reached
from app.answers.writing import Said
from app.identity.browser.tickets import Ticket
from app.telemetry import logs
from app.telemetry.spans import Stage
from app.vocabulary.errors import Conflict
from app.vocabulary.ids import random_id
from tests.answers.conftest import WHEN_PAID, Front
from tests.doubles.lying_provider import ORIGIN
from tests.doubles.model_server import Mode, ModelServer
from tests.service import OUR_CALL, Whole

CANARY = "Quittengelee"
STREAM = {"accept": "text/event-stream"}
MEMBERS = {
    *("id", "status", "kind", "completeness", "language", "text", "citations", "used"),
    *("withheld", "redacted", "composer", "receipt", "step_up"),
}


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def case_of(whole: Whole) -> tuple[str, str]:
    """Who asks, and where."""
    ref, ids = await whole.push()
    return await whole.bound(ref), f"/v1/cases/{ids['case']}/questions"


async def test_a_question_is_answered_in_the_form_of_the_contract(whole: Whole) -> None:
    who, path = await case_of(whole)

    response = await whole.call("POST", path, whole.citizen(who), {"question": WHEN_PAID})

    assert response.status_code == 200, response.text
    body = response.json()
    assert body.keys() == MEMBERS
    assert (body["status"], body["composer"], body["language"]) == ("answered", "rules", "de")
    assert [c["id"] for c in body["citations"]] == [
        f"c{n}" for n in range(1, len(body["citations"]) + 1)
    ]
    assert body["receipt"]["state"] == "recorded"
    assert response.headers["cache-control"] == "no-store"


async def test_a_stream_says_stages_then_text_then_the_answer(whole: Whole) -> None:
    who, path = await case_of(whole)

    response = await whole.call("POST", path, whole.citizen(who) | STREAM, {"question": WHEN_PAID})

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    found = events(response.text)
    names = [name for name, _ in found]
    assert names[-1] == "answer"
    assert set(names[:-1]) == {"stage", "text"}
    texts = [str(data["text"]) for name, data in found if name == "text"]
    assert "".join(texts) == found[-1][1]["text"]
    assert found[-1][1].keys() == MEMBERS


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/*;q=0.5", 200),
        ("*/*", 200),
        ("text/html", 406),
        ("image/png", 406),
    ],
)
async def test_what_we_cannot_answer_in_is_not_acceptable(
    whole: Whole, accept: str, status: int
) -> None:
    who, path = await case_of(whole)

    headers = whole.citizen(who) | {"accept": accept}
    response = await whole.call("POST", path, headers, {"question": WHEN_PAID})

    assert response.status_code == status
    assert status == 200 or response.json()["code"] == "not_acceptable"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": "x" * 1001},
        {"question": ["x"]},
        {"question": WHEN_PAID, "language": CANARY},
        {"question": WHEN_PAID, "purpose": "statistics"},
        {"question": WHEN_PAID, "purpose": CANARY},
        {"question": WHEN_PAID, CANARY: CANARY},
    ],
    ids=str,
)
async def test_a_question_that_does_not_fit_is_refused_without_an_echo(
    whole: Whole, body: dict[str, object]
) -> None:
    who, path = await case_of(whole)

    for where in (path, f"{path}/preview"):
        refused = await whole.call("POST", where, whole.citizen(who), body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_body")
        assert CANARY not in refused.text + whole.logged.getvalue()
        assert "x" * 20 not in refused.text


@pytest.mark.parametrize(
    ("header", "body", "language"),
    [
        ("en-GB", {}, "en"),
        ("de", {}, "de"),
        ("en", {"language": "de"}, "de"),
        ("de", {"language": "en"}, "en"),
    ],
)
async def test_where_a_question_does_not_tell_its_language_the_caller_does(
    whole: Whole, header: str, body: dict[str, str], language: str
) -> None:
    who, path = await case_of(whole)

    headers = whole.citizen(who) | {"accept-language": header}
    response = await whole.call("POST", path, headers, {"question": "4711", **body})

    assert response.json()["language"] == language


async def test_a_strangers_case_is_as_unknown_as_none(whole: Whole) -> None:
    """AZ-02."""
    _, path = await case_of(whole)
    stranger, _ = await case_of(whole)

    answers = [
        await whole.call("POST", where, whole.citizen(stranger), {"question": WHEN_PAID})
        for where in (path, f"/v1/cases/{random_id()}/questions", f"/v1/cases/{CANARY}/questions")
    ]

    assert {a.status_code for a in answers} == {404}
    told = [{k: v for k, v in a.json().items() if k != "request"} for a in answers]
    assert told[0] == told[1] == told[2]


class TestAfterwards:
    async def asked(self, whole: Whole) -> tuple[str, dict[str, object]]:
        who, path = await case_of(whole)
        answer = await whole.call("POST", path, whole.citizen(who), {"question": WHEN_PAID})
        return who, answer.json()

    async def test_an_answer_is_read_again_as_it_was_given(self, whole: Whole) -> None:
        who, given = await self.asked(whole)

        again = await whole.call("GET", f"/v1/answers/{given['id']}", whole.citizen(who))

        body = again.json()
        assert body.pop("receipt")["entry"] == given["receipt"]["entry"]  # type: ignore[index]  # by contract
        assert body == {k: v for k, v in given.items() if k != "receipt"}

    async def test_a_receipt_becomes_a_proof(self, whole: Whole) -> None:
        who, given = await self.asked(whole)
        path = f"/v1/answers/{given['id']}/receipt"

        async with asyncio.timeout(20):
            while True:
                receipt = await whole.call("GET", path, whole.citizen(who))
                if receipt.status_code == 200:
                    break
                assert (receipt.status_code, receipt.headers["retry-after"]) == (202, "1")
                assert receipt.json()["state"] == "recorded"
                await asyncio.sleep(0.1)

        body = receipt.json()
        assert body["state"] == "included"
        assert body["payload"]["event"] == "released"
        assert "proof" in body
        state = (await whole.call("GET", f"/v1/answers/{given['id']}", whole.citizen(who))).json()
        assert state["receipt"]["state"] == "included"
        assert state["receipt"]["index"] == body["index"]

    async def test_feedback_is_taken_and_replaced(self, whole: Whole) -> None:
        who, given = await self.asked(whole)
        path = f"/v1/answers/{given['id']}/feedback"

        for body in ({"useful": True}, {"useful": False, "reason": CANARY}):
            taken = await whole.call("POST", path, whole.citizen(who), body)
            assert taken.status_code == 204
        assert CANARY not in whole.logged.getvalue()

    async def test_it_is_for_the_one_who_asked_and_nobody_else(self, whole: Whole) -> None:
        _, given = await self.asked(whole)
        other, _ = await self.asked(whole)

        for answer in (given["id"], random_id(), CANARY):
            for method, path, body in (
                ("GET", f"/v1/answers/{answer}", None),
                ("GET", f"/v1/answers/{answer}/receipt", None),
                ("POST", f"/v1/answers/{answer}/feedback", {"useful": True}),
            ):
                refused = await whole.call(method, path, whole.citizen(other), body)
                assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
                assert CANARY not in refused.text

    async def test_feedback_that_does_not_fit_is_refused(self, whole: Whole) -> None:
        who, given = await self.asked(whole)
        path = f"/v1/answers/{given['id']}/feedback"

        for body in (
            {},
            {"useful": 2},
            {"useful": True, "reason": "x" * 501},
            {"useful": True, "x": 1},
        ):
            assert (await whole.call("POST", path, whole.citizen(who), body)).status_code == 422

    async def test_a_preview_tells_what_would_happen(self, whole: Whole) -> None:
        who, path = await case_of(whole)

        preview = await whole.call(
            "POST", f"{path}/preview", whole.citizen(who), {"question": WHEN_PAID}
        )

        body = preview.json()
        assert preview.status_code == 200
        assert (body["hosting"], body["question_to_model"]) == ("no_model", False)
        assert body["topics"] == ["next_payment"]
        (item,) = body["release"]
        assert (item["field"], item["to_person"], item["to_model"]) == (
            "benefit.next_payment",
            True,
            "none",
        )


class TestEndings:
    """How a stream ends that cannot go on."""

    @pytest.mark.parametrize(
        ("language", "title"),
        [("de", "Das wurde inzwischen"), ("en", "This was changed")],
    )
    async def test_a_refusal_in_the_middle_is_a_problem_event(
        self, whole: Whole, monkeypatch: pytest.MonkeyPatch, language: str, title: str
    ) -> None:
        async def steps(self: Pipeline, *_: object) -> AsyncIterator[object]:
            yield Reached(Stage.IDENTITY)
            yield Said("Ein Satz.")
            raise Conflict

        who, path = await case_of(whole)
        monkeypatch.setattr(Pipeline, "steps", steps)
        headers = whole.citizen(who) | STREAM | {"accept-language": language}
        response = await whole.call("POST", path, headers, {"question": WHEN_PAID})

        (*_, said, (name, data)) = events(response.text)
        assert said == ("text", {"text": "Ein Satz."})
        assert (name, data["status"], data["code"]) == ("problem", 409, "conflict")
        assert str(data["title"]).startswith(title)
        assert whole.lines(logs.Message.REQUEST_REFUSED)[-1]["error"] == "Conflict"

    async def test_a_fault_in_the_middle_is_a_problem_event_without_its_text(
        self, whole: Whole, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def steps(self: Pipeline, *_: object) -> AsyncIterator[object]:
            yield Reached(Stage.IDENTITY)
            raise LookupError(CANARY)

        who, path = await case_of(whole)
        monkeypatch.setattr(Pipeline, "steps", steps)
        for language in ("de", "en"):
            headers = whole.citizen(who) | STREAM | {"accept-language": language}
            response = await whole.call("POST", path, headers, {"question": WHEN_PAID})
            name, data = events(response.text)[-1]
            assert (name, data["status"], data["code"]) == ("problem", 500, "unavailable")
            assert CANARY not in response.text
        assert CANARY not in whole.logged.getvalue()
        assert whole.lines(logs.Message.REQUEST_FAILED)[-1]["error"] == "LookupError"

    async def test_a_session_that_ends_between_two_sentences_ends_the_stream(
        self, modelled: Front, model: ModelServer
    ) -> None:
        whole = modelled.whole
        model.mode, model.pause = Mode.SLOW, 0.02
        ref, ids = await whole.push()
        who = await whole.bound(ref)
        async with whole.browser() as browser:
            await whole.sign_in(browser, who)
            ticket = Ticket.read(browser.cookies["__Host-klarfall"])

            async def sign_out() -> None:
                form = {"form_token": ticket.form_token()}
                done = await browser.post("/logout", data=form, headers={"origin": ORIGIN})
                assert done.status_code == 200, done.text

            text = await streamed_until(
                whole,
                f"/v1/cases/{ids['case']}/questions",
                {"cookie": f"__Host-klarfall={ticket.text}"} | OUR_CALL,
                after_first_text=sign_out,
            )

        found = events(text)
        names = [name for name, _ in found]
        assert names.count("text") == 1
        assert names[-1] == "problem"
        assert (found[-1][1]["status"], found[-1][1]["code"]) == (401, "unauthenticated")
        entries = await modelled.entries(await modelled.newest_release())
        assert sorted(str(e["event"]) for e in entries) == [
            "answer_failed",
            "known_values_read",
            "released",
        ]


async def streamed_until(
    whole: Whole, path: str, headers: dict[str, str], *, after_first_text: object
) -> str:
    """The stream's text. httpx's own transport would gather it all first; this listens along."""
    body = json.dumps({"question": WHEN_PAID}).encode()
    given = [
        *((name.encode(), value.encode()) for name, value in headers.items()),
        (b"accept", b"text/event-stream"),
        (b"content-type", b"application/json"),
        (b"host", httpx2.URL(ORIGIN).host.encode()),
    ]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "https",
        "headers": given,
        "server": ("fall.example", 443),
        "client": ("127.0.0.1", 9),
        "extensions": {},
    }
    parts: list[bytes] = []
    sent = False
    acted = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal acted
        if message["type"] != "http.response.body":
            return
        parts.append(message.get("body", b""))
        if not acted and b"event: text" in parts[-1]:
            acted = True
            await after_first_text()  # type: ignore[operator]  # a coroutine function

    await whole.app(scope, receive, send)
    return b"".join(parts).decode()


async def test_nobody_asks_without_signing_in(whole: Whole) -> None:
    refused = await whole.call(
        "POST", f"/v1/cases/{token_hex(16)}/questions", None, {"question": WHEN_PAID}
    )

    assert refused.status_code == 401
