"""Access tokens that must open nothing, each wrong in one thing.

A forgery is signed by the provider's real key unless the signature is what is wrong with it. The
provider's `claims` and `header` are merged in, so that the same forgery can be bound to a key.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

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

RSA: Final = RSAKey.generate_key(2048)
ES256: Final = jws.JWSRegistry.algorithms["ES256"]

Forge = Callable[[LyingProvider], str]


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


def sealed(signing_input: str, key: ECKey) -> str:
    """With a good signature, whatever it is that is signed (RFC 7515, section 5.1)."""
    signature = ES256.sign(signing_input.encode(), key)
    return f"{signing_input}.{part(signature)}"


def header_text(edit: Callable[[str], str]) -> Forge:
    """Signed by the real key over a header no JSON library of ours would write."""

    def change(header: dict[str, object], claims: dict[str, object], liar: LyingProvider) -> str:
        head = part(edit(json.dumps(header)).encode())
        return sealed(f"{head}.{part(json.dumps(claims).encode())}", liar.key)

    return rewritten(change)


def padded(pattern: str) -> Forge:
    """Signed by the real key as well, over a spelling that is not the one."""

    def forge(liar: LyingProvider) -> str:
        header, payload, _ = liar.access_token().split(".")
        return sealed(pattern.format(header=header, payload=payload), liar.key)

    return forge


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


def of_another_curve(
    header: dict[str, object], claims: dict[str, object], liar: LyingProvider
) -> str:
    key = ECKey.generate_key("P-384", {"kid": liar.key.kid or ""})
    return signed({**header, "alg": "ES384"}, json.dumps(claims).encode(), key)


def as_der(token: str) -> str:
    """The same signature in the form that X.509 has it."""
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    r, s = (int.from_bytes(half) for half in (raw[:32], raw[32:]))
    return f"{head}.{part(encode_dss_signature(r, s))}"


def halves_swapped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    return f"{head}.{part(raw[32:] + raw[:32])}"


def another_end(token: str) -> str:
    """The last character of a 64-byte signature has four bits to spare; here they are not zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def as_json(token: str) -> str:
    header, payload, signature = token.split(".")
    return json.dumps({"protected": header, "payload": payload, "signature": signature})


def of_length(length: int) -> Forge:
    """An honest token of exactly so many characters."""

    def forge(liar: LyingProvider) -> str:
        short = len(liar.access_token(padding=""))
        token = liar.access_token(padding="x" * ((length - short) * 3 // 4))
        while len(token) < length:
            token = liar.access_token(padding="x" * (len(json_padding(token)) + 1))
        return token

    return forge


def json_padding(token: str) -> str:
    payload = token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(payload + "=="))["padding"])


def deep(text: str) -> str:
    return text[:-1] + ', "x": ' + "[" * 8 + "]" * 8 + "}"


