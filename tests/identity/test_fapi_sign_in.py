"""Signing in with FAPI 2.0, and the plain flow beside it, at the running service over sockets."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.identity import identities
from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.identity.provider.profile import Profile
from app.identity.provider.proofs import ProofKey
from app.vocabulary.ids import TenantId
from app.web.settings import Environment
from app.web.tenants import TenantUnfit, load
from tests.doubles.lying_provider import Change
from tests.fixtures import ROOT
from tests.identity.served import TENANTS, Served, SignInUnderWay
from tests.service import write_tenant

DOORS = {"/.well-known/openid-configuration", "/jwks", "/token", "/par"}
PUSHED = {
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "client_assertion",
    "client_assertion_type",
}


def claims_of(token: str) -> Change:
    payload = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


async def test_id_03_the_browser_carries_our_clients_name_and_a_reference_and_nothing_else(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    begun = await way.go()
    url = urlsplit(begun.headers["location"])
    assert parse_qs(url.query).keys() == {"client_id", "request_uri"}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{way.liar.issuer}/auth"
    for secret in ("state", "nonce", "code_challenge", "dpop_jkt"):
        assert way.liar.pushes[-1][secret] not in begun.headers["location"] + begun.text


async def test_id_01_id_02_id_27_what_is_pushed_is_asked_for_and_nothing_more(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    await way.go()
    pushed = way.liar.pushes[-1]
    assert pushed.keys() == PUSHED
    assert pushed["response_type"] == "code"
    assert pushed["scope"] == "openid profile"
    assert pushed["code_challenge_method"] == "S256"
    assert pushed["redirect_uri"] == f"{served.url}/callback"
    assert len(pushed["state"]) == len(pushed["nonce"]) == 43


async def test_a_plain_request_is_in_the_address_and_is_pushed_nowhere(served: Served) -> None:
    way = served.begin(Profile.PLAIN)
    before = len(way.liar.pushes)
    begun = await way.go()
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked.keys() == PUSHED - {"dpop_jkt", "client_assertion", "client_assertion_type"}
    assert len(way.liar.pushes) == before


@pytest.mark.parametrize("profile", Profile)
async def test_id_04_id_05_each_assertion_is_for_the_issuer_alone_and_for_a_minute(
    served: Served, profile: Profile
) -> None:
    way = served.begin(profile)
    await way.accepted(await way.whole())
    requests = [way.liar.token_requests[-1], *way.liar.pushes[-1:]]
    assert len(requests) == (2 if profile is Profile.FAPI2 else 1)
    claims = [claims_of(each["client_assertion"]) for each in requests]
    for each in claims:
        assert each["aud"] == way.liar.issuer
        assert each["iss"] == each["sub"] == way.liar.client_id
        assert int(str(each["exp"])) - int(str(each["iat"])) == 60
    assert len({each["jti"] for each in claims}) == len(claims)


async def test_id_02_the_verifier_has_384_bits_and_each_sign_in_its_own(served: Served) -> None:
    verifiers = set()
    for _ in range(3):
        way = served.begin(Profile.FAPI2)
        await way.accepted(await way.whole())
        verifiers.add(way.liar.token_requests[-1]["code_verifier"])
    assert len(verifiers) == 3
    assert {len(each) for each in verifiers} == {64}


async def test_the_nonce_of_the_last_answer_is_sent_along_and_saves_a_request(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    await way.accepted(await way.whole())
    before = len(way.liar.token_requests)
    way = served.begin(Profile.FAPI2)
    await way.accepted(await way.whole())
    assert len(way.liar.token_requests) == before + 1
    assert way.liar.proofs[-1]["nonce"] == way.liar.proof_nonce


async def test_a_plain_sign_in_sends_no_proof(served: Served) -> None:
    way = served.begin(Profile.PLAIN)
    before = len(way.liar.proofs)
    await way.accepted(await way.whole())
    assert len(way.liar.proofs) == before


@pytest.mark.parametrize("profile", Profile)
async def test_id_22_nothing_but_the_doors_of_a_sign_in_is_asked_and_userinfo_is_not_one(
    served: Served, profile: Profile
) -> None:
    way = served.begin(profile)
    way.liar.seen.clear()
    await way.accepted(await way.whole())
    assert set(way.liar.seen) <= DOORS


def test_a_proof_key_is_the_same_on_the_way_back_and_another_for_each_sign_in() -> None:
    ticket, other = (Ticket.issue(TenantId("bergstrasse")) for _ in range(2))
    key = ProofKey.of(ticket, "verifier")
    again = ProofKey.of(Ticket.read(ticket.text), "verifier")
    assert again.thumbprint == key.thumbprint
    assert ProofKey.of(ticket, "another").thumbprint != key.thumbprint
    assert ProofKey.of(other, "verifier").thumbprint != key.thumbprint
    assert key.key.as_dict(private=True)["d"] == again.key.as_dict(private=True)["d"]


def test_a_proof_key_is_shown_to_nobody() -> None:
    key = ProofKey.of(Ticket.issue(TenantId("bergstrasse")), "verifier")
    assert str(key.key.as_dict(private=True)["d"]) not in repr(key)


# What goes wrong without anybody lying.


async def five_minutes_off(way: SignInUnderWay, by: timedelta) -> None:
    honest = way.liar.clock
    way.liar.clock = lambda: honest() + by
    try:
        for language, sentence in (
            ("de", "verschiedene Uhrzeiten"),
            ("en", "do not agree on the time"),
        ):
            back = await way.authorized()
            response = await way.served.client.get(
                back, headers={**way.tab.header, "accept-language": language}
            )
            await way.refused(response, 503)
            assert sentence in response.text
            assert str(way.liar.subject) not in response.text
    finally:
        way.liar.clock = honest


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_a_clock_five_minutes_off_is_refused_with_a_sentence_that_says_so(
    served: Served, minutes: int
) -> None:
    """ID-12: of the plain flow; a strict provider refuses what we sign before that."""
    way = served.begin(Profile.PLAIN)
    await five_minutes_off(way, timedelta(minutes=minutes))
    await way.accepted(await way.whole())


@pytest.mark.parametrize("profile", Profile)
async def test_id_09_two_tabs_of_one_browser_both_come_back_signed_in(
    served: Served, profile: Profile
) -> None:
    """The browser keeps the later session, which ended the earlier one (test_tabs.py)."""
    way = served.begin(profile)
    first, second = await way.authorized(), await way.authorized()
    assert len(way.tab.cookies) == 2
    assert (await way.come_back(second)).status_code == 200
    earlier = way.tab.cookies[SESSION]
    assert (await way.come_back(first)).status_code == 200
    assert way.tab.cookies.keys() == {SESSION}
    assert way.tab.cookies[SESSION] != earlier
    listed = (await way.tab.get("/v1/me/sessions")).json()["sessions"]
    assert [each["current"] for each in listed].count(True) == 1
    assert len(listed) == await way.sessions() == 1


@pytest.mark.parametrize("profile", Profile)
async def test_id_07_the_back_button_after_a_sign_in_is_refused_and_the_session_goes_on(
    served: Served, profile: Profile
) -> None:
    way = served.begin(profile)
    back = await way.authorized()
    kept = dict(way.tab.cookies)
    await way.accepted(await way.come_back(back))
    session = way.tab.cookies[SESSION]
    # With the cookie of the sign-in still there, as in a browser that restored it, and without.
    for cookies in (way.tab.cookies, way.tab.cookies | kept):
        way.tab.cookies = dict(cookies)
        again = await way.come_back(back)
        assert again.status_code == 401
        assert "once more" in again.text or "noch einmal" in again.text
        assert way.tab.cookies[SESSION] == session
    assert (await way.tab.get("/v1/me")).status_code == 200
    assert await way.sessions() == 1


async def test_cookies_of_another_tenant_finish_no_sign_in_and_open_no_session(
    served: Served,
) -> None:
    """The cookie names its tenant: another name finds no row there, whatever the secret."""
    here, there = served.begin(Profile.FAPI2), served.begin(Profile.PLAIN)
    back = await here.authorized()
    ((name, value),) = here.tab.cookies.items()
    foreign = value.replace(TENANTS[Profile.FAPI2], TENANTS[Profile.PLAIN])
    assert foreign != value
    here.tab.cookies = {name: foreign}
    await here.refused(await here.come_back(back), 401)
    assert await there.sessions() == 0

    here.tab.cookies = {name: value}
    await here.accepted(await here.come_back(back))
    session = here.tab.cookies[SESSION]
    here.tab.cookies[SESSION] = session.replace(TENANTS[Profile.FAPI2], TENANTS[Profile.PLAIN])
    assert (await here.tab.get("/v1/me")).status_code == 401
    here.tab.cookies[SESSION] = session
    assert (await here.tab.get("/v1/me")).status_code == 200


async def test_signing_in_at_a_second_office_leaves_the_first_session_alone(
    served: Served,
) -> None:
    first = served.begin(Profile.FAPI2)
    await first.accepted(await first.whole())
    second = served.begin(Profile.PLAIN)
    second.tab.cookies = dict(first.tab.cookies)
    await second.accepted(await second.whole())
    assert await first.sessions() == 1


# The tenant's file.


def test_a_tenant_says_which_profile_it_has_and_another_word_stops_the_start(
    tmp_path: Path,
) -> None:
    path = write_tenant(tmp_path, "bergstrasse")
    written = path.read_text()
    for word in ("fapi2", "plain"):
        path.write_text(written.replace('profile = "plain"', f'profile = "{word}"'))
        assert load(path, Environment.TESTING).identity.profile == word
    for line in ("", *(f'profile = "{word}"' for word in ("fapi", "FAPI2", "plain ", "none"))):
        path.write_text(written.replace('profile = "plain"', line))
        with pytest.raises(TenantUnfit, match=r"identity\.profile"):
            load(path, Environment.TESTING)


def test_the_demo_runs_one_office_in_each_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLARFALL_STATE", "/nowhere")
    monkeypatch.setenv("KLARFALL_DEMO_ISSUER", "http://127.0.0.1:9")
    found = {
        path.stem: load(path, Environment.DEMO).identity.profile
        for path in (ROOT / "tenants").glob("*.toml")
    }
    assert found == {"bergstrasse": Profile.FAPI2, "main-kinzig": Profile.PLAIN}


# Where a sign-in leads.

TRICKS = [
    "",
    " ",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/.evil.example",
    "/..//evil.example",
    "/ask/..//evil.example",
    "/ask/../../evil.example",
    "/ask/%2e%2e/evil",
    "/./ask",
    "//ask",
    "/ask/",
    "/ask//",
    "/ASK",
    "/ask\n",
    "/ask\r\nlocation: https://evil.example",
    "/ask%0d%0a",
    "/ask\x00",
    "/ask\t",
    " /ask",
    "/ask ",
    "\u00a0/ask",
    "/ask?next=https://evil.example",
    "/ask#https://evil.example",
    "/ask;evil",
    "/ask@evil.example",
    "/ask.evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "https://fall.example",
    "https://fall.example@evil.example",
    "https://fall.example.evil.example/ask",
    "https://evil.example/ask",
    "https://evil.example?/ask",
    "https://evil.example#/ask",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,evil",
    "vbscript:evil",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "//evil.example%2f@fall.example",
    "//evil.example:443/ask",
    "//[::1]/ask",
    "//127.0.0.1/ask",
    "/ask\u2028",
    "/\u0430sk",
    "\uff0fask",
    "/\uff0fevil.example",
    "/logout",
    "/callback?code=x&state=y",
    "/v1/me",
]


@pytest.mark.parametrize("trick", TRICKS, ids=[f"trick {n}" for n in range(len(TRICKS))])
async def test_id_24_no_trick_leads_anywhere_but_home(served: Served, trick: str) -> None:
    """RFC 9700, section 4.11: character for character one of our own paths, or the first page."""
    assert served.identity.destination(trick) == "/"
    assert served.identity.destination("/ask") == "/ask"


def test_id_24_there_are_sixty_tricks() -> None:
    assert len(set(TRICKS)) >= 60


async def test_id_24_a_trick_in_the_address_of_a_sign_in_leads_home(served: Served) -> None:
    for trick, reached in (("//evil.example", "/"), ("/ask", "/ask")):
        way = served.begin(Profile.FAPI2)
        way.next = trick
        done = await way.whole()
        await way.accepted(done)
        assert f'content="0;url={reached}"' in done.text


async def test_id_20_the_same_number_at_two_issuers_is_two_people(
    served: Served,
) -> None:
    tenant = TenantId(TENANTS[Profile.FAPI2])
    found = []
    for issuer, subject in (
        ("https://one.example", "7"),
        ("https://two.example", "7"),
        ("https://one.example", "7"),
        ("https://one.example", "8"),
    ):
        async with served.database.transaction(tenant) as tx:
            found.append(
                await identities.recognise(
                    tx, tenant, issuer=issuer, subject=subject, now=served.clock()
                )
            )
    first, second, again, other = found
    assert first == again
    assert len({first, second, other}) == 3
