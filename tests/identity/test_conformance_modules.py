"""The client modules of the OpenID conformance suite that a code-flow client can meet.

Each test is named as its module is. `shows` does to the running service what the module does to
a client under test; where we are stricter than the module asks, `note` says so, and
docs/sign-in.md lists it. Modules that do not apply are in that document with their reason.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from app.identity.provider.profile import Profile
from tests.doubles.lies import (
    CALLBACK,
    ELSEWHERE,
    ID_TOKEN,
    METADATA,
    RSA,
    Lie,
    Tell,
    answer,
    by_rsa_badly,
    claim,
    claim_of,
    head,
    public,
    raw,
)
from tests.doubles.lying_provider import (
    ABSENT,
    Change,
    Json,
    LyingProvider,
    changed,
    new_key,
    signed,
    unsigned,
)
from tests.fixtures import ROOT
from tests.identity.served import AFTER_ALL_CACHES, Served, SignInUnderWay, make_honest

FAPI2, PLAIN = Profile.FAPI2, Profile.PLAIN
Shows = Callable[[Served, Profile], Awaitable[None]]
STRICTER = "refused here, where the module would have it accepted"
OTHER_FLOW = "not for the code flow; held all the same"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
DOORS = {"/.well-known/openid-configuration", "/jwks", "/token", "/par"}
DOCUMENT = ROOT / "docs" / "sign-in.md"


@dataclass(frozen=True)
class Module:
    shows: Shows
    note: str = ""


async def nothing(_: SignInUnderWay) -> None:
    """Nothing more to see than that it was accepted."""


def accepts(
    tell: Tell = lambda _: None,
    also: Callable[[SignInUnderWay], Awaitable[None]] = nothing,
    *,
    anew: bool = False,
) -> Shows:
    """`anew`: the metadata and the keys are asked for again."""

    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        if anew:
            served.clock.forward(AFTER_ALL_CACHES)
        way.liar.seen.clear()
        tell(way.liar)
        await way.accepted(await way.whole())
        await also(way)

    return shows


def refuses(lie: Lie | Tell) -> Shows:
    """At the token endpoint; and its honest twin is accepted."""
    told = lie if isinstance(lie, Lie) else Lie(lie)

    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        back = await way.authorized()
        told.tell(way.liar)
        await way.refused(await way.come_back(back), told.status)
        make_honest(way.liar)
        await way.accepted(await way.whole())

    return shows


def refuses_metadata(lie: Lie) -> Shows:
    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        served.clock.forward(AFTER_ALL_CACHES)
        lie.tell(way.liar)
        await way.refused(await way.go(), lie.status)
        make_honest(way.liar)
        served.clock.forward(timedelta(seconds=5))
        await way.accepted(await way.whole())

    return shows


def refuses_on_the_way_back(name: str) -> Shows:
    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        detour = CALLBACK[name]
        back = await way.authorized(**detour.lies)
        asked = len(way.liar.token_requests)
        await way.refused(await way.come_back(f"{back}{detour.more}"), 401)
        assert len(way.liar.token_requests) == asked
        await way.accepted(await way.whole())

    return shows


# Keys and metadata.


def two_keys_more(liar: LyingProvider) -> None:
    liar.key = new_key()
    strange = [
        {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-999", "pub": "AA"},
        {"kty": "made-up", "kid": "odd"},
    ]
    keys = [*strange, public(liar.key)]
    liar.replies["/jwks"] = lambda: httpx2.Response(200, json={"keys": keys})


def keys_elsewhere_at_home(liar: LyingProvider) -> None:
    path = f"/jwks-{token_urlsafe(6)}"
    liar.metadata = {"jwks_uri": f"{liar.issuer}{path}"}
    liar.replies["/jwks"] = lambda: httpx2.Response(404)
    liar.replies[path] = lambda: httpx2.Response(200, json={"keys": [public(liar.key)]})


def no_kid_and_two_keys(liar: LyingProvider) -> None:
    liar.published = [liar.key, new_key("second")]
    liar.header = {"kid": ABSENT}


async def discovery_was_asked(way: SignInUnderWay) -> None:
    assert way.liar.seen.count("/.well-known/openid-configuration") == 1
    assert way.liar.seen.count("/jwks") == 1


async def nothing_else_was_asked(way: SignInUnderWay) -> None:
    assert set(way.liar.seen) <= DOORS
    assert "/token" in way.liar.seen


async def rotates_between_two_sign_ins(served: Served, profile: Profile) -> None:
    served.clock.forward(AFTER_ALL_CACHES)  # whatever another module left
    way = served.begin(profile)
    await way.accepted(await way.whole())
    served.clock.forward(timedelta(seconds=6))
    way = served.begin(profile)
    way.liar.key = new_key()
    way.liar.seen.clear()
    await way.accepted(await way.whole())
    assert way.liar.seen.count("/jwks") == 1


async def rotates_just_before_signing(served: Served, profile: Profile) -> None:
    served.clock.forward(AFTER_ALL_CACHES)  # whatever another module left
    way = served.begin(profile)
    back = await way.authorized()
    served.clock.forward(timedelta(seconds=6))
    way.liar.key = new_key()
    way.liar.seen.clear()
    await way.accepted(await way.come_back(back))
    assert way.liar.seen.count("/jwks") == 1


# What we ask for.


async def asked(served: Served, profile: Profile) -> dict[str, str]:
    way = served.begin(profile)
    begun = await way.go()
    return way.liar.asked_for(begun.headers["location"])


async def asks_for_the_profile_and_gets_the_name(served: Served, profile: Profile) -> None:
    assert (await asked(served, profile))["scope"] == "openid profile"
    await accepts(claim("name", "Erika Sommerfeld"), nothing_else_was_asked)(served, profile)


async def sends_a_nonce(served: Served, profile: Profile) -> None:
    assert len((await asked(served, profile))["nonce"]) == 43
    await accepts()(served, profile)


async def the_request_was_pushed_and_proven(way: SignInUnderWay) -> None:
    """FAPI 2.0 Security Profile, 5.3.3."""
    assert way.liar.pushes[-1]["code_challenge_method"] == "S256"
    assert way.liar.proofs[-1]["nonce"] == way.liar.proof_nonce
    assert way.liar.token_requests[-1]["client_assertion"].count(".") == 2


async def proves_with_a_new_nonce(served: Served, profile: Profile) -> None:
    """The nonce is another one than last time: one refusal, one proof more."""
    way = served.begin(profile)
    way.liar.proof_nonce = token_urlsafe(16)
    before = len(way.liar.token_requests)
    await way.accepted(await way.whole())
    assert len(way.liar.token_requests) == before + 2
    await the_request_was_pushed_and_proven(way)


def no_nonce(liar: LyingProvider) -> None:
    liar.proof_nonce = None


# Signing out here, and there.


async def sign_out(way: SignInUnderWay) -> None:
    page = await way.tab.get("/session")
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    out = await way.tab.post("/logout", {"form_token": found[1]})
    assert out.status_code == 200, out.text
    assert f"{way.liar.issuer}/session/end?client_id={way.liar.client_id}" in out.text
    assert SESSION not in way.tab.cookies
    assert await way.sessions() == 0


def signs_out_and_comes_home(address: str) -> Shows:
    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        await way.accepted(await way.whole())
        await sign_out(way)
        notice = await logout(way)
        assert notice.status_code == 200, notice.text
        home = await way.tab.get(address)
        assert home.status_code == 200
        assert (await way.tab.get("/v1/me")).status_code == 401

    return shows


async def logout(
    way: SignInUnderWay,
    claims: Change | None = None,
    sign: Callable[[Change, Change, LyingProvider], str] | None = None,
) -> httpx2.Response:
    """The provider's notice on the back channel (OIDC Back-Channel Logout 1.0, 2.5)."""
    liar = way.liar
    now = int(liar.clock().timestamp())
    honest: dict[str, Json] = {
        "iss": liar.issuer,
        "aud": liar.client_id,
        "sub": liar.subject,
        "sid": "provider-session",
        "iat": now,
        "exp": now + 120,
        "jti": token_urlsafe(12),
        "events": {LOGOUT_EVENT: {}},
    }
    header: dict[str, Json] = {"alg": "ES256", "typ": "logout+jwt", "kid": liar.key.kid}
    told = changed(honest, claims or {})
    token = signed(header, raw(told), liar.key) if sign is None else sign(header, told, liar)
    return await way.served.client.post("/backchannel-logout", data={"logout_token": token})


