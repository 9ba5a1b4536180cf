"""SE-07: what a provider's logout notice must be, sent over HTTP beside a twin that holds."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from secrets import token_urlsafe

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey

from app.identity.browser.cookies import SESSION
from app.identity.tokens.logout_tokens import SignedOut
from app.vocabulary.ids import TenantId
from tests.doubles.listening import listening
from tests.doubles.logout_tokens import (
    EVENT,
    by_session,
    honest_claims,
    honest_header,
    logout_token,
)
from tests.doubles.lying_provider import ABSENT, Json, LyingProvider, new_key, signed, unsigned
from tests.service import Whole

BERGSTRASSE = TenantId("bergstrasse")


@dataclass
class Notices:
    """The service at its address, a person signed in there, and the provider's notices to it."""

    whole: Whole
    line: httpx2.AsyncClient
    cookie: str

    @property
    def liar(self) -> LyingProvider:
        return self.whole.liar

    async def send(self, token: str, **more: object) -> httpx2.Response:
        return await self.line.post(
            "/backchannel-logout",
            data={"logout_token": token},
            **more,  # type: ignore[arg-type]  # handed on
        )

    async def me(self) -> int:
        called = await self.line.get("/v1/me", headers={"cookie": self.cookie})
        return called.status_code

    async def refused(self, token: str) -> None:
        """400 in the one shape there is, and the session lives."""
        answer = await self.send(token)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["code"], body["status"]) == ("invalid_body", 400)
        assert body.keys() == {"type", "title", "status", "code", "request"}
        assert await self.me() == 200

    async def accepted(self, token: str) -> None:
        """200, not to be kept by anybody, and the session is dead."""
        answer = await self.send(token)
        assert (answer.status_code, answer.content) == (200, b""), answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert await self.me() == 401


@pytest.fixture(scope="module")
async def line(one_service: Whole) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        listening(one_service.app) as url,
        httpx2.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
async def notices(whole: Whole, line: httpx2.AsyncClient) -> Notices:
    """Signed in afresh, so that each test has a session of its own to lose."""
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_urlsafe(9))
        return Notices(whole, line, f"{SESSION}={browser.cookies[SESSION]}")


