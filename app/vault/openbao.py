"""A key service in OpenBao: its transit engine, whose keys never leave it.

One key, derived for each tenant by its context, in versions that OpenBao counts; and one that
is never renewed, for blind indexes. What is wrapped is OpenBao's own text, `vault:v1:…`.
"""

import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from app.vault.commitment import committed, key_of
from app.vault.sealing import Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from app.vocabulary.json import Json

_SECONDS: Final = 3.0
_WRAPPED: Final = re.compile(rb"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]+={0,2}")
_OPEN_TO_OTHERS: Final = 0o077
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404
_REFUSED: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitSettings:
    """`authority` is the certificate OpenBao's own is held against; the system's without one."""

    url: str
    token_file: Path
    mount: str = "transit"
    key: str = "klarfall"
    authority: Path | None = None


class _NotTaken(Unavailable):
    """Status 400: OpenBao answers, and says that what it was sent does not fit."""


class OpenBaoKeyService:
    """The token is read from its file at each call, so that another takes over at once."""

    kept_seconds: Final = 10.0

    def __init__(self, settings: TransitSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._there = False

    def __repr__(self) -> str:
        return "<OpenBaoKeyService>"

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        if not self._there:
            # Asked to encrypt with a key that is not there, OpenBao may make one.
            await self.newest()
            self._there = True
        body = {"plaintext": _base64(committed(key)), **_bound(tenant)}
        told = await self._ask("POST", f"encrypt/{self._settings.key}", body)
        return _text(told, "ciphertext").encode()

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        self.version(wrapped)
        body = {"ciphertext": wrapped.decode("ascii"), **_bound(tenant)}
        try:
            told = await self._ask("POST", f"decrypt/{self._settings.key}", body)
        except _NotTaken:
            raise Unopenable from None
        return key_of(_bytes(_text(told, "plaintext")))

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        """One call for all; no key leaves OpenBao."""
        if not wrapped:
            return []
        for each in wrapped:
            self.version(each)
        items: list[Json] = [{"ciphertext": e.decode("ascii"), **_bound(tenant)} for e in wrapped]
        try:
            told = await self._ask("POST", f"rewrap/{self._settings.key}", {"batch_input": items})
        except _NotTaken:
            raise Unopenable from None
        results = told.get("batch_results")
        if not isinstance(results, list) or len(results) != len(wrapped):
            raise Unavailable("keys")
        return [_rewrapped(each) for each in results]

    def version(self, wrapped: bytes) -> int:
        if (match := _WRAPPED.fullmatch(wrapped)) is None:
            raise Unopenable
        return int(match[1])

    async def newest(self) -> int:
        told = await self._ask("GET", f"keys/{self._settings.key}")
        latest = told.get("latest_version")
        if not isinstance(latest, int):
            raise Unavailable("keys")
        return latest

    async def rotate(self) -> int:
        await self._ask("POST", f"keys/{self._settings.key}/rotate", {})
        return await self.newest()

    async def index_key(self, tenant: TenantId) -> bytes:
        body: dict[str, Json] = {
            "input": _base64(b"klarfall index\x00" + tenant.encode()),
            "key_version": 1,
        }
        told = await self._ask("POST", f"hmac/{self._index}/sha2-256", body)
        _, _, digest = _text(told, "hmac").rpartition(":")
        return _bytes(digest)

    async def establish(self) -> None:
        for name in (self._settings.key, self._index):
            answer = await self._send("GET", f"keys/{name}")
            if answer.status_code != _NOT_FOUND:
                raise FileExistsError
        keys: tuple[tuple[str, dict[str, Json]], ...] = (
            (self._settings.key, {"type": "aes256-gcm96", "derived": True}),
            (self._index, {"type": "hmac", "key_size": 32}),
        )
        for name, kind in keys:
            await self._ask("POST", f"keys/{name}", kind)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def _index(self) -> str:
        return f"{self._settings.key}-index"

    async def _ask(
        self, method: str, path: str, body: dict[str, Json] | None = None
    ) -> Mapping[str, Json]:
        answer = await self._send(method, path, body)
        if answer.status_code == _BAD_REQUEST:
            raise _NotTaken("keys")
        if answer.status_code >= _REFUSED:
            raise Unavailable("keys")
        if not answer.content:
            return {}
        try:
            data = answer.json().get("data")
        except (ValueError, AttributeError):
            raise Unavailable("keys") from None
        return data if isinstance(data, dict) else {}

    async def _send(
        self, method: str, path: str, body: dict[str, Json] | None = None
    ) -> httpx2.Response:
        try:
            if self._settings.token_file.stat().st_mode & _OPEN_TO_OTHERS:
                raise Unavailable("keys")
            token = self._settings.token_file.read_text("ascii").strip()
            return await self._connected().request(
                method,
                f"/v1/{self._settings.mount}/{path}",
                headers={"x-vault-token": token},
                json=body,
            )
        except (httpx2.HTTPError, OSError, ValueError):
            raise Unavailable("keys") from None

    def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            authority = self._settings.authority
            self._client = httpx2.AsyncClient(
                base_url=self._settings.url,
                timeout=_SECONDS,
                trust_env=False,
                follow_redirects=False,
                verify=ssl.create_default_context(cafile=authority),
            )
        return self._client


def _bound(tenant: TenantId) -> dict[str, Json]:
    """The key is derived for the context. Associated data as well would rule out `rewrap`."""
    return {"context": _base64(tenant.encode())}


def _rewrapped(result: Json) -> bytes:
    if not isinstance(result, dict) or result.get("error"):
        raise Unopenable
    return _text(result, "ciphertext").encode()


def _text(told: Mapping[str, Json], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise Unavailable("keys")
    return value


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Unavailable("keys") from None