async def ends_at_the_providers_word(served: Served, profile: Profile) -> None:
    way = served.begin(profile)
    await way.accepted(await way.whole())
    notice = await logout(way)
    assert notice.status_code == 200, notice.text
    assert notice.headers["cache-control"] == "no-store"
    assert (await way.tab.get("/v1/me")).status_code == 401
    assert await way.sessions() == 0


def refuses_notice(
    claims: Change | None = None,
    sign: Callable[[Change, Change, LyingProvider], str] | None = None,
) -> Shows:
    """400, and the session lives on until the honest twin of the notice comes."""

    async def shows(served: Served, profile: Profile) -> None:
        way = served.begin(profile)
        await way.accepted(await way.whole())
        notice = await logout(way, claims, sign)
        assert notice.status_code == 400, notice.text
        assert (await way.tab.get("/v1/me")).status_code == 200
        assert (await logout(way)).status_code == 200
        assert (await way.tab.get("/v1/me")).status_code == 401

    return shows


def unsigned_notice(header: Change, claims: Change, _: LyingProvider) -> str:
    return unsigned(header, claims)


def rsa_notice(header: Change, claims: Change, _: LyingProvider) -> str:
    return signed({**header, "alg": "RS256", "kid": "rsa"}, raw(claims), RSA)