FORGERIES: Final[dict[str, Forge]] = {
    "RS-01 no typ": with_header(typ=ABSENT),
    "RS-01 typ JWT": with_header(typ="JWT"),
    "RS-01 typ a list": with_header(typ=["at+jwt"]),
    "RS-01 typ dpop+jwt": with_header(typ="dpop+jwt"),
    "RS-01 an ID token": id_token,
    "RS-02 no iss": with_claims(iss=ABSENT),
    "RS-02 iss of another": with_claims(iss="https://evil.example"),
    "RS-02 iss with a slash": with_claims(iss=f"{ISSUER}/"),
    "RS-02 no aud": with_claims(aud=ABSENT),
    "RS-02 aud of an office that is not here": with_claims(
        aud=AUDIENCE.replace("bergstrasse", "nowhere")
    ),
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
    "RS-07 bound to another key": with_claims(cnf={"jkt": "thumbprint"}),
    "RS-07 bound to a key in capitals": lambda liar: liar.access_token(
        cnf={"jkt": liar.machine_key.thumbprint().swapcase()}
    ),
    "RS-07 bound to a key and a certificate": lambda liar: liar.access_token(
        cnf={"jkt": liar.machine_key.thumbprint(), "x5t#S256": "AAAA"}
    ),
    "RS-07 cnf empty": with_claims(cnf={}),
    "RS-07 cnf a list": with_claims(cnf=["jkt"]),
    "RS-07 cnf.jkt a number": with_claims(cnf={"jkt": 1}),
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
    "RS-01 typ in capitals": with_header(typ="AT+JWT"),
    "RS-01 typ logout+jwt": with_header(typ="logout+jwt"),
    "RS-01 typ null": with_header(typ=None),
    "RS-01 typ with a space": with_header(typ="at+jwt "),
    "RS-02 iss a list": with_claims(iss=[ISSUER]),
    "RS-02 iss in capitals": with_claims(iss=ISSUER.upper()),
    "RS-02 iss without encryption": with_claims(iss=ISSUER.replace("https", "http")),
    "RS-02 aud null": with_claims(aud=None),
    "RS-02 aud the issuer": with_claims(aud=ISSUER),
    "RS-02 aud with a slash": with_claims(aud=f"{AUDIENCE}/"),
    "RS-02 aud in a list in a list": with_claims(aud=[[AUDIENCE]]),
    "RS-02 aud twice in the list": with_claims(aud=[AUDIENCE, AUDIENCE]),
    "RS-02 exp null": with_claims(exp=None),
    "RS-02 exp a fraction": payload_text(lambda text: text.replace('"exp": ', '"exp": 0.')),
    "RS-02 exp with an exponent": payload_text(
        lambda text: text.replace('"exp": ', '"exp": 2e9, "was": ')
    ),
    "RS-02 iat true": with_claims(iat=True),
    "RS-02 iat a string": with_claims(iat="1"),
    "RS-02 iat 1e20": with_claims(iat=1e20),
    "RS-02 nbf a string": with_claims(nbf="0"),
    "RS-02 nbf true": with_claims(nbf=True),
    "RS-02 nbf negative": with_claims(nbf=-1),
    "RS-02 sub empty": with_claims(sub=""),
    "RS-02 sub null": with_claims(sub=None),
    "RS-02 sub a list": with_claims(sub=["erika"]),
    "RS-02 sub with a line break": with_claims(sub="erika\n"),
    "RS-02 sub with a zero byte": with_claims(sub="erika\x00"),
    "RS-02 sub with look-alikes": with_claims(sub="еrika"),
    "RS-02 sub half a character": with_claims(sub="\ud800"),
    "RS-02 client_id a list": with_claims(client_id=[CLI]),
    "RS-02 client_id empty": with_claims(client_id=""),
    "RS-02 jti a number": with_claims(jti=1),
    "RS-02 jti too long": with_claims(jti="j" * 256),
    "scope empty": with_claims(scope=""),
    "scope null": with_claims(scope=None),
    "RS-10 scope in capitals": with_claims(scope="KLARFALL INTEGRATION"),
    "RS-10 scope with a tab": with_claims(scope="klarfall\tintegration"),
    "RS-04 no alg": header_text(lambda text: text.replace('"alg": "ES256", ', "")),
    "RS-04 alg a list": header_text(lambda text: text.replace('"ES256"', '["ES256"]')),
    "RS-04 alg in small letters": header_text(lambda text: text.replace("ES256", "es256")),
    "RS-04 alg None": header_text(lambda text: text.replace("ES256", "None")),
    "RS-04 alg ES384 of another curve": rewritten(of_another_curve),
    "RS-04 alg EdDSA": header_text(lambda text: text.replace("ES256", "EdDSA")),
    "RS-04 jwk null": with_header(jwk=None),
    "RS-04 x5c": with_header(x5c=["MIIB"]),
    "RS-04 x5t#S256": with_header(**{"x5t#S256": "AAAA"}),
    "RS-04 cty JWT": with_header(cty="JWT"),
    "RS-04 zip DEF": with_header(zip="DEF"),
    "RS-04 kid empty": with_header(kid=""),
    "RS-04 kid null": with_header(kid=None),
    "RS-04 kid of SQL": with_header(kid="' OR 1=1 --"),
    "RS-04 kid an address": with_header(kid="https://evil.example/key"),
    "RS-04 signature as DER": whole(as_der),
    "RS-04 signature halves swapped": whole(halves_swapped),
    "RS-04 signature another spelling": whole(another_end),
    "RS-04 signature too long": whole(lambda token: token + "AAAA"),
    "RS-04 signature of ones": whole(
        lambda token: token[: token.rindex(".") + 1] + part(bytes([255]) * 64)
    ),
    "RS-05 payload padded": padded("{header}.{payload}="),
    "RS-05 header padded": padded("{header}==.{payload}"),
    "RS-05 payload with a space": padded("{header}.{payload} "),
    "RS-05 payload in plain base64": padded("{header}.{payload}+/"),
    "RS-05 a line break in the middle": whole(lambda token: token.replace(".", ".%0A", 1)),
    "RS-05 a space at the end": whole(lambda token: f"{token} x"),
    "RS-05 as JSON": whole(as_json),
    "RS-05 one dot more": whole(lambda token: f"{token}."),
    "RS-05 payload empty": rewritten(
        lambda header, claims, liar: signed(header, b"", liar.key).replace("..", ".", 1)
    ),
    "RS-05 payload null": payload_text(lambda _: "null"),
    "RS-05 payload a string": payload_text(json.dumps),
    "RS-05 payload with more behind": payload_text(lambda text: f"{text} {{}}"),
    "RS-05 payload with a byte order mark": payload_text(lambda text: f"\ufeff{text}"),
    "RS-05 payload in UTF-16": rewritten(
        lambda header, claims, liar: signed(header, json.dumps(claims).encode("utf-16"), liar.key)
    ),
    "RS-05 header a list": header_text(lambda text: f"[{text}]"),
    "RS-05 header not JSON": header_text(lambda text: text[:-1]),
    "RS-05 Infinity": payload_text(lambda text: text[:-1] + ', "x": -Infinity}'),
    "RS-06 4 KiB and one": of_length(4097),
    "RS-06 five thousand levels": payload_text(lambda _: "[" * 5000),
    "RS-06 a header of nine levels": header_text(
        lambda text: text[:-1] + ', "kid": ' + "[" * 9 + "]" * 9 + "}"
    ),
    "RS-06 sub twice": payload_text(lambda text: text[:-1] + ', "sub": "erika"}'),
    "RS-06 a member twice, once escaped": payload_text(
        lambda text: text[:-1] + ', "\\u0073ub": "erika"}'
    ),
    "RS-06 a member twice further down": payload_text(
        lambda text: text[:-1] + ', "x": {"y": 1, "y": 2}}'
    ),
    "RS-11 sub of the command line": with_claims(sub=CLI),
    "acr null": with_claims(acr=None),
    "acr a number": with_claims(acr=3),
    "auth_time true": with_claims(auth_time=True),
    "auth_time 1e20": with_claims(auth_time=1e20),
    "auth_time negative": with_claims(auth_time=-1),
}


class Bound(LyingProvider):
    """Its tokens are bound to `machine_key`, a person's as well."""

    def access_token(self, **claims: object) -> str:
        return super().access_token(**{"cnf": {"jkt": self.machine_key.thumbprint()}} | claims)


class OfMachine(Bound):
    """Its tokens are the integrator's own."""

    def access_token(self, **claims: object) -> str:
        own = {"sub": MACHINE, "client_id": MACHINE, "scope": "integration"}
        return super().access_token(**own | {"acr": ABSENT, "auth_time": ABSENT} | claims)
