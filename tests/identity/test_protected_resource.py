"""What a program is told before it calls (RFC 9728)."""

import pytest

from tests.doubles.lying_provider import AUDIENCE, ISSUER, ORIGIN
from tests.identity.conftest import Service
from tests.service import Whole

WELL_KNOWN = "/.well-known/oauth-protected-resource"


async def test_rs_12_each_office_says_whose_tokens_it_takes_and_how(whole: Whole) -> None:
    answer = await whole.call("GET", f"{WELL_KNOWN}/t/bergstrasse")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["klarfall", "integration"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "dpop_bound_access_tokens_required": False,
        "tls_client_certificate_bound_access_tokens": False,
    }


async def test_rs_12_the_address_is_the_resource_with_the_path_put_in_between(
    whole: Whole,
) -> None:
    """RFC 9728, sections 3.1 and 3.3: what is found there names what was looked for."""
    for office in ("bergstrasse", "main-kinzig"):
        answer = await whole.call("GET", f"{WELL_KNOWN}/t/{office}")
        assert answer.json()["resource"] == f"{ORIGIN}/t/{office}"


@pytest.mark.parametrize("path", ["", "/t/odenwald", "/t/", "/t/bergstrasse/more"])
async def test_rs_12_of_what_is_not_here_there_is_no_metadata(whole: Whole, path: str) -> None:
    """Of two offices, neither may answer for the other at the bare address."""
    assert (await whole.call("GET", f"{WELL_KNOWN}{path}")).status_code == 404


async def test_rs_12_a_refusal_says_where_the_metadata_is(whole: Whole) -> None:
    refused = await whole.call("GET", "/v1/me", whole.machine())
    assert refused.status_code == 401
    told = refused.headers["www-authenticate"]
    forged = await whole.call("GET", "/v1/me", whole.citizen("erika", exp=1))
    assert (
        f'resource_metadata="{ORIGIN}{WELL_KNOWN}/t/bergstrasse"'
        in (forged.headers["www-authenticate"])
    )
    assert told.startswith('DPoP algs="ES256"')
    nobody = await whole.call("GET", "/v1/me")
    assert nobody.headers["www-authenticate"] == 'DPoP algs="ES256"'


async def test_rs_12_the_only_office_answers_at_the_bare_address(service: Service) -> None:
    answer = await service.browser.get(WELL_KNOWN)
    assert answer.status_code == 200
    assert answer.json()["resource"] == AUDIENCE
