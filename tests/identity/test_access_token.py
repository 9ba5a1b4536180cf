"""Access tokens at the door: what each of them may do, and forgeries that may nothing."""

import ast
import dataclasses
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from app.identity import machines, persons
from app.identity.tokens import access_tokens, id_tokens
from app.identity.tokens.verification import self_signed, unverified_audience
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import IdentityId, TenantId, random_id
from demo.proofs import Holder
from tests.doubles.lying_provider import (
    ABSENT,
    AUDIENCE,
    CLI,
    MACHINE,
    LyingProvider,
)
from tests.fixtures import ROOT, MovableClock
from tests.identity.conftest import Service
from tests.identity.forgeries import at, payload_text, with_claims, with_header
from tests.sources import parsed

RSA: Final = RSAKey.generate_key(2048)

SOMEBODY: Final = IdentityId(random_id())

Forge = Callable[[LyingProvider], str]


async def call(
    service: Service, token: str, path: str = "/v1/me", method: str = "GET"
) -> httpx2.Response:
    return await service.browser.request(method, path, headers={"authorization": f"Bearer {token}"})


async def test_an_access_token_says_who_and_how_sure(service: Service) -> None:
    response = await call(service, service.liar.access_token())
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["assurance"] == "substantial"
    assert body["client"] == CLI
    assert body["tenant"] == "bergstrasse"
    assert body["name"] is None


async def test_a_token_and_a_session_of_one_account_are_one_identity(service: Service) -> None:
    by_token = (await call(service, service.liar.access_token())).json()["identity"]
    await service.sign_in()
    assert (await service.browser.get("/v1/me")).json()["identity"] == by_token


async def test_a_token_needs_no_form_header_to_change_something(service: Service) -> None:
    token = service.liar.access_token()
    assert (await call(service, token, "/v1/change", "POST")).status_code == 200


@pytest.mark.parametrize("missing", ["acr", "auth_time"])
async def test_without_acr_or_auth_time_a_person_is_basic(service: Service, missing: str) -> None:
    response = await call(service, service.liar.access_token(**{missing: ABSENT}))
    assert response.json()["assurance"] == "basic"


async def test_unknown_scopes_are_passed_over(service: Service) -> None:
    token = service.liar.access_token(scope="openid klarfall everything")
    assert (await call(service, token)).status_code == 200


async def test_a_machine_token_opens_the_integration_api(service: Service) -> None:
    """With a proof, which a person's bare token needs not."""
    clock = service.identity.clock
    response = await service.browser.put(
        "/v1/integration",
        headers={"authorization": f"DPoP {service.liar.machine_token()}"},
        auth=Holder(service.liar.machine_key, lambda: clock().timestamp()),
    )
    assert response.status_code == 200
    assert response.json() == f"{MACHINE}@bergstrasse"


@pytest.mark.parametrize(
    "allowed",
    [
        at(iat=5, exp=305),
        at(iat=-300, exp=-4),
        at(auth_time=5),
        with_claims(aud=AUDIENCE, sub="s" * 255),
        with_header(typ="application/at+jwt"),
        payload_text(lambda text: text[:-1] + ', "x": ' + "[" * 7 + "]" * 7 + "}"),
    ],
    ids=["iat +5", "exp -4", "auth_time +5", "sub of 255", "the long typ", "eight levels"],
)
async def test_what_is_just_inside_the_rules_is_accepted(service: Service, allowed: Forge) -> None:
    assert (await call(service, allowed(service.liar))).status_code == 200


async def test_a_token_is_dead_when_its_time_is_up(
    service: Service, movable_clock: MovableClock
) -> None:
    token = service.liar.access_token()
    assert (await call(service, token)).status_code == 200
    movable_clock.forward(timedelta(seconds=305))
    assert (await call(service, token)).status_code == 401


async def test_id_25_without_keys_a_token_is_not_judged(service: Service) -> None:
    service.liar.replies["/jwks"] = lambda: httpx2.Response(503)
    assert (await call(service, service.liar.access_token())).status_code == 503


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer ")],
        [("authorization", "Basic {token}")],
        [("authorization", "DPoP {token}")],
        [("authorization", "Bearer {token}"), ("authorization", "Bearer {token}")],
    ],
)
async def test_only_one_bearer_header_is_a_way_in(
    service: Service, headers: list[tuple[str, str]]
) -> None:
    token = service.liar.access_token()
    sent = [(name, value.format(token=token)) for name, value in headers]
    response = await service.browser.get("/v1/me", headers=sent)
    assert response.status_code == 401
    machine = service.liar.machine_token()
    sent = [(name, value.format(token=machine)) for name, value in headers]
    assert (await service.browser.put("/v1/integration", headers=sent)).status_code == 401


async def test_a_token_beside_a_session_is_refused(service: Service) -> None:
    await service.sign_in()
    assert (await service.browser.get("/v1/me")).status_code == 200
    assert (await call(service, service.liar.access_token())).status_code == 401


async def test_evidence_of_identity_is_minted_in_its_own_module_alone(
    liar: LyingProvider, service: Service
) -> None:
    peer = service.identity.peer(TenantId("bergstrasse"))
    expected, now = peer.provider.expected, liar.clock()
    access = await access_tokens.access_token(
        liar.access_token(), expected=expected, keys=peer.keys, now=now
    )
    sign_in = await id_tokens.id_token(
        liar.id_token("nonce", "access"),
        awaited=id_tokens.Awaited(nonce_hash=sha256(b"nonce").digest(), access_token="access"),
        expected=expected,
        keys=peer.keys,
        now=now,
    )
    person = persons.of_access(access, tenant=peer.provider.tenant, identity=SOMEBODY)
    machine = machines.of_access(
        await access_tokens.access_token(
            liar.machine_token(),
            expected=expected,
            keys=peer.keys,
            now=now,
            shown_by=liar.machine_key.thumbprint(),
        ),
        tenant=peer.provider.tenant,
    )
    for evidence in (access, sign_in, person, machine):
        fields = {
            field.name: getattr(evidence, field.name) for field in dataclasses.fields(evidence)
        }
        with pytest.raises(TypeError, match="alone"):
            type(evidence)(**fields, seal=Seal())


async def test_a_service_is_ready_when_every_provider_answers(
    service: Service, movable_clock: MovableClock
) -> None:
    await service.identity.ready()
    service.liar.replies["/.well-known/openid-configuration"] = lambda: httpx2.Response(500)
    movable_clock.forward(timedelta(minutes=10))
    with pytest.raises(Unavailable):
        await service.identity.ready()


def test_one_module_opens_tokens_and_the_others_only_sign() -> None:
    """RS-04: whatever checks a signature can be read in one place."""
    opening: dict[str, set[str]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(parsed(path.read_text())):
            match node:
                case ast.ImportFrom(module="joserfc" | "joserfc.util", names=names):
                    taken = {alias.name for alias in names} - {"jwt"}
                case ast.Attribute(value=ast.Name(id="jwt"), attr=str(used)) if used != "encode":
                    taken = {f"jwt.{used}"}
                case _:
                    continue
            opening.setdefault(path.name, set()).update(taken)
    assert {name for name, taken in opening.items() if taken} == {"verification.py"}
    assert opening["verification.py"] == {"jws", "urlsafe_b64decode"}


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80}){1,4}"))
def test_rs_05_whatever_text_is_sent_for_a_token_or_a_proof_is_refused_and_breaks_nothing(
    sent: str,
) -> None:
    for read in (unverified_audience, lambda text: self_signed(text, typ="dpop+jwt")):
        with pytest.raises(Unauthenticated):
            read(sent)
