"""Signs in through the real flow, without a browser.

Follows the redirects by hand and fills in the provider's page. Cookies are kept by hand as
well: they are Secure, and no client but a browser sends those to http://127.0.0.1.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from time import time
from typing import Final, Self
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from demo.proofs import Holder

PASSWORD: Final = "klarfall-demo"  # noqa: S105 - the demo's, printed on its sign-in page
CLI_CLIENT: Final = "klarfall-demo-cli"
CLI_REDIRECT: Final = "http://127.0.0.1:1/callback"
MACHINE_CLIENT: Final = "integrator"

_MAX_STEPS: Final = 12
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_REFRESH: Final = re.compile(r'http-equiv="refresh" content="0;url=([^"]*)"')


class SignInFailed(Exception):
    """The message is a sentence for the person at the terminal."""


async def access_token(
    issuer: str, account: str, *, tenant_audience: str, acr: str = "substantial"
) -> str:
    """An access token of the command-line client for one tenant's API."""
    verifier, state = token_urlsafe(48), token_urlsafe(16)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": CLI_CLIENT,
        "response_type": "code",
        "redirect_uri": CLI_REDIRECT,
        "scope": "openid klarfall",
        "resource": tenant_audience,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    async with _Browser() as browser:
        await browser.open(f"{issuer}/auth?{urlencode(query)}", stop_at=CLI_REDIRECT)
        returned = await browser.sign_in(account, acr, stop_at=CLI_REDIRECT)
        answer = parse_qs(urlsplit(returned).query)
        if answer.get("state") != [state] or answer.get("iss") != [issuer] or "code" not in answer:
            raise SignInFailed("The identity provider did not sign the account in.")
        return await browser.token(
            f"{issuer}/token",
            {
                "grant_type": "authorization_code",
                "client_id": CLI_CLIENT,
                "redirect_uri": CLI_REDIRECT,
                "code": answer["code"][0],
                "code_verifier": verifier,
                "resource": tenant_audience,
            },
        )


async def browser_session(
    base_url: str, tenant: str, account: str, acr: str = "substantial"
) -> dict[str, str]:
    """The cookies a browser has after signing in to the service."""
    async with _Browser() as browser:
        back = f"{base_url}/callback"
        await browser.open(f"{base_url}/login?{urlencode({'tenant': tenant})}", stop_at=back)
        callback = await browser.sign_in(account, acr, stop_at=back)
        response = await browser.get(callback)
        onward = _REFRESH.search(response.text)
        if response.status_code != httpx2.codes.OK or onward is None:
            raise SignInFailed("The service did not accept the sign-in.")
        return {name: value for name, value in browser.cookies.items() if name.startswith("__Host")}


async def machine_token(issuer: str, key: Mapping[str, object], *, tenant_audience: str) -> str:
    """An access token of the integrator for itself, bound to `key`, its private JWK."""
    private = ECKey.import_key({name: str(value) for name, value in key.items()})
    proof = Holder(private).proof("POST", f"{issuer}/token", token=None, nonce=None)
    now = int(time())
    assertion = jwt.encode(
        {"alg": "ES256", "kid": key["kid"]},
        {
            "iss": MACHINE_CLIENT,
            "sub": MACHINE_CLIENT,
            "aud": issuer,
            "iat": now,
            "exp": now + 60,
            "jti": token_urlsafe(16),
        },
        private,
    )
    async with _Browser() as browser:
        return await browser.token(
            f"{issuer}/token",
            {
                "grant_type": "client_credentials",
                "client_id": MACHINE_CLIENT,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": assertion,
                "scope": "integration",
                "resource": tenant_audience,
            },
            proof=proof,
        )


class _Browser:
    """As much of a browser as a sign-in needs."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.page = ""
        self._client = httpx2.AsyncClient(trust_env=False, timeout=10)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, url: str) -> httpx2.Response:
        return await self._send("GET", url)

    async def post(self, url: str, form: Mapping[str, str]) -> httpx2.Response:
        return await self._send("POST", url, form)

    async def open(self, url: str, *, stop_at: str) -> None:
        """Follows redirects up to the provider's page, which `sign_in` then fills in."""
        response = await self.get(url)
        for _ in range(_MAX_STEPS):
            if not response.has_redirect_location:
                break
            url = urljoin(url, response.headers["location"])
            if url.startswith(stop_at):
                raise SignInFailed("The identity provider refused before it asked who is there.")
            response = await self.get(url)
        if response.status_code != httpx2.codes.OK:
            raise SignInFailed("The identity provider did not show its sign-in page.")
        self.page = url

    async def sign_in(self, account: str, acr: str, *, stop_at: str) -> str:
        """Returns the address that the sign-in leads back to, which is not opened."""
        url = self.page
        form = {"account": account, "means": acr, "password": PASSWORD}
        response = await self.post(url, form)
        for _ in range(_MAX_STEPS):
            if not response.has_redirect_location:
                raise SignInFailed(f"The account {account} cannot sign in at the level {acr}.")
            url = urljoin(url, response.headers["location"])
            if url.startswith(stop_at):
                return url
            response = await self.get(url)
        raise SignInFailed("The identity provider led nowhere.")

    async def token(self, url: str, form: Mapping[str, str], *, proof: str | None = None) -> str:
        """Bound to the key of `proof`, where there is one."""
        more = {} if proof is None else {"dpop": proof}
        response = await self._send("POST", url, form, more)
        match response.status_code, response.json():
            case httpx2.codes.OK, {"access_token": str(token)}:
                return token
            case _:
                raise SignInFailed("The identity provider gave no access token.")

    async def _send(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        data = None if form is None else dict(form)
        headers = {**self._headers(), **(more or {})}
        try:
            response = await self._client.request(method, url, data=data, headers=headers)
        except httpx2.HTTPError:
            where = urlsplit(url)
            raise SignInFailed(f"Nothing answers at {where.scheme}://{where.netloc}.") from None
        return self._keep(response)

    def _headers(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"cookie": pairs} if pairs else {}

    def _keep(self, response: httpx2.Response) -> httpx2.Response:
        for given in response.headers.get_list("set-cookie"):
            name, _, rest = given.partition("=")
            value, _, attributes = rest.partition(";")
            if value and "max-age=0" not in attributes.lower() and "1970" not in attributes:
                self.cookies[name] = value.strip('"')
            else:
                self.cookies.pop(name, None)
        return response
