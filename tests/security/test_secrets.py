"""Secrets come from files, and are in no text form, row, log or page."""

import json
import re
from secrets import token_urlsafe
from typing import get_args
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pydantic import BaseModel

from app.vault.keys import Vault
from app.web.settings import Settings
from app.web.tenants import Tenant
from demo.postgres import Server
from tests.service import Whole

SECRET = re.compile(r"key|secret|password|credential|private")
# Which key service, and what its key is called: words that are no secret.
NAMES = {"key_service", "key_service_before", "key_name"}


def fields(model: type[BaseModel]) -> list[str]:
    """Every setting, those within others too."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        found.append(name)
        kinds = [field.annotation, *get_args(field.annotation)]
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += [f"{name}.{below}" for below in fields(kind)]
    return found


@pytest.mark.parametrize("model", [Settings, Tenant])
def test_ap_15_what_is_secret_is_set_by_the_name_of_a_file(model: type[BaseModel]) -> None:
    secret = [name for name in fields(model) if SECRET.search(name) and name not in NAMES]

    assert secret
    assert [n for n in secret if not n.endswith(("_file", ".file", "keys", ".service"))] == []


async def test_ap_15_no_part_of_the_service_says_a_secret_of_itself(whole: Whole) -> None:
    """The clients' private keys, the master key, the logs' keys, the way to the database."""
    parts = whole.parts
    client = json.loads((whole.folder / "client.json").read_text())
    master = (whole.folder / "master.key").read_bytes()
    secrets = [client["d"], master.hex(), str(master)[2:-1]]
    if "@" in parts.settings.database_url:
        secrets.append(parts.settings.database_url.partition("@")[0].rpartition(":")[2])
    told = [
        repr(each)
        for each in (
            parts.settings,
            parts.tenants,
            parts.vault,
            parts.identity,
            *parts.identity.peers.values(),
            *(peer.provider for peer in parts.identity.peers.values()),
            parts.reader,
            parts.sequencer,
            parts.database,
            parts,
        )
    ]

    assert isinstance(parts.vault, Vault)
    assert len(client["d"]) > 40
    for text in (*told, str(told), f"{parts!r}"):
        assert not [secret for secret in secrets if secret and secret in text]


def rows(url: str) -> str:
    """Every row of every table as text, by who may read all."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert len(tables) > 15
        return "\n".join(
            str(row[0])
            for (name,) in tables
            for row in connection.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(name))
            )
        )


def forms(secret: str) -> set[str]:
    return {secret, secret.encode().hex()}


async def test_id_26_rs_15_se_01_nothing_a_provider_gives_is_kept_shown_or_logged(
    whole: Whole, postgres: Server
) -> None:
    """Code, tokens and a refresh token nobody asked for: used once, here, and then nowhere."""
    refresh = token_urlsafe(24)
    whole.liar.answer = {"refresh_token": refresh}
    given: list[str] = [refresh]
    honest = whole.liar.id_token

    def heard(nonce: str, access_token: str) -> str:
        token = honest(nonce, access_token)
        given.extend([token, access_token, nonce])
        return token

    whole.liar.id_token = heard  # type: ignore[method-assign]  # to hear what it gives
    try:
        async with whole.browser() as browser:
            begun = await browser.get("/login", params={"tenant": "bergstrasse"})
            back = whole.liar.authorize(begun.headers["location"])
            code = re.search(r"code=([^&]+)", back)
            state = re.search(r"state=([^&]+)", back)
            assert code is not None
            assert state is not None
            done = await browser.get(back)
            assert done.status_code == 200, done.text
            again = await browser.get(back, headers={"accept": "text/html"})
            assert again.status_code == 401
            shown = [done, again, await browser.get("/session"), await browser.get("/v1/me")]
    finally:
        del whole.liar.id_token
        whole.liar.answer = {}

    assert len(given) == 4
    given += [code[1], state[1]]
    assert done.headers["referrer-policy"] == again.headers["referrer-policy"] == "no-referrer"
    pages = "\n".join(f"{each.headers}{each.text}" for each in shown)
    database = urlsplit(whole.parts.settings.database_url).path.removeprefix("/")
    kept = rows(postgres.superuser_url(database))
    assert "(bergstrasse," in kept
    for secret in given:
        for form in forms(secret):
            assert form not in pages
            assert form not in whole.logged.getvalue()
            assert form not in kept


async def test_rs_15_no_token_is_asked_for_that_outlives_the_sign_in(whole: Whole) -> None:
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_urlsafe(9))
    asked = list(whole.liar.token_requests)

    assert asked
    assert {form["grant_type"] for form in asked} == {"authorization_code"}
    assert "offline_access" not in str(asked)


async def test_id_22_no_further_document_about_a_person_is_asked_for(whole: Whole) -> None:
    """A provider offers one; the ID token is all we take, so there is no `sub` to confuse."""
    whole.liar.metadata = {"userinfo_endpoint": "https://id.example/userinfo"}
    whole.liar.seen.clear()
    try:
        async with whole.browser() as browser:
            await whole.sign_in(browser, token_urlsafe(9))
    finally:
        whole.liar.metadata = {}

    assert "/token" in whole.liar.seen
    assert "/userinfo" not in whole.liar.seen
