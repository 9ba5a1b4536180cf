"""What an office's own program may do, for how long, and what it never learns."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import text

from app.identity.provider.exchange import SCOPES
from app.identity.provider.providers import Peer
from app.vocabulary.ids import TenantId
from app.web.settings import Environment
from app.web.tenants import load_all
from tests.doubles.lying_provider import CLI, CLIENT, ORIGIN, new_key
from tests.fixtures import MovableClock
from tests.identity.conftest import Service, make_app
from tests.parties import couple
from tests.service import Whole, write_tenant

BERGSTRASSE: Final = TenantId("bergstrasse")
_READABLE: Final = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT')"
)
ACCESS: Final = "/v1/integration/schema"


def values(document: object) -> Iterator[str]:
    """Each text in a document that nothing but its case could have told."""
    match document:
        case dict():
            for each in document.values():
                yield from values(each)
        case list():
            for each in document:
                yield from values(each)
        case str() if len(document) > 3:
            yield document


async def test_rs_13_what_a_program_pushed_never_comes_back_to_it(whole: Whole) -> None:
    """Neither from the call itself nor from a refusal, nor from any other call of its own."""
    document = couple()
    pushed = await whole.call("PUT", "/v1/integration/cases/rs13", whole.machine(), document)
    assert pushed.status_code == 201
    again = await whole.call("PUT", "/v1/integration/cases/rs13", whole.machine(), document)
    code = await whole.call(
        "POST",
        "/v1/integration/activation-codes",
        whole.machine(),
        {"case": "rs13", "person": "p1"},
    )
    wrong = dict(document) | {"household": {"fields": {"household.number": ["12345//0001234"]}}}
    unfit = await whole.call("PUT", "/v1/integration/cases/rs13", whole.machine(), wrong)
    schema = await whole.call("GET", ACCESS, whole.machine())
    reread = await whole.call("GET", "/v1/integration/cases/rs13", whole.machine())

    assert [answer.status_code for answer in (code, unfit, schema, reread)] == [201, 422, 200, 405]
    secrets = {
        value for value in values(document) if value not in {"applicant", "partner", "child", "EUR"}
    }
    assert "Berghaus" in secrets
    for answer in (pushed, again, code, unfit, reread):
        told = answer.text + json.dumps(dict(answer.headers))
        assert {secret for secret in secrets if secret in told} == set()


async def test_rs_13_a_program_gets_through_no_door_of_a_citizen(whole: Whole) -> None:
    """With whatever scopes."""
    _, ids = await whole.push()
    case = ids["case"]
    for method, path, body in (
        ("GET", "/v1/me", None),
        (
            "POST",
            f"/v1/cases/{case}/questions",
            {"question": "Wann?", "purpose": "explain_decision"},
        ),
        ("GET", f"/v1/cases/{case}/fields", None),
        ("POST", "/v1/bindings", {"activation_code": "x"}),
    ):
        answer = await whole.call(method, path, whole.machine(scope="klarfall integration"), body)
        assert answer.status_code == 401, path


async def test_rs_14_a_key_the_provider_removed_is_dead_within_five_minutes(
    service: Service, movable_clock: MovableClock
) -> None:
    liar = service.liar

    async def by_old_key() -> int:
        headers = {"authorization": f"Bearer {liar.access_token()}"}
        return (await service.browser.get("/v1/me", headers=headers)).status_code

    assert await by_old_key() == 200
    liar.published = [new_key()]
    movable_clock.forward(timedelta(seconds=299))
    assert await by_old_key() == 200
    movable_clock.forward(timedelta(seconds=1))
    assert await by_old_key() == 401
    liar.published = None
    movable_clock.forward(timedelta(minutes=5))
    assert await by_old_key() == 200


async def test_rs_14_a_client_removed_at_the_provider_is_dead_with_its_last_token(
    whole: Whole,
) -> None:
    last = whole.machine()
    assert (await whole.call("GET", ACCESS, last)).status_code == 200
    whole.clock.forward(timedelta(minutes=5) + timedelta(seconds=5))
    assert (await whole.call("GET", ACCESS, last)).status_code == 401
    assert (await whole.call("GET", ACCESS, whole.machine())).status_code == 200


async def test_rs_14_a_client_that_left_the_tenant_file_is_refused_from_the_next_start_on(
    service: Service, tmp_path: Path
) -> None:
    """A token that was good a moment ago is dead then too, whatever the provider says."""
    peer = service.identity.peer(BERGSTRASSE)
    headers = {"authorization": f"Bearer {service.liar.access_token()}"}
    statuses = []
    for clients in ({CLI}, {"another"}):
        path = write_tenant(tmp_path, "bergstrasse", client=CLIENT)
        path.write_text(path.read_text().replace(f'["{CLI}"]', json.dumps(sorted(clients))))
        told = load_all(path.parent, Environment.TESTING)[BERGSTRASSE].identity
        provider = replace(peer.provider, bearer_clients=told.bearer_clients)
        restarted = Peer(provider, service.identity.clock, service.liar)
        app = make_app(replace(service.identity, peers={BERGSTRASSE: restarted}))
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
            statuses.append((await browser.get("/v1/me", headers=headers)).status_code)
    assert statuses == [200, 401]


async def test_rs_15_a_refresh_token_is_neither_asked_for_nor_kept(service: Service) -> None:
    canary = "refresh-token-canary-7f3a"
    service.liar.answer = {"refresh_token": canary}

    assert (await service.sign_in()).status_code in {200, 303}

    assert "offline_access" not in SCOPES
    assert service.liar.token_requests[-1]["grant_type"] == "authorization_code"
    async with service.identity.database.transaction(BERGSTRASSE) as tx:
        tables = (await tx.execute(_READABLE)).scalars().all()
        assert "sessions" in tables
        for table in tables:
            rows = await tx.execute(text(f"SELECT t::text FROM {table} t"))  # noqa: S608 - a name of ours
            kept = " ".join(rows.scalars())
            assert canary not in kept
            assert canary.encode().hex() not in kept
