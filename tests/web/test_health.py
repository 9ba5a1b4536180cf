"""Whether the service is ready: each part by name, as it goes and as it comes back."""

import asyncio
from datetime import timedelta

import httpx2
import psycopg
import pytest
from psycopg import sql
from pydantic import AnyHttpUrl

from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting
from app.web import health
from tests.doubles.model_server import ModelServer
from tests.fixtures import Urls
from tests.service import Whole, serving

ALL_READY = {
    "database": "ready",
    "keys": "ready",
    "policies": "ready",
    "provider": "ready",
    "model": "not_used",
    "log": "ready",
}


async def ready(whole: Whole) -> tuple[int, dict[str, str]]:
    response = await whole.call("GET", "/readyz")
    body = response.json()
    assert body["ready"] is (response.status_code == 200)
    # Other tests of this database spoil what is sealed: see test_a_poison_record_… below.
    assert body["parts"].pop("sealed") in {"ready", "alarm", "away"}
    return response.status_code, body["parts"]


async def test_a_process_that_answers_is_alive(whole: Whole) -> None:
    response = await whole.call("GET", "/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_a_service_with_all_its_parts_is_ready(whole: Whole) -> None:
    assert await ready(whole) == (200, ALL_READY)


async def test_keys_that_are_away_are_named_and_come_back(whole: Whole) -> None:
    key, aside = whole.folder / "master.key", whole.folder / "aside.key"

    key.rename(aside)
    away = await ready(whole)
    aside.rename(key)

    assert away == (503, ALL_READY | {"keys": "away"})
    assert await ready(whole) == (200, ALL_READY)


async def test_a_provider_that_is_away_is_named_and_comes_back(whole: Whole) -> None:
    whole.clock.forward(timedelta(minutes=11))
    whole.liar.replies["/.well-known/openid-configuration"] = lambda: httpx2.Response(503)
    away = await ready(whole)
    whole.liar.replies.clear()
    whole.clock.forward(timedelta(seconds=6))

    assert away == (503, ALL_READY | {"provider": "away"})
    assert await ready(whole) == (200, ALL_READY)


async def test_a_log_that_stands_still_is_named(whole: Whole) -> None:
    whole.parts.sequencer.troubled.add(TenantId("main-kinzig"))
    away = await ready(whole)
    whole.parts.sequencer.troubled.clear()

    assert away == (503, ALL_READY | {"log": "away"})


async def test_policies_that_are_none_are_named(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = whole.parts.pipeline.gate.policies.engine
    monkeypatch.setitem(engine.__dict__, "ids", frozenset())

    assert await ready(whole) == (503, ALL_READY | {"policies": "away"})


async def test_a_database_that_is_away_is_named_and_comes_back(
    migrated_database: Urls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = sql.Identifier(migrated_database.app.rpartition("/")[2])
    async with serving(tmp_path_factory.mktemp("away"), migrated_database.app) as whole:
        with psycopg.connect(migrated_database.superuser, autocommit=True) as gate:
            gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(name))
            gate.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'klarfall_app' AND datname = current_database()"
            )
            away = await ready(whole)
            refused = await whole.call("GET", "/v1/me", whole.citizen("anybody"))
            gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(name))

        assert (away[0], away[1]["database"]) == (503, "away")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"] == "5"
        async with asyncio.timeout(10):
            while (await ready(whole))[0] != 200:
                continue
        assert (await whole.call("GET", "/v1/me", whole.citizen("anybody"))).status_code == 200


async def test_a_model_that_is_away_is_named_and_the_service_ready_all_the_same(
    migrated_database: Urls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = ModelServer()
    with model:
        url = model.url
    settings = {"model_name": "double", "model_hosting": Hosting.ON_PREMISES}
    folder = tmp_path_factory.mktemp("model")
    async with serving(
        folder, migrated_database.app, model_url=AnyHttpUrl(url), **settings
    ) as whole:
        assert await ready(whole) == (200, ALL_READY | {"model": "away"})
    with ModelServer() as model:
        async with serving(
            folder, migrated_database.app, model_url=AnyHttpUrl(model.url), **settings
        ) as whole:
            assert await ready(whole) == (200, ALL_READY | {"model": "ready"})
    assert model.requests == []


async def test_a_part_that_does_not_answer_in_time_is_away(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.2)
    whole.clock.forward(timedelta(minutes=11))
    waiting = asyncio.Event()
    handle = whole.liar.handle_async_request

    async def silent(request: httpx2.Request) -> httpx2.Response:
        await waiting.wait()
        return await handle(request)

    with monkeypatch.context() as patch:
        patch.setattr(whole.liar, "handle_async_request", silent)
        away = await ready(whole)
    whole.clock.forward(timedelta(seconds=6))

    assert away == (503, ALL_READY | {"provider": "away"})
    assert (await ready(whole))[0] == 200