OF_ANOTHER = {
    "_claim_names": {"address": "src1"},
    "_claim_sources": {"src1": {"JWT": "e30.e30.e30"}},
}
AT_ANOTHER = {
    "_claim_names": {"credit_score": "src1"},
    "_claim_sources": {"src1": {"endpoint": f"{ELSEWHERE}/claims", "access_token": "x"}},
}


def with_claims(claims: Change) -> Tell:
    def tell(liar: LyingProvider) -> None:
        liar.claims = claims

    return tell


def mtls_aliases(liar: LyingProvider) -> None:
    liar.metadata = {"mtls_endpoint_aliases": {"token_endpoint": f"{ELSEWHERE}/token"}}


OIDC: dict[str, Module] = {
    "oidcc-client-test": Module(accepts(also=nothing_else_was_asked)),
    "oidcc-client-test-invalid-iss": Module(refuses(ID_TOKEN["ID-12 iss of another"])),
    "oidcc-client-test-missing-sub": Module(refuses(ID_TOKEN["ID-12 sub missing"])),
    "oidcc-client-test-invalid-aud": Module(refuses(ID_TOKEN["ID-12 aud of another"])),
    "oidcc-client-test-missing-aud": Module(refuses(ID_TOKEN["ID-12 aud missing"])),
    "oidcc-client-test-missing-iat": Module(refuses(ID_TOKEN["ID-12 iat missing"])),
    "oidcc-client-test-nonce-invalid": Module(refuses(ID_TOKEN["ID-15 nonce wrong"])),
    "oidcc-client-test-idtoken-sig-none": Module(refuses(ID_TOKEN["ID-11 alg none, advertised"])),
    "oidcc-client-test-idtoken-sig-rs256": Module(refuses(ID_TOKEN["ID-11 RS256"]), STRICTER),
    "oidcc-client-test-invalid-sig-rs256": Module(refuses(by_rsa_badly)),
    "oidcc-client-test-invalid-sig-hs256": Module(
        refuses(ID_TOKEN["ID-11 HS256 with the public key"])
    ),
    "oidcc-client-test-invalid-sig-es256": Module(
        refuses(ID_TOKEN["ID-12 signature of another key"])
    ),
    "oidcc-client-test-kid-absent-single-jwks": Module(refuses(head("kid", ABSENT)), STRICTER),
    "oidcc-client-test-kid-absent-multiple-jwks": Module(refuses(no_kid_and_two_keys)),
    "oidcc-client-test-ignores-unparseable-key-in-jwks": Module(accepts(two_keys_more, anew=True)),
    "oidcc-client-test-discovery-openid-config": Module(
        accepts(also=discovery_was_asked, anew=True)
    ),
    "oidcc-client-test-discovery-jwks-uri-keys": Module(accepts(keys_elsewhere_at_home, anew=True)),
    "oidcc-client-test-discovery-issuer-mismatch": Module(
        refuses_metadata(METADATA["ID-10 issuer of another"])
    ),
    "oidcc-client-test-signing-key-rotation": Module(rotates_between_two_sign_ins),
    "oidcc-client-test-signing-key-rotation-just-before-signing": Module(
        rotates_just_before_signing
    ),
    "oidcc-client-test-scope-userinfo-claims": Module(asks_for_the_profile_and_gets_the_name),
    "oidcc-client-test-client-secret-basic": Module(
        refuses_metadata(METADATA["ID-04 shared secrets alone"]), STRICTER
    ),
    "oidcc-client-test-nonce-unless-code-flow": Module(sends_a_nonce, OTHER_FLOW),
    "oidcc-client-test-invalid-athash": Module(
        refuses(ID_TOKEN["ID-16 at_hash of another token"]), OTHER_FLOW
    ),
    "oidcc-client-test-missing-athash": Module(
        accepts(claim("at_hash", ABSENT)),
        "not for the code flow, where the claim is optional (OIDC Core 3.1.3.6): accepted",
    ),
    "oidcc-client-test-aggregated-claims": Module(
        accepts(with_claims(OF_ANOTHER), nothing_else_was_asked),
        "the sign-in is accepted, what others claim is not read",
    ),
    "oidcc-client-test-distributed-claims": Module(
        accepts(with_claims(AT_ANOTHER), nothing_else_was_asked),
        "the sign-in is accepted, what others claim is not fetched",
    ),
    "oidcc-client-test-mtls-endpoint-aliases": Module(
        accepts(mtls_aliases, nothing_else_was_asked, anew=True),
        "no client certificate is used: the aliases are passed over",
    ),
    "oidcc-client-test-rp-init-logout": Module(signs_out_and_comes_home("/")),
    "oidcc-client-test-rp-init-logout-other-state": Module(
        signs_out_and_comes_home("/?state=other"),
        "we send no `state` on the way out, and none that comes back is read",
    ),
    "oidcc-client-test-rp-init-logout-no-state": Module(
        signs_out_and_comes_home("/"), "we send no `state` on the way out"
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout": Module(ends_at_the_providers_word),
    "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none": Module(
        refuses_notice(sign=unsigned_notice)
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-no-event": Module(
        refuses_notice({"events": ABSENT})
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce": Module(
        refuses_notice({"nonce": "x"})
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg": Module(
        refuses_notice(sign=rsa_notice)
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud": Module(
        refuses_notice({"aud": "other"})
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event": Module(
        refuses_notice({"events": {"http://schemas.openid.net/event/other": {}}})
    ),
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss": Module(
        refuses_notice({"iss": ELSEWHERE})
    ),
}

