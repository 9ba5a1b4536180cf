"""Refusals over HTTP: problem+json in two languages, and nothing of what was sent."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.identity.tokens.challenges import PLAIN
from app.telemetry.logs import Message
from app.vocabulary.errors import (
    Conflict,
    KlarfallError,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from app.web import problems
from tests.service import Whole

CANARY = "Quittengelee"
PROBLEM = "application/problem+json"
CODES = {
    *("unauthenticated", "step_up_required", "mandate_required", "not_found", "invalid_body"),
    *("too_large", "rate_limited", "conflict", "erased", "not_acceptable", "unavailable"),
}


def asked(path: str = "/v1/me", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": pairs,
            "scheme": "https",
            "server": ("fall.example", 443),
        }
    )


def everything() -> list[type[KlarfallError]]:
    found, waiting = [KlarfallError], [KlarfallError]
    while waiting:
        below = [c for c in waiting.pop().__subclasses__() if c.__module__.startswith("app.")]
        found += below
        waiting += below
    return found


def test_every_error_of_ours_has_a_code_of_the_contract_and_two_titles() -> None:
    assert len(everything()) > 15
    for error in everything():
        assert error.code in CODES, error
        assert 400 <= error.status <= 503, error
        assert error.title_de, error
        assert error.title_en, error
    assert all(Unavailable.code == e.code for e in everything() if e.status >= 500)


@pytest.mark.parametrize(
    ("accept_language", "title", "language"),
    [
        (None, "Bitte melden Sie sich zuerst an.", "de"),
        ("de-DE,en;q=0.5", "Bitte melden Sie sich zuerst an.", "de"),
        ("tr", "Bitte melden Sie sich zuerst an.", "de"),
        ("en-GB,de;q=0.5", "Please sign in first.", "en"),
        (" EN", "Please sign in first.", "en"),
    ],
)
async def test_a_refusal_speaks_german_unless_english_is_asked_for(
    whole: Whole, accept_language: str | None, title: str, language: str
) -> None:
    headers = {} if accept_language is None else {"accept-language": accept_language}
    response = await whole.call("GET", "/v1/me", headers)

    assert response.headers["content-type"] == PROBLEM
    assert response.headers["content-language"] == language
    body = response.json()
    assert body.pop("request")
    assert body == {
        "type": "about:blank",
        "title": title,
        "status": 401,
        "code": "unauthenticated",
    }


async def test_an_unknown_path_is_a_problem_that_repeats_nothing(whole: Whole) -> None:
    """AP-06."""
    response = await whole.call("GET", f"/v1/{CANARY}?{CANARY}={CANARY}", {"x-me": CANARY})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.json()["status"] == 404
    assert CANARY not in response.text + str(response.headers) + whole.logged.getvalue()


async def test_another_method_is_told_which_ones_there_are(whole: Whole) -> None:
    """AP-03."""
    response = await whole.call("DELETE", "/v1/me")

    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert (response.json()["status"], response.json()["code"]) == (405, "not_found")


async def test_a_body_that_does_not_fit_is_told_by_places_of_ours(whole: Whole) -> None:
    """AP-06, AZ-13."""
    body = {"tenant": 7, "question": "x" * 1001, CANARY: CANARY, "language": CANARY}
    response = await whole.call("POST", "/v1/questions", None, body)

    assert response.status_code == 422
    found = {tuple(e["location"]): e["type"] for e in response.json()["errors"]}
    assert found == {
        ("body", "tenant"): "string_type",
        ("body", "question"): "string_too_long",
        ("body", "language"): "enum",
        ("body", "?"): "extra_forbidden",
    }
    assert CANARY not in response.text + whole.logged.getvalue()


async def test_a_hundred_faults_are_told_by_twenty(whole: Whole) -> None:
    body = {f"unknown{number}": 1 for number in range(100)}
    response = await whole.call("POST", "/v1/questions", None, body)

    assert len(response.json()["errors"]) == 20
    assert "unknown" not in response.text


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (Unauthenticated(), {"www-authenticate": PLAIN}),
        (Unavailable("keys"), {"retry-after": "5"}),
        (Conflict(), {}),
        (TooLarge(), {}),
    ],
)
async def test_a_refusal_says_how_to_go_on(error: KlarfallError, headers: dict[str, str]) -> None:
    response = await problems.render_klarfall(asked(), error)

    assert response.status_code == error.status
    told = {"www-authenticate", "retry-after"} & set(response.headers)
    assert {name: response.headers[name] for name in told} == headers


async def test_a_part_that_is_away_is_not_named_to_the_caller(whole: Whole) -> None:
    """AP-06."""
    response = await problems.render_klarfall(asked(), Unavailable("keys"))

    assert b"keys" not in response.body
    (line,) = whole.lines(Message.PART_UNAVAILABLE)
    assert line["level"] == "warning"


@pytest.mark.parametrize(
    "render", [problems.render_klarfall, problems.render_invalid, problems.render_http]
)
async def test_what_is_not_ours_is_a_fault_without_a_text(
    whole: Whole, render: Callable[[Request, Exception], Awaitable[Response]]
) -> None:
    """AP-06."""
    response = await render(asked(), LookupError(CANARY))

    assert response.status_code == 500
    assert CANARY.encode() not in response.body
    assert CANARY not in whole.logged.getvalue()
    assert whole.lines(Message.REQUEST_FAILED)[0]["error"] == "LookupError"


@pytest.mark.parametrize(
    ("status", "told"), [(400, 422), (403, 404), (404, 404), (413, 404), (418, 404)]
)
async def test_what_the_framework_refuses_is_told_in_our_words(status: int, told: int) -> None:
    response = await problems.render_http(asked(), HTTPException(status, detail=CANARY))

    assert response.status_code == told
    assert CANARY.encode() not in response.body


async def test_a_reader_gets_a_page_and_a_program_a_problem() -> None:
    html = {"accept": "text/html,*/*"}
    page = await problems.render_klarfall(asked("/ask", **html), Unavailable("keys"))
    problem = await problems.render_klarfall(asked("/v1/me", **html), NotFound())

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["retry-after"] == "5"
    assert problem.headers["content-type"] == PROBLEM


def test_refusals_that_carry_more_are_the_ones_we_know() -> None:
    """Whoever adds one decides here what of it may be told."""
    more = {error for error in everything() if error.__init__ is not KlarfallError.__init__}

    assert {e.__name__ for e in more} == {
        *(
            "CaseUnfit",
            "Challenged",
            "ClocksApart",
            "ListBroken",
            "MandateUnfit",
            "RateLimited",
            "StepUpRequired",
            "StrongerOfficer",
            "TrailBroken",
            "Unavailable",
            "Unopenable",
            "_NotTaken",
        ),
    }