class TestModules:
    """The relying-party modules of the OpenID conformance suite for back-channel logout."""

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout(self, notices: Notices) -> None:
        """SE-07: 200 with `Cache-Control: no-store`, and whoever signed out there is out here."""
        assert await notices.me() == 200
        await notices.accepted(logout_token(notices.liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_alg_none(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        liar = notices.liar
        await notices.refused(unsigned(honest_header(liar), honest_claims(liar)))
        await notices.accepted(logout_token(liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_no_event(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        await notices.refused(logout_token(notices.liar, events=ABSENT))
        await notices.accepted(logout_token(notices.liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        await notices.refused(logout_token(notices.liar, nonce="n"))
        await notices.accepted(logout_token(notices.liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg(
        self, notices: Notices
    ) -> None:
        """SE-07: RS256 with a key of that kind, and HS256 with our own public key."""
        liar = notices.liar
        rsa = RSAKey.generate_key(2048, {"kid": liar.key.kid or ""})
        await notices.refused(logout_token(liar, header={"alg": "RS256"}, key=rsa))
        public = json.dumps(liar.key.as_dict(private=False)).encode()
        await notices.refused(logout_token(liar, header={"alg": "HS256"}, key=public))
        await notices.accepted(logout_token(liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        await notices.refused(logout_token(notices.liar, aud="somebody-else"))
        await notices.accepted(logout_token(notices.liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        await notices.refused(logout_token(notices.liar, events={f"{EVENT}-not": {}}))
        await notices.accepted(logout_token(notices.liar))

    async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss(
        self, notices: Notices
    ) -> None:
        """SE-07"""
        await notices.refused(logout_token(notices.liar, iss="https://id.example.evil"))
        await notices.accepted(logout_token(notices.liar))


Forge = Callable[[LyingProvider], str]


def _now(liar: LyingProvider) -> int:
    return int(liar.clock().timestamp())


def _with(**claims: Json) -> Forge:
    return lambda liar: logout_token(liar, claims)


def _headed(**header: Json) -> Forge:
    return lambda liar: logout_token(liar, header=header)


def _raw(change: Callable[[str], str]) -> Forge:
    """Signed as it should be, over a payload changed as text."""

    def forged(liar: LyingProvider) -> str:
        payload = change(json.dumps(honest_claims(liar)))
        return signed(honest_header(liar), payload.encode(), liar.key)

    return forged


def _cut(liar: LyingProvider) -> str:
    """Another's payload under this signature."""
    honest, other = logout_token(liar), logout_token(liar, sub="somebody-else")
    head, _, signature = honest.split(".")
    return f"{head}.{other.split('.')[1]}.{signature}"


FORGED: dict[str, Forge] = {
    # Cross-JWT confusion: whatever else the provider signs is no logout token.
    "typ_absent": _headed(typ=ABSENT),
    "typ_jwt": _headed(typ="JWT"),
    "typ_access_token": _headed(typ="at+jwt"),
    "typ_dpop": _headed(typ="dpop+jwt"),
    "typ_upper_case": _headed(typ="LOGOUT+JWT"),
    "typ_with_application": _headed(typ="application/logout+jwt"),
    "an_id_token": lambda liar: liar.id_token("nonce", "access"),
    "an_access_token": lambda liar: liar.access_token(),
    # Keys and algorithms.
    "kid_absent": _headed(kid=ABSENT),
    "kid_unknown": _headed(kid="unknown"),
    "kid_not_text": _headed(kid=7),
    "rogue_key_same_kid": lambda liar: logout_token(liar, key=new_key(liar.key.kid)),
    "rogue_key_brought_along": lambda liar: logout_token(
        liar, header={"jwk": new_key().as_dict(private=False)}
    ),
    "jku": _headed(jku="https://evil.example/jwks"),
    "x5u": _headed(x5u="https://evil.example/x5u"),
    "crit": _headed(crit=["exp"]),
    "alg_es384": lambda liar: logout_token(
        liar, header={"alg": "ES384"}, key=ECKey.generate_key("P-384", {"kid": liar.key.kid or ""})
    ),
    "signature_cut_off": lambda liar: logout_token(liar).rpartition(".")[0] + ".",
    "signature_flipped": lambda liar: logout_token(liar)[:-6] + "AAAAAA",
    "payload_swapped": _cut,
    "padded": lambda liar: logout_token(liar) + "=",
    "two_parts": lambda liar: logout_token(liar).rpartition(".")[0],
    "five_parts": lambda liar: logout_token(liar) + ".x.x",
    "empty": lambda liar: "",
    "not_ascii": lambda liar: logout_token(liar) + "ä",
    "too_long": lambda liar: logout_token(liar, pad="x" * 4096),
    # Who and for whom.
    "iss_absent": _with(iss=ABSENT),
    "iss_with_slash": lambda liar: logout_token(liar, iss=f"{liar.issuer}/"),
    "iss_upper_case": lambda liar: logout_token(liar, iss=liar.issuer.upper()),
    "iss_a_list": lambda liar: logout_token(liar, iss=[liar.issuer]),
    "aud_absent": _with(aud=ABSENT),
    "aud_two": lambda liar: logout_token(liar, aud=[liar.client_id, "another"]),
    "aud_twice": lambda liar: logout_token(liar, aud=[liar.client_id, liar.client_id]),
    "aud_of_another_office": _with(aud="klarfall-web-unknown"),
    "aud_an_object": _with(aud={}),
    # When.
    "iat_absent": _with(iat=ABSENT),
    "iat_too_old": lambda liar: logout_token(liar, iat=_now(liar) - 126, exp=_now(liar) + 60),
    "iat_ahead": lambda liar: logout_token(liar, iat=_now(liar) + 6),
    "iat_text": lambda liar: logout_token(liar, iat=str(_now(liar))),
    "iat_true": _with(iat=True),
    "iat_fraction": lambda liar: logout_token(liar, iat=_now(liar) + 0.5),
    "exp_absent": _with(exp=ABSENT),
    "exp_over": lambda liar: logout_token(liar, iat=_now(liar) - 60, exp=_now(liar) - 6),
    "exp_far": lambda liar: logout_token(liar, exp=_now(liar) + 301),
    "exp_huge": _raw(lambda text: text.replace('"exp": ', '"exp": 1e')),
    "exp_before_iat": lambda liar: logout_token(liar, exp=_now(liar) - 1),
    "nbf_ahead": lambda liar: logout_token(liar, nbf=_now(liar) + 60),
    # Once.
    "jti_absent": _with(jti=ABSENT),
    "jti_empty": _with(jti=""),
    "jti_number": _with(jti=7),
    "jti_with_a_blank": _with(jti="a b"),
    "jti_too_long": _with(jti="x" * 256),
    # What it says.
    "events_null": _with(events=None),
    "events_empty": _with(events={}),
    "events_text": _with(events=EVENT),
    "events_list": _with(events=[EVENT]),
    "event_true": _with(events={EVENT: True}),
    "event_null": _with(events={EVENT: None}),
    "event_not_empty": _with(events={EVENT: {"sub": "x"}}),
    "event_and_another": _with(events={EVENT: {}, "http://schemas.openid.net/event/other": {}}),
    "event_with_slash": _with(events={f"{EVENT}/": {}}),
    "event_https": _with(events={EVENT.replace("http:", "https:"): {}}),
    "nonce_null": _with(nonce=None),
    "nonce_empty": _with(nonce=""),
    "neither_sub_nor_sid": _with(sub=ABSENT),
    "sub_null": _with(sub=None),
    "sub_empty": _with(sub=""),
    "sub_number": _with(sub=7),
    "sub_a_list": lambda liar: logout_token(liar, sub=[liar.subject]),
    "sub_not_ascii": _with(sub="Jürgen"),
    "sid_null": _with(sid=None),
    "sid_empty": _with(sid=""),
    "sid_number": _with(sid=1),
    # How it is written.
    "member_twice": _raw(lambda text: text[:-1] + ', "sub": "somebody-else"}'),
    "nan": _raw(lambda text: text[:-1] + ', "x": NaN}'),
    "too_deep": _raw(lambda text: text[:-1] + ', "x": ' + "[" * 9 + "]" * 9 + "}"),
    "very_deep": _raw(lambda text: '{"x":' + "[" * 1400 + "]" * 1400 + "}"),
    "an_array": _raw(lambda text: f"[{text}]"),
    "not_json": _raw(lambda text: text[:-1]),
    "not_utf_8": lambda liar: signed(honest_header(liar), b'{"sub": "\xff"}', liar.key),
}


class TestForgeries:
    @pytest.mark.parametrize("name", FORGED)
    async def test_se_07_a_forged_logout_token_signs_nobody_out(
        self, notices: Notices, name: str
    ) -> None:
        """SE-07, RS-05: one lie each, refused in one shape; its honest twin is not."""
        await notices.refused(FORGED[name](notices.liar))
        await notices.accepted(logout_token(notices.liar))

    def test_there_are_many_of_them(self) -> None:
        assert len(FORGED) >= 70

    async def test_se_07_what_is_unusual_and_allowed_is_accepted(self, notices: Notices) -> None:
        """The audience as a list of one, clocks five seconds apart, two minutes on the way."""
        now = _now(notices.liar)
        for number, token in enumerate(
            (
                logout_token(notices.liar, sub="nobody", aud=[notices.liar.client_id]),
                logout_token(notices.liar, sub="nobody", iat=now + 5, exp=now + 120),
                logout_token(notices.liar, sub="nobody", iat=now - 124, exp=now + 60),
                logout_token(notices.liar, sub="nobody", iat=now - 60, exp=now - 4),
                logout_token(notices.liar, sub="nobody", trace="t", toe="x"),
            )
        ):
            assert (await notices.send(token)).status_code == 200, number
        await notices.accepted(logout_token(notices.liar))

    async def test_se_07_a_logout_token_is_good_once(self, notices: Notices) -> None:
        """Replayed after the person came back, it signs nobody out; nor does its `jti` again."""
        who = notices.liar.subject
        token = logout_token(notices.liar, jti="once-" + who)
        await notices.accepted(token)
        async with notices.whole.browser() as browser:
            await notices.whole.sign_in(browser, who)
            notices.cookie = f"{SESSION}={browser.cookies[SESSION]}"
        await notices.refused(token)
        await notices.refused(logout_token(notices.liar, jti="once-" + who))
        await notices.accepted(logout_token(notices.liar))

    async def test_se_07_a_refused_token_uses_nothing_up(self, notices: Notices) -> None:
        jti = token_urlsafe(9)
        await notices.refused(logout_token(notices.liar, jti=jti, nonce="n"))
        await notices.accepted(logout_token(notices.liar, jti=jti))

    async def test_se_07_one_who_is_not_signed_in_is_signed_out_all_the_same(
        self, notices: Notices
    ) -> None:
        """200, as the provider need not know, and nobody else is touched."""
        assert (await notices.send(logout_token(notices.liar, sub="nobody"))).status_code == 200
        assert (await notices.send(by_session(notices.liar, "nowhere"))).status_code == 200
        assert await notices.me() == 200


class TestRequest:
    @pytest.mark.parametrize("given", ["none", "twice", "other_name", "query", "json", "file"])
    async def test_se_07_the_token_comes_as_one_field_of_a_form(
        self, notices: Notices, given: str
    ) -> None:
        token = logout_token(notices.liar)
        sent: dict[str, dict[str, object]] = {
            "none": {},
            "twice": {"data": {"logout_token": [token, token]}},
            "other_name": {"data": {"token": token}},
            "query": {"params": {"logout_token": token}},
            "json": {"json": {"logout_token": token}},
            "file": {"files": {"logout_token": token.encode()}},
        }
        answer = await notices.line.post("/backchannel-logout", **sent[given])  # type: ignore[arg-type]  # by name
        assert answer.status_code == 400
        assert await notices.me() == 200
        await notices.accepted(token)

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
    async def test_se_07_it_takes_post_alone(self, notices: Notices, method: str) -> None:
        answer = await notices.line.request(method, "/backchannel-logout")
        assert answer.status_code == 405
        assert await notices.me() == 200

    async def test_se_09_it_asks_for_no_origin_and_no_cookie_decides(
        self, notices: Notices
    ) -> None:
        """SE-09: exempt. It can end only what the token names, whoever's cookie comes along."""
        own, foreign = notices.cookie, {"origin": "https://evil.example"}
        other = logout_token(notices.liar, sub="nobody")
        sent = await notices.send(other, headers={"cookie": own, "sec-fetch-site": "cross-site"})
        assert sent.status_code == 200
        assert await notices.me() == 200
        sent = await notices.send(logout_token(notices.liar), headers=foreign)
        assert sent.status_code == 200
        assert await notices.me() == 401

    async def test_a_browsers_reader_gets_the_problem_too(self, notices: Notices) -> None:
        refused = await notices.send("x", headers={"accept": "text/html", "accept-language": "de"})
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["title"].startswith("Dieses Abmelde-Token gilt nicht.")

    async def test_se_07_keys_that_cannot_be_had_sign_nobody_out(self, notices: Notices) -> None:
        """A check that cannot be completed is a denial, and the provider is asked to come again."""
        notices.liar.replies["/jwks"] = lambda: httpx2.Response(500)
        rotated, notices.liar.key = notices.liar.key, new_key()
        peer = notices.whole.parts.identity.peer(BERGSTRASSE)
        keys, peer.keys = peer.keys, type(peer.keys)(peer._fetch_keys, notices.whole.clock)
        try:
            answer = await notices.send(logout_token(notices.liar))
        finally:
            notices.liar.key, peer.keys = rotated, keys
        assert answer.status_code == 503
        assert await notices.me() == 200


def test_who_signed_out_is_evidence() -> None:
    with pytest.raises(TypeError, match="alone"):
        SignedOut(
            issuer="",
            subject=None,
            provider_session=None,
            jti="",
            said_at=None,  # type: ignore[arg-type]  # as above
            expires_at=None,  # type: ignore[arg-type]  # nothing of this is looked at
            seal=None,  # type: ignore[arg-type]  # as above
        )
