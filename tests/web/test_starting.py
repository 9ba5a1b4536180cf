"""Begun before the database answers: waits, serves nobody meanwhile, and goes on by itself."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import enumerate as enumerate_threads

import psycopg
import pytest
from psycopg import sql

from app.redaction.recognisers import prepared
from app.redaction.seen import compiled
from app.telemetry.logs import Message
from app.vault.sealing import Unopenable
from app.web import main
from tests.fixtures import Urls
from tests.service import serving


@pytest.fixture
def urls(new_database: Callable[..., Urls], migrated_template: str) -> Urls:
    return new_database(migrated_template)


class Told:
    """What is logged while it starts."""

    def __init__(self) -> None:
        self.messages: list[tuple[Message, object]] = []
        self.anything = asyncio.Event()

    def say(self, message: Message, **attributes: object) -> None:
        self.messages.append((message, attributes.get("error")))
        self.anything.set()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    found = Told()
    monkeypatch.setattr(main, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(main, "say", found.say)
    return found


@contextmanager
def away(urls: Urls) -> Iterator[None]:
    """The database lets nobody in who is not its owner's superuser."""
    name = sql.Identifier(urls.app.rpartition("/")[2])
    with psycopg.connect(urls.superuser, autocommit=True) as gate:
        gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(name))
        yield
        gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(name))


async def test_a_worker_begun_before_its_database_waits_for_it(
    urls: Urls, told: Told, tmp_path: Path
) -> None:
    async def serves() -> int:
        async with serving(tmp_path, urls.app) as whole:
            return (await whole.call("GET", "/readyz")).status_code

    with away(urls):
        starting = asyncio.create_task(serves())
        await asyncio.wait_for(told.anything.wait(), 30)
        assert not starting.done()
    ready = await asyncio.wait_for(starting, 30)

    assert ready == 200
    assert told.messages[0] == (Message.PART_UNAVAILABLE, "database")
    assert told.messages[-2][0] is Message.STARTED
    assert told.messages[-1][0] is Message.STOPPED


async def test_who_stops_a_worker_that_waits_is_not_kept_waiting(
    urls: Urls, told: Told, tmp_path: Path
) -> None:
    async def serves() -> None:
        async with serving(tmp_path, urls.app):
            raise AssertionError("served in doubt")

    with away(urls):
        starting = asyncio.create_task(serves())
        await asyncio.wait_for(told.anything.wait(), 30)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    assert {message for message, _ in told.messages} == {Message.PART_UNAVAILABLE}


async def test_what_does_not_open_is_not_waited_for(
    urls: Urls,
    told: Told,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It will not open in a second either."""

    async def poisoned(_: object) -> int:
        raise Unopenable

    monkeypatch.setattr("app.web.lifecycle.Lifecycle.replay", poisoned)
    with pytest.raises(Unopenable):
        async with serving(tmp_path, urls.app):
            raise AssertionError("served in doubt")

    assert told.messages == []


async def test_patterns_are_compiled_beside_the_first_requests(urls: Urls, tmp_path: Path) -> None:
    compiled.cache_clear()
    async with serving(tmp_path, urls.app):
        for _ in range(3_000):
            if not any(each.name == "patterns" for each in enumerate_threads()):
                break
            await asyncio.sleep(0.01)
        held = compiled.cache_info().currsize
        prepared()

    assert held > 100
    assert compiled.cache_info().currsize == held
