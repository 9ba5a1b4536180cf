"""Project Wycheproof's vectors for JSON web signatures, through the steps that open every token.

A vector is taken as a provider would send it: its key is the provider's key set, its token the
token. What Wycheproof calls invalid is refused without exception. What it calls valid is accepted
where it is of the one algorithm we take, and refused, as `DEVIATIONS` explains, where it is not.
"""

import json
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from joserfc.jwk import ECKey

from app.identity.tokens.verification import key_set, signed_payload
from app.vocabulary.errors import Unauthenticated
from tests.fixtures import ROOT

FOLDER: Final = ROOT.parent / "shared" / "data" / "wycheproof"
# File and how many vectors it has.
FILES: Final = {"json_web_signature": 401, "json_web_key": 26, "json_web_crypto": 83}
UNTYPED: Final = frozenset({None})
JWE_DOTS: Final = 4

# Why what Wycheproof calls valid is refused, by the algorithm in the token's header.
DEVIATIONS: Final[Mapping[str, str]] = {
    "HS256": "a shared secret: whoever checks could also sign",
    "HS384": "a shared secret: whoever checks could also sign",
    "HS512": "a shared secret: whoever checks could also sign",
    "RS256": "PKCS #1 v1.5, which FAPI 2.0 does not allow (5.4.1)",
    "RS384": "PKCS #1 v1.5, which FAPI 2.0 does not allow (5.4.1)",
    "RS512": "PKCS #1 v1.5, which FAPI 2.0 does not allow (5.4.1)",
    "PS256": "FAPI 2.0 would allow it; one pinned algorithm leaves none to confuse",
    "PS384": "FAPI 2.0 does not allow it (5.4.1)",
    "PS512": "FAPI 2.0 does not allow it (5.4.1)",
    "ES512": "another curve, which FAPI 2.0 does not allow (5.4.1)",
    "JWE": "encrypted: we take no encrypted tokens",
}


@dataclass(frozen=True)
class Vector:
    number: int
    valid: bool
    token: str
    keys: object

    @property
    def algorithm(self) -> str:
        """Of its header. Asked of valid vectors only, which have one."""
        if self.token.count(".") == JWE_DOTS:
            return "JWE"
        head = self.token.split(".")[0]
        return str(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"])


@dataclass(frozen=True)
class Given:
    """A provider's keys, as they are."""

    keys: Mapping[str, ECKey]

    async def key(self, kid: str) -> ECKey:
        if kid not in self.keys:
            raise Unauthenticated
        return self.keys[kid]


def vectors(name: str) -> Iterator[Vector]:
    path = FOLDER / f"{name}_test.json"
    if not path.exists():
        pytest.skip("Wycheproof's vectors are not here")
    for group in json.loads(path.read_text())["testGroups"]:
        key = group.get("public") or group["private"]
        for test in group["tests"]:
            yield Vector(
                number=test["tcId"],
                valid=test["result"] == "valid",
                token=test.get("jws") or test.get("jwe") or "",
                keys=key if "keys" in key else {"keys": [key]},
            )


async def is_accepted(vector: Vector) -> bool:
    try:
        keys = key_set(vector.keys)
    except ValueError:
        return False
    try:
        await signed_payload(vector.token, types=UNTYPED, keys=Given(keys))
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("name", FILES)
async def test_rs_04_no_invalid_vector_is_accepted(name: str) -> None:
    found = list(vectors(name))

    assert len(found) == FILES[name]
    assert [v.number for v in found if not v.valid and await is_accepted(v)] == []


@pytest.mark.parametrize("name", FILES)
async def test_rs_04_a_valid_vector_is_accepted_or_its_algorithm_is_one_we_do_not_take(
    name: str,
) -> None:
    refused: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for vector in vectors(name):
        if vector.valid:
            (accepted if await is_accepted(vector) else refused)[vector.algorithm] += 1

    assert accepted.keys() <= {"ES256"}
    assert refused.keys() <= DEVIATIONS.keys()
    assert accepted["ES256"] == {"json_web_signature": 2, "json_web_crypto": 1}.get(name, 0)


async def test_rs_04_every_deviation_is_met_by_some_vector() -> None:
    met = {vector.algorithm for name in FILES for vector in vectors(name) if vector.valid}
    assert met == DEVIATIONS.keys() | {"ES256"}
