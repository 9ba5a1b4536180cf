"""Who gets through a guard by cookie, and which calls only look as if they came from us."""

from itertools import product

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.identity.guards import get_identity
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.ids import TenantId
from tests.doubles.lying_provider import ORIGIN
from tests.identity.conftest import Service

OUR_CALL = {"klarfall-request": "1", "origin": ORIGIN, "sec-fetch-site": "same-origin"}

ORIGINS = (None, ORIGIN, "https://evil.example", "null", f"{ORIGIN}:444", ORIGIN.upper())
SITES = (None, "same-origin", "same-site", "cross-site")


async def test_nobody_gets_through_without_a_cookie(service: Service) -> None:
    assert (await service.browser.get("/v1/me")).status_code == 401
    assert (await service.browser.post("/v1/change", headers=OUR_CALL)).status_code == 401
    assert (await service.browser.get("/form")).status_code == 401
    assert (await service.browser.put("/v1/integration")).status_code == 401


@pytest.mark.parametrize(("origin", "site"), list(product(ORIGINS, SITES)))
async def test_se_09_only_a_page_of_ours_may_change_something(
    service: Service, origin: str | None, site: str | None
) -> None:
    await service.sign_in()
    token = (await service.browser.get("/form")).json()
    headers = {"origin": origin, "sec-fetch-site": site}
    sent = {name: value for name, value in headers.items() if value is not None}
    ours = (
        origin in (None, ORIGIN)
        and site in (None, "same-origin")
        and (origin is not None or site is not None)
    )

    called = await service.browser.post("/v1/change", headers=sent | {"klarfall-request": "1"})
    posted = await service.browser.post("/form", headers=sent, data={"form_token": token})

    assert called.status_code == posted.status_code == (200 if ours else 401)


@pytest.mark.parametrize("header", [None, "", "0", "true", "11"])
async def test_se_09_a_call_by_cookie_needs_our_header(
    service: Service, header: str | None
) -> None:
    await service.sign_in()
    headers = OUR_CALL | ({"klarfall-request": header} if header is not None else {})
    if header is None:
        del headers["klarfall-request"]
    assert (await service.browser.post("/v1/change", headers=headers)).status_code == 401
    assert (await service.browser.post("/v1/change", headers=OUR_CALL)).status_code == 200


async def test_se_09_a_header_twice_is_refused(service: Service) -> None:
    await service.sign_in()
    for name, value in OUR_CALL.items():
        doubled = [*OUR_CALL.items(), (name, value)]
        assert (await service.browser.post("/v1/change", headers=doubled)).status_code == 401


async def test_se_09_a_forms_token_is_bound_to_its_session(service: Service) -> None:
    await service.sign_in()
    async with service.another_browser() as other:
        await service.sign_in(other)
        foreign = (await other.get("/form")).json()
    own = (await service.browser.get("/form")).json()
    assert own != foreign
    for token, status in [(foreign, 401), ("", 401), ("ä", 401), (own, 200)]:
        response = await service.browser.post(
            "/form", headers={"origin": ORIGIN}, data={"form_token": token}
        )
        assert response.status_code == status


async def test_a_form_token_that_is_a_file_is_refused(service: Service) -> None:
    await service.sign_in()
    response = await service.browser.post(
        "/form", headers={"origin": ORIGIN}, files={"form_token": b"x"}
    )
    assert response.status_code == 422


async def test_se_13_two_session_cookies_are_refused(service: Service) -> None:
    await service.sign_in()
    ours = f"{SESSION}={service.browser.cookies[SESSION]}"
    planted = f"{SESSION}={Ticket.issue(TenantId('bergstrasse')).text}"
    one = await service.browser.get("/v1/me", headers={"cookie": f"theme=dark; {ours}; flag"})
    assert one.status_code == 200
    for headers in (
        [("cookie", f"{planted}; {ours}")],
        [("cookie", f"{ours}; {planted}")],
        [("cookie", f"{ours}; {ours}")],
        [("cookie", ours), ("cookie", planted)],
    ):
        response = await service.browser.get("/v1/me", headers=headers)
        assert response.status_code == 401


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "bergstrasse.",
        "bergstrasse." + "x" * 42,
        ".." + "x" * 43,
        "BERG." + "x" * 43,
        "bergstrasse." + "x" * 43,
        "nowhere." + "x" * 43,
        '"bergstrasse.' + "x" * 43 + '"',
    ],
)
async def test_a_ticket_that_was_never_issued_is_refused(service: Service, value: str) -> None:
    response = await service.browser.get("/v1/me", headers={"cookie": f"{SESSION}={value}"})
    assert response.status_code == 401


async def test_a_page_for_everybody_shows_a_name_only_to_who_is_signed_in(
    service: Service,
) -> None:
    assert (await service.browser.get("/")).json() is None
    dead = f"{SESSION}={Ticket.issue(TenantId('bergstrasse')).text}"
    assert (await service.browser.get("/", headers={"cookie": dead})).json() is None
    await service.sign_in()
    assert (await service.browser.get("/")).json() == "Erika Sommerfeld"


@given(st.text(max_size=80))
def test_reading_a_ticket_gives_it_back_or_refuses(text: str) -> None:
    try:
        ticket = Ticket.read(text)
    except Unauthenticated:
        return
    assert ticket.text == text


@given(st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True))
def test_an_issued_ticket_reads_back(tenant: str) -> None:
    ticket = Ticket.issue(TenantId(tenant))
    assert Ticket.read(ticket.text) == ticket
    assert ticket.fits(ticket.form_token())
    assert not ticket.fits(Ticket.issue(TenantId(tenant)).form_token())


def test_a_ticket_has_no_text_form_that_would_tell_its_secret() -> None:
    ticket = Ticket.issue(TenantId("bergstrasse"))
    assert ticket.secret not in f"{ticket!r} {ticket}"


async def test_a_service_that_was_not_put_together_serves_nobody() -> None:
    with pytest.raises(Unavailable):
        await get_identity(Request({"type": "http", "app": FastAPI()}))
