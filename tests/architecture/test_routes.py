"""Every route says who may call it, and the service does not start with one that does not."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI

from app.catalogue.actions import CitizenAction
from app.identity.declared import action_of, does
from app.identity.guards import integrator, signed_in
from app.legitimation.guards import ActingMandate, acting_mandate
from app.web.admission import (
    ASK_THEMSELVES,
    OF_CITIZENS,
    OF_OFFICERS,
    PUBLIC,
    Door,
    Unguarded,
    doors,
    require_guards,
)
from app.web.main import create_app
from app.web.settings import Settings


@pytest.fixture(scope="module")
async def service(demo_settings: Settings) -> AsyncIterator[FastAPI]:
    """Never started, and closed all the same: a page may have looked into the database."""
    app = create_app(demo_settings)
    yield app
    await app.state.service.close()


@pytest.fixture(scope="module")
def served(service: FastAPI) -> list[Door]:
    return list(doors(service.routes))


def test_every_route_of_the_service_is_guarded_or_public_for_a_reason(served: list[Door]) -> None:
    """AZ-01."""
    assert len(served) > 20
    assert {door.path for door in served if not door.guarded and not door.open_to_all} == set()


def test_every_route_to_a_case_demands_a_mandate(served: list[Door]) -> None:
    """AZ-01."""
    of_cases = [door for door in served if "{case_id}" in door.path]

    assert of_cases
    assert all(acting_mandate in door.asked for door in of_cases)


def test_every_route_for_integrators_demands_a_machine(served: list[Door]) -> None:
    theirs = [door for door in served if door.path.startswith("/v1/integration")]

    assert theirs
    assert all(integrator in door.asked for door in theirs)


def test_the_list_of_public_routes_holds_no_route_that_is_gone(served: list[Door]) -> None:
    assert PUBLIC.keys() <= {door.path for door in served}
    assert all(len(reason) > 10 for reason in PUBLIC.values())


@pytest.mark.parametrize("path", sorted(ASK_THEMSELVES))
async def test_a_page_that_asks_for_the_person_itself_is_no_use_to_nobody(
    path: str, service: FastAPI
) -> None:
    url = path.format(answer_id=UUID(int=0))
    transport = httpx2.ASGITransport(app=service)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        answer = await client.get(url, headers={"Accept": "text/html"})

    assert answer.status_code in {303, 401}
    assert answer.headers.get("location", "/login").startswith("/login")


def with_route(path: str, *, declares: bool = True, **asks: object) -> FastAPI:
    """One guarded route, and another one behind a lazily included router."""
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()

    @does(CitizenAction.ASK)
    async def guarded(mandate: ActingMandate) -> None: ...

    @does(CitizenAction.SEE_MYSELF)
    async def declared() -> None: ...

    async def other() -> None: ...

    router.get("/v1/cases/{case_id}/due")(guarded)
    router.get(path, **asks)(declared if declares else other)  # type: ignore[arg-type] # each is a keyword of that method
    app.include_router(router)
    return app


def test_a_route_without_a_guard_stops_the_start() -> None:
    """AZ-01."""
    with pytest.raises(Unguarded, match="/v1/everything"):
        require_guards(with_route("/v1/everything"))


def test_a_case_is_not_guarded_by_a_mere_sign_in() -> None:
    with pytest.raises(Unguarded, match="case_id"):
        require_guards(with_route("/cases/{case_id}/x", dependencies=[Depends(signed_in)]))


def test_an_integrators_route_is_not_guarded_by_a_persons_sign_in() -> None:
    with pytest.raises(Unguarded, match="integration"):
        require_guards(with_route("/v1/integration/x", dependencies=[Depends(signed_in)]))


def test_a_check_that_finds_no_guard_at_all_fails() -> None:
    with pytest.raises(Unguarded, match="wrong place"):
        require_guards(FastAPI(openapi_url=None, docs_url=None, redoc_url=None))


def test_a_guard_deep_below_counts() -> None:
    async def deeper(person: Annotated[object, Depends(signed_in)]) -> None: ...

    require_guards(with_route("/v1/me", dependencies=[Depends(deeper)]))


def test_su_01_every_route_of_citizens_is_an_action_and_every_action_is_a_route(
    served: list[Door],
) -> None:
    """SU-01"""
    theirs = [
        door
        for door in served
        if (OF_CITIZENS & door.asked or door.asks_itself) and not OF_OFFICERS & door.asked
    ]

    assert len(theirs) > 25
    assert [door.path for door in theirs if action_of(door.endpoint) is None] == []
    assert {action_of(door.endpoint) for door in theirs} == set(CitizenAction)


def test_su_01_a_citizens_route_that_is_no_action_stops_the_start() -> None:
    """SU-01"""
    asks = [Depends(signed_in)]
    with pytest.raises(Unguarded, match="what is done at /v1/me"):
        require_guards(with_route("/v1/me", declares=False, dependencies=asks))
    require_guards(with_route("/v1/me", dependencies=asks))


def test_a_machines_route_is_no_action_of_citizens() -> None:
    asks = {"dependencies": [Depends(integrator)]}
    require_guards(with_route("/v1/integration/x", declares=False, **asks))
