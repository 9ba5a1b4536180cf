"""Access tokens at the door: what each of them may do, and forgeries that may nothing."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

import httpx2
import pytest
from joserfc.jwk import RSAKey

from app.identity import machines, persons, verification
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import IdentityId, TenantId, random_id
from tests.doubles.lying_provider import (
    ABSENT,
    AUDIENCE,
    CLI,
    CLIENT,
    ISSUER,
    MACHINE,
    LyingProvider,
    new_key,
    part,
    signed,
    unsigned,
)
from tests.fixtures import MovableClock
from tests.identity.conftest import Service

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
    response = await call(service, service.liar.machine_token(), "/v1/integration", "PUT")
    assert response.status_code == 200
    assert response.json() == f"{MACHINE}@bergstrasse"


@pytest.mark.parametrize(
    ("token", "path", "method"),
    [
        (lambda liar: liar.machine_token(), "/v1/me", "GET"),
        (lambda liar: liar.machine_token(scope="klarfall integration"), "/v1/me", "GET"),
        (lambda liar: liar.access_token(), "/v1/integration", "PUT"),
        (lambda liar: liar.access_token(scope="klarfall integration"), "/v1/integration", "PUT"),
        (lambda liar: liar.machine_token(scope="klarfall"), "/v1/integration", "PUT"),
        (lambda liar: liar.access_token(scope="openid"), "/v1/me", "GET"),
    ],
    ids=[
        "RS-11 a machine as a person",
        "RS-11 a machine with a person's scope as a person",
        "RS-10 a person as a machine",
        "RS-10 a person with a machine's scope as a machine",
        "a machine without the scope",
        "a person without the scope",
    ],
)
async def test_persons_and_machines_do_not_pass_for_each_other(
    service: Service, token: Forge, path: str, method: str
) -> None:
    response = await call(service, token(service.liar), path, method)
    assert response.status_code == 401
    found = "SELECT count(*) FROM identities WHERE subject = :subject"
    assert await service.count(found, subject=service.liar.subject) == 0


def with_claims(**change: object) -> Forge:
    return lambda liar: liar.access_token(**change)


def at(**seconds: int) -> Forge:
    def forge(liar: LyingProvider) -> str:
        now = int(liar.clock().timestamp())
        return liar.access_token(**{name: now + later for name, later in seconds.items()})

    return forge


def with_header(**change: object) -> Forge:
    def forge(liar: LyingProvider) -> str:
        liar.header = change
        return liar.access_token()

    return forge


def rewritten(
    change: Callable[[dict[str, object], dict[str, object], LyingProvider], str],
) -> Forge:
    def forge(liar: LyingProvider) -> str:
        liar.sign = lambda header, claims: change(dict(header), dict(claims), liar)
        return liar.access_token()

    return forge


def payload_text(edit: Callable[[str], str]) -> Forge:
    """Signed by the real key over a payload no JSON library of ours would write."""
    return rewritten(
        lambda header, claims, liar: signed(header, edit(json.dumps(claims)).encode(), liar.key)
    )


def header_text(edit: Callable[[str], str]) -> Forge:
    def change(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
        _, payload, signature = signed(header, json.dumps(claims).encode(), liar.key).split(".")
        return f"{part(edit(json.dumps(header)).encode())}.{payload}.{signature}"

    return rewritten(change)


def whole(edit: Callable[[str], str]) -> Forge:
    return lambda liar: edit(liar.access_token())


def swapped_payload(liar: LyingProvider) -> str:
    header, _, signature = liar.access_token().split(".")
    _, payload, _ = liar.access_token(acr="high").split(".")
    return f"{header}.{payload}.{signature}"


def id_token(liar: LyingProvider) -> str:
    liar.claims = {"aud": AUDIENCE, "client_id": CLI, "jti": "j", "scope": "klarfall"}
    return liar.id_token("nonce", "access")


def of_rsa(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
    return signed({**header, "alg": "PS256"}, json.dumps(claims).encode(), RSA)


def of_hmac(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
    secret = liar.key.as_pem(private=False)
    return signed({**header, "alg": "HS256"}, json.dumps(claims).encode(), secret)


def of_thief(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
    return signed(header, json.dumps(claims).encode(), new_key())


def own_key(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
    thief = new_key()
    header["jwk"] = thief.as_dict(private=False)
    return signed(header, json.dumps(claims).encode(), thief)


def deep(text: str) -> str:
    return text[:-1] + ', "x": ' + "[" * 8 + "]" * 8 + "}"


FORGERIES: dict[str, Forge] = {
    "RS-01 no typ": with_header(typ=ABSENT),
    "RS-01 typ JWT": with_header(typ="JWT"),
    "RS-01 typ a list": with_header(typ=["at+jwt"]),
    "RS-01 typ dpop+jwt": with_header(typ="dpop+jwt"),
    "RS-01 an ID token": id_token,
    "RS-02 no iss": with_claims(iss=ABSENT),
    "RS-02 iss of another": with_claims(iss="https://evil.example"),
    "RS-02 iss with a slash": with_claims(iss=f"{ISSUER}/"),
    "RS-02 no aud": with_claims(aud=ABSENT),
    "RS-02 aud of another tenant": with_claims(aud=AUDIENCE.replace("bergstrasse", "main-kinzig")),
    "RS-02 aud the client": with_claims(aud=CLIENT),
    "RS-02 two aud": with_claims(aud=[AUDIENCE, "https://other.example"]),
    "RS-02 no aud in the list": with_claims(aud=[]),
    "RS-02 no exp": with_claims(exp=ABSENT),
    "RS-02 exp a string": with_claims(exp="2000000000"),
    "RS-02 exp true": with_claims(exp=True),
    "RS-02 exp 1e20": with_claims(exp=1e20),
    "RS-02 exp far beyond": with_claims(exp=10**18),
    "RS-02 no iat": with_claims(iat=ABSENT),
    "RS-02 iat negative": with_claims(iat=-1),
    "RS-02 iat a fraction": payload_text(lambda text: text.replace('"iat": ', '"iat": 0.')),
    "RS-02 no sub": with_claims(sub=ABSENT),
    "RS-02 sub a number": with_claims(sub=7),
    "RS-02 sub too long": with_claims(sub="s" * 256),
    "RS-02 sub with a space": with_claims(sub="a b"),
    "RS-02 sub not ASCII": with_claims(sub="größer"),
    "RS-02 no client_id": with_claims(client_id=ABSENT),
    "RS-02 no jti": with_claims(jti=ABSENT),
    "RS-02 jti empty": with_claims(jti=""),
    "no scope": with_claims(scope=ABSENT),
    "scope a list": with_claims(scope=["klarfall"]),
    "scope with two spaces": with_claims(scope="klarfall  openid"),
    "RS-03 expired": at(iat=-60, exp=-5),
    "RS-03 living six minutes": at(exp=360),
    "RS-03 issued in the future": at(iat=6),
    "RS-03 issued long ago": at(iat=-306),
    "RS-03 over before it began": at(iat=0, exp=0),
    "RS-03 not before later": at(nbf=6),
    "RS-04 alg none": rewritten(lambda header, claims, liar: unsigned(header, claims)),
    "RS-04 alg none with a signature": header_text(lambda text: text.replace("ES256", "none")),
    "RS-04 HS256 with the public key": rewritten(of_hmac),
    "RS-04 PS256 with a key of one's own": rewritten(of_rsa),
    "RS-04 another key": rewritten(of_thief),
    "RS-04 a key in the header": rewritten(own_key),
    "RS-04 jku": with_header(jku="https://evil.example/jwks"),
    "RS-04 x5u": with_header(x5u="https://evil.example/cert"),
    "RS-04 crit": with_header(crit=["exp"], exp=1),
    "RS-04 b64 false": with_header(b64=False, crit=["b64"]),
    "RS-04 no kid": with_header(kid=ABSENT),
    "RS-04 kid unknown": with_header(kid="unknown"),
    "RS-04 kid a path": with_header(kid="../../dev/null"),
    "RS-04 kid a number": with_header(kid=1),
    "RS-04 payload swapped": swapped_payload,
    "RS-04 signature cut": whole(lambda token: token[:-4]),
    "RS-04 signature padded": whole(lambda token: token + "=="),
    "RS-04 signature empty": whole(lambda token: token[: token.rindex(".") + 1]),
    "RS-04 signature all zero": whole(
        lambda token: token[: token.rindex(".") + 1] + part(bytes(64))
    ),
    "RS-05 two parts": whole(lambda token: token[: token.rindex(".")]),
    "RS-05 five parts": whole(lambda token: f"{token}.a.b"),
    "RS-05 nothing": lambda liar: ".",
    "RS-05 not base64": whole(lambda token: token.replace(".", ".!", 1)),
    "RS-05 payload not JSON": payload_text(lambda text: text[1:]),
    "RS-05 payload a list": payload_text(lambda text: f"[{text}]"),
    "RS-05 payload not UTF-8": rewritten(
        lambda header, claims, liar: signed(header, b'{"a":"\xff"}', liar.key)
    ),
    "RS-05 NaN": payload_text(lambda text: text[:-1] + ', "x": NaN}'),
    "RS-06 over 4 KiB": with_claims(padding="x" * 4096),
    "RS-06 nine levels": payload_text(deep),
    "RS-06 a thousand levels": payload_text(
        lambda text: text[:-1] + ', "x": ' + "[" * 1000 + "]" * 1000 + "}"
    ),
    "RS-06 a member twice": payload_text(lambda text: text[:-1] + ', "acr": "high"}'),
    "RS-06 a member of the header twice": header_text(lambda text: text[:-1] + ', "alg": "ES256"}'),
    "RS-07 bound to a DPoP key": with_claims(cnf={"jkt": "thumbprint"}),
    "RS-07 cnf null": with_claims(cnf=None),
    "RS-07 a client that may not use bearer": with_claims(client_id="somebody-else"),
    "RS-07 the web client": with_claims(client_id=CLIENT),
    "RS-11 sub of a machine": with_claims(sub=MACHINE),
    "RS-11 sub of the web client": with_claims(sub=CLIENT),
    "RS-11 a machine with an acr": lambda liar: liar.machine_token(acr="high"),
    "RS-11 a machine with an auth_time": lambda liar: liar.machine_token(auth_time=1),
    "acr unknown": with_claims(acr="gold"),
    "acr a list": with_claims(acr=["high"]),
    "acr in capitals": with_claims(acr="HIGH"),
    "auth_time in the future": at(auth_time=6),
    "auth_time a string": with_claims(auth_time="1"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forgery_is_refused_like_any_other_and_its_honest_twin_is_not(
    service: Service, forge: Forge
) -> None:
    token = forge(service.liar)
    service.liar.header, service.liar.claims, service.liar.sign = {}, {}, None
    # Keys are at hand before and after, so that no refusal comes from their absence.
    assert (await call(service, service.liar.access_token())).status_code == 200

    responses = [
        await call(service, token),
        await call(service, token, "/v1/integration", "PUT"),
    ]

    for response in responses:
        assert response.status_code == 401
        assert response.json() == {"code": "unauthenticated", "title": Unauthenticated.title_en}
    assert (await call(service, service.liar.access_token())).status_code == 200
    machine = await call(service, service.liar.machine_token(), "/v1/integration", "PUT")
    assert machine.status_code == 200


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


async def test_rs_04_nothing_in_a_token_makes_us_fetch_anything(service: Service) -> None:
    await call(service, service.liar.access_token())
    asked = list(service.liar.seen)
    for name in ("jku", "x5u"):
        await call(service, with_header(**{name: "https://evil.example/k"})(service.liar))
    assert service.liar.seen == asked


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
    access = await verification.access_token(
        liar.access_token(), expected=expected, keys=peer.keys, now=now
    )
    sign_in = await verification.id_token(
        liar.id_token("nonce", "access"),
        awaited=verification.Awaited(nonce_hash=sha256(b"nonce").digest(), access_token="access"),
        expected=expected,
        keys=peer.keys,
        now=now,
    )
    person = persons.of_access(access, tenant=peer.provider.tenant, identity=SOMEBODY)
    machine = machines.of_access(
        await verification.access_token(
            liar.machine_token(), expected=expected, keys=peer.keys, now=now
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
