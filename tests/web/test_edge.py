"""What is checked before any route runs, and set on whatever leaves."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from app.telemetry import logs
from app.web.edge import CITIZEN_BYTES, DEEPEST, HEADER_BYTES, SECURITY_HEADERS, Edge, _depth
from tests.service import Whole

CANARY = "Quittengelee"
JSON = {"content-type": "application/json"}
PUBLIC = "/v1/questions"


def question(text: str = "Wie hoch ist der Regelbedarf?") -> bytes:
    return json.dumps({"tenant": "bergstrasse", "question": text}).encode()


async def post(whole: Whole, content: bytes, **headers: str) -> tuple[int, str, str]:
    response = await whole.call("POST", PUBLIC, JSON | headers, content=content)
    code = response.json().get("code", "") if response.content else ""
    return response.status_code, code, response.text


async def test_a_sound_body_is_let_in(whole: Whole) -> None:
    status, _, text = await post(whole, question())

    assert status == 200, text


SPOILT = {
    "not json": b"{" + CANARY.encode(),
    "a member twice": b'{"tenant": "bergstrasse", "question": "x", "question": "y"}',
    "a member twice below": b'{"tenant": {"a": 1, "a": 2}}',
    "a member twice, once escaped": b'{"tenant": "b", "tenan\\u0074": "c"}',
    "not a number": b'{"tenant": NaN}',
    "no end": b'{"tenant": -Infinity}',
    "past all bounds": b'{"tenant": 1e999}',
    "an endless integer": b'{"tenant": ' + b"9" * 5000 + b"}",
    "half a character": b'{"tenant": "bergstrasse", "question": "\\ud83d"}',
    "the other half": b'{"tenant": "bergstrasse", "question": "\\udc00x"}',
    "half a character in a name": b'{"\\ud800": 1}',
    "half a character in bytes": b'{"tenant": "\xed\xa0\x80"}',
    "not utf-8": b'{"tenant": "\xff\xfe"}',
    "utf-16": '{"tenant": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + question(),
    "too deep": b'{"tenant": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "too deep behind a text of closing brackets": (
        b'["' + b"]" * 200 + b'", ' + b"[" * 60 + b"]" * 60 + b"]"
    ),
    "far too deep": b"[" * 8000,
    "two documents": question() + question(),
}


@pytest.mark.parametrize("case", SPOILT)
async def test_a_body_that_is_not_sound_is_refused_without_an_echo(whole: Whole, case: str) -> None:
    """AP-02, AP-06."""
    status, code, text = await post(whole, SPOILT[case])

    assert (status, code) == (422, "invalid_body")
    assert CANARY not in text
    assert "errors" not in json.loads(text)


async def test_a_whole_character_in_two_escapes_is_let_in(whole: Whole) -> None:
    status, _, text = await post(
        whole, b'{"tenant": "bergstrasse", "question": "Regelbedarf \\ud83d\\ude00?"}'
    )

    assert status == 200, text


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
        "application/vnd.api+json",
    ],
)
async def test_a_body_of_another_type_is_refused(whole: Whole, kind: str) -> None:
    response = await whole.call("POST", PUBLIC, {"content-type": kind}, content=question())

    assert (response.status_code, response.json()["code"]) == (422, "invalid_body")


async def test_a_type_may_be_written_large_and_with_a_charset(whole: Whole) -> None:
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    response = await whole.call("POST", PUBLIC, headers, content=question())

    assert response.status_code == 200


async def test_a_citizens_body_may_be_sixteen_kibibytes_and_no_more(whole: Whole) -> None:
    """AP-02."""
    fits = question().ljust(CITIZEN_BYTES)

    assert (await post(whole, fits))[0] == 200
    assert (await post(whole, fits + b" "))[:2] == (413, "too_large")


async def test_a_body_that_comes_in_parts_is_measured_as_it_comes(whole: Whole) -> None:
    """AP-02."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024
            yield b" " * 1024

    response = await whole.call("POST", PUBLIC, JSON, content=endless())

    assert response.status_code == 413
    assert sent <= CITIZEN_BYTES + 2048


async def test_a_form_too_large_is_refused_with_a_page(whole: Whole) -> None:
    headers = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
    response = await whole.call("POST", "/ask", headers, content=b"x" * (CITIZEN_BYTES + 1))

    assert response.status_code == 413
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-store"


async def test_headers_have_a_limit(whole: Whole) -> None:
    """AP-02."""
    status, code, _ = await post(whole, question(), **{"x-large": "x" * HEADER_BYTES})

    assert (status, code) == (413, "too_large")


TEXTS = st.text(alphabet='[]{}"\\a', max_size=8)
BRACKETED: st.SearchStrategy[object] = st.deferred(
    lambda: (
        TEXTS
        | st.lists(BRACKETED, max_size=3)
        | st.dictionaries(st.text(max_size=3), BRACKETED, max_size=2)
    )
)


@given(BRACKETED)
def test_depth_is_that_of_the_document_whatever_its_texts_say(document: object) -> None:
    """AP-02."""

    def deep(value: object) -> int:
        match value:
            case dict():
                return 1 + max(map(deep, value.values()), default=0)
            case list():
                return 1 + max(map(deep, value), default=0)
            case _:
                return 0

    assert _depth(json.dumps(document).encode()) == deep(document)