_FAPI = "fapi2-security-profile-final-client-test-"
FAPI: dict[str, Module] = {
    f"{_FAPI}happy-path": Module(proves_with_a_new_nonce),
    f"{_FAPI}happy-path-no-dpop-nonce": Module(accepts(no_nonce)),
    f"{_FAPI}discovery-issuer-mismatch": Module(
        refuses_metadata(METADATA["ID-10 issuer of another"])
    ),
    f"{_FAPI}invalid-iss": Module(refuses(ID_TOKEN["ID-12 iss of another"])),
    f"{_FAPI}invalid-missing-iss": Module(refuses(ID_TOKEN["ID-12 iss missing"])),
    f"{_FAPI}invalid-aud": Module(refuses(ID_TOKEN["ID-12 aud of another"])),
    f"{_FAPI}invalid-missing-aud": Module(refuses(ID_TOKEN["ID-12 aud missing"])),
    f"{_FAPI}invalid-secondary-aud": Module(refuses(ID_TOKEN["ID-12 aud of us and another"])),
    f"{_FAPI}valid-aud-as-array": Module(accepts(claim_of("aud", lambda liar: [liar.client_id]))),
    f"{_FAPI}invalid-null-alg": Module(refuses(ID_TOKEN["ID-11 alg none, advertised"])),
    f"{_FAPI}invalid-alternate-alg": Module(refuses(ID_TOKEN["ID-11 RS256"])),
    f"{_FAPI}invalid-expired-exp": Module(refuses(ID_TOKEN["ID-12 expired"])),
    f"{_FAPI}invalid-missing-exp": Module(refuses(ID_TOKEN["ID-12 exp missing"])),
    f"{_FAPI}invalid-nonce": Module(refuses(ID_TOKEN["ID-15 nonce wrong"])),
    f"{_FAPI}invalid-missing-nonce": Module(refuses(ID_TOKEN["ID-15 nonce missing"])),
    f"{_FAPI}invalid-authorization-response-iss": Module(
        refuses_on_the_way_back("ID-06 iss of another")
    ),
    f"{_FAPI}remove-authorization-response-iss": Module(
        refuses_on_the_way_back("ID-06 iss missing")
    ),
    f"{_FAPI}ensure-authorization-response-with-invalid-state-fails": Module(
        refuses_on_the_way_back("ID-07 state of another")
    ),
    f"{_FAPI}ensure-authorization-response-with-invalid-missing-state-fails": Module(
        refuses_on_the_way_back("ID-07 state missing")
    ),
    f"{_FAPI}token-endpoint-response-without-expires_in": Module(
        accepts(answer("expires_in", ABSENT))
    ),
    f"{_FAPI}token-type-case-insensitivity": Module(accepts(answer("token_type", "dPoP"))),
}


@pytest.mark.parametrize("module", OIDC.values(), ids=OIDC.keys())
async def test_relying_party(served: Served, module: Module) -> None:
    """ID-01 ID-11 ID-12 ID-15 ID-16 ID-28 SE-07 SE-08, in the plain profile."""
    await module.shows(served, PLAIN)


@pytest.mark.parametrize("module", FAPI.values(), ids=FAPI.keys())
async def test_fapi_2_client(served: Served, module: Module) -> None:
    """ID-03 ID-04 ID-06 ID-07 ID-11 ID-12 ID-15"""
    await module.shows(served, FAPI2)


def test_the_modules_are_59_or_more_and_the_document_lists_each_with_its_note() -> None:
    modules = OIDC | FAPI
    row = re.compile(r"^\| `((?:oidcc|fapi2)-[a-z0-9_-]+)` \| mirrored; (.*) \|$", re.MULTILINE)
    listed = dict(row.findall(DOCUMENT.read_text("utf-8")))
    assert len(modules) >= 59
    assert listed == {name: module.note or "as it asks" for name, module in modules.items()}
