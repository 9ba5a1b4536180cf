"""The application from its start to its end."""

import asyncio
import re

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.routing import Mount

from app.answers import routes as answers
from app.answers.fieldlist import get_fields
from app.answers.public import get_public_desk
from app.audit import routes as trail
from app.identity import guards as identity
from app.integration import code_routes, mandate_routes
from app.integration import routes as integration
from app.legitimation import guards as legitimation
from app.policy import routes as policy
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import Unavailable
from app.web import contact, health, main
from app.web.admission import Unguarded
from app.web.pages.view import get_pages
from tests.service import Whole, settings_in

ASKED = [
    answers.get_answers,
    answers.get_pipeline,
    get_fields,
    get_public_desk,
    get_pages,
    contact.get_contact,
    health.get_service,
    identity.get_identity,
    integration.get_case_intake,
    mandate_routes.get_mandate_intake,
    mandate_routes.get_person_event_intake,
    code_routes.get_code_intake,
    integration.get_schemas,
    legitimation.get_legitimation,
    policy.get_consents,
    trail.get_reader,
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.__name__)
async def test_every_room_is_given_its_desk_and_has_none_of_its_own(
    whole: Whole, asked: Wanted[object]
) -> None:
    assert await asked(Request({"type": "http", "app": whole.app})) is not None
    with pytest.raises(Unavailable):
        await asked(Request({"type": "http", "app": FastAPI()}))


async def test_nothing_is_overridden_at_every_request(whole: Whole) -> None:
    assert whole.app.dependency_overrides == {}


async def test_the_log_is_moved_along_while_the_service_runs(whole: Whole) -> None:
    ref, _ = await whole.push()

    async with asyncio.timeout(10):
        while True:
            checkpoint = await whole.call("GET", "/log/bergstrasse/checkpoint")
            if checkpoint.status_code == 200:
                break
            await asyncio.sleep(0.1)

    assert checkpoint.text.startswith("klarfall.example/log/bergstrasse\n")
    assert ref not in checkpoint.text


async def test_the_contract_is_public_and_names_no_pages(whole: Whole) -> None:
    contract = (await whole.call("GET", "/openapi.json")).json()

    assert "/v1/cases/{case_id}/questions" in contract["paths"]
    assert "/login" not in contract["paths"]
    for path in ("/docs", "/redoc"):
        assert (await whole.call("GET", path)).status_code == 404


async def test_a_style_sheet_is_served_and_nothing_beside_it(whole: Whole) -> None:
    mounts = [route for route in whole.app.routes if isinstance(route, Mount)]
    page = await whole.call("GET", "/", {"accept": "text/html"})
    sheets = re.findall(r'href="(/static/[^"]+)"', page.text)

    assert [mount.path for mount in mounts] == ["/static"]
    assert sheets
    assert (await whole.call("GET", sheets[0])).status_code == 200
    for outside in ("/static/../main.py", "/static/%2e%2e/main.py", "/static/"):
        assert (await whole.call("GET", outside)).status_code in {404, 405}


def test_a_route_that_anybody_could_call_stops_the_start(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AZ-01."""
    router = APIRouter()
    router.get("/v1/everything")(lambda: None)
    monkeypatch.setattr(health, "router", router)
    settings = settings_in(whole.folder, whole.parts.settings.database_url)

    with pytest.raises(Unguarded, match="/v1/everything"):
        main.create_app(settings, whole.clock)