PATHS = {
    "an answer": ("POST", PUBLIC, {"content": question(), "headers": JSON}, 200),
    "a refusal of ours": ("GET", "/v1/me", {}, 401),
    "a body refused at the edge": ("POST", PUBLIC, {"content": b"{"}, 422),
    "a body refused by its schema": ("POST", PUBLIC, {"content": b"{}", "headers": JSON}, 422),
    "an unknown path": ("GET", f"/{CANARY}", {}, 404),
    "another method": ("PATCH", "/v1/me", {}, 405),
    "a page": ("GET", "/", {"headers": {"accept": "text/html"}}, 200),
    "a page that is not there": ("GET", "/nothing", {"headers": {"accept": "text/html"}}, 404),
    "a health check": ("GET", "/healthz", {}, 200),
}


@pytest.mark.parametrize("case", PATHS)
async def test_every_response_has_the_security_headers_and_is_not_kept(
    whole: Whole, case: str
) -> None:
    """AP-07, AP-08."""
    method, path, sent, status = PATHS[case]
    response = await whole.call(method, path, **sent)  # type: ignore[arg-type]  # as above

    assert response.status_code == status
    for name in SECURITY_HEADERS:
        assert len(response.headers.get_list(name)) == 1, name
    assert response.headers["cache-control"] == "no-store"
    UUID(response.headers["klarfall-request-id"])
    assert "server" not in response.headers
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "form-action 'self' https://id.example;" in policy
    assert CANARY not in response.text


async def test_what_everybody_may_keep_is_not_forbidden_to_be_kept(whole: Whole) -> None:
    key = await whole.call("GET", "/log/bergstrasse/vkey")

    assert key.status_code == 200
    assert "no-store" not in key.headers.get("cache-control", "")
    assert key.headers["x-content-type-options"] == "nosniff"


async def test_each_request_has_an_id_of_its_own_that_its_problem_names(whole: Whole) -> None:
    """AP-06."""
    first, second = [await whole.call("GET", "/v1/me") for _ in range(2)]

    ids = [response.headers["klarfall-request-id"] for response in (first, second)]
    assert len(set(ids)) == 2
    assert [response.json()["request"] for response in (first, second)] == ids


async def test_an_id_that_is_sent_along_is_not_taken_over(whole: Whole) -> None:
    response = await whole.call("GET", "/v1/me", {"klarfall-request-id": CANARY})

    assert CANARY not in str(response.headers)


Answer = Callable[[Scope, Receive, Send], object]


async def sent_by(
    app: Answer, received: Iterable[Message], scope: dict[str, object]
) -> list[Message]:
    waiting = iter(received)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    whole_scope = {"type": "http", "method": "POST", "path": PUBLIC, "headers": [], **scope}
    whole_scope.setdefault("query_string", b"")
    await Edge(app)(whole_scope, receive, send)  # type: ignore[arg-type]  # an ASGI application
    return sent


def status_of(sent: list[Message]) -> int:
    return int(sent[0]["status"])


async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"x", b"\xb2", b"16385", b"1, 2"])
async def test_a_declared_length_that_is_none_or_too_large_is_refused(length: bytes) -> None:
    """AP-02, AP-04."""
    sent = await sent_by(quiet, [], {"headers": [(b"content-length", length)]})

    assert status_of(sent) == 413


async def test_who_hangs_up_while_sending_reaches_no_route() -> None:
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    begun: Message = {"type": "http.request", "body": b"{", "more_body": True}
    sent = await sent_by(app, [begun], {})

    assert (status_of(sent), reached) == (422, [])


async def test_the_body_is_given_once_and_after_it_what_follows() -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([await receive(), await receive()])
        await quiet(scope, receive, send)

    whole_body: Message = {"type": "http.request", "body": b"", "more_body": False}
    await sent_by(app, [whole_body], {})

    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


async def test_what_is_no_request_is_passed_through() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        raise AssertionError

    async def no_one(message: Message) -> None:
        raise AssertionError

    await Edge(app)({"type": "lifespan"}, never, no_one)

    assert seen == ["lifespan"]


async def test_a_fault_nobody_foresaw_is_answered_with_all_headers_and_no_text() -> None:
    """AP-06, AP-08."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError(CANARY)

    start, body = await sent_by(app, [], {"method": "GET"})

    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 500
    assert SECURITY_HEADERS.keys() - {"content-security-policy"} <= headers.keys()
    assert headers["cache-control"] == "no-store"
    assert CANARY.encode() not in body["body"]


async def test_a_fault_in_the_middle_of_a_response_cuts_it_off() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError(CANARY)

    with pytest.raises(LookupError):
        await sent_by(app, [], {"method": "GET"})


async def test_a_stream_and_a_route_that_fails_have_the_headers_too(whole: Whole) -> None:
    """AP-06…AP-08."""
    router = APIRouter()

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a"
            yield b"b"

        return StreamingResponse(parts())

    @router.get("/failing")
    async def failing() -> None:
        raise RuntimeError(CANARY)

    before = list(whole.app.router.routes)
    whole.app.include_router(router)
    try:
        streamed = await whole.call("GET", "/stream")
        failed = await whole.call("GET", "/failing")
    finally:
        whole.app.router.routes[:] = before

    assert streamed.text == "ab"
    for response in (streamed, failed):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers.keys() >= SECURITY_HEADERS.keys()
    assert (failed.status_code, failed.json()["code"]) == (500, "unavailable")
    assert CANARY not in failed.text + whole.logged.getvalue()
    (line,) = whole.lines(logs.Message.REQUEST_FAILED)
    assert line["error"] == "RuntimeError"
    assert line["request"] == failed.headers["klarfall-request-id"]
