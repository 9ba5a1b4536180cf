"""The one key that is held across requests: where it is used, and who waits for it."""

import asyncio
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.sealing import VaultSealer
from app.database.engine import Database
from app.vault import holders, rings
from app.vault.columns import LOG_KEY_OWNER
from app.vault.keys import Vault
from app.vault.rotation import Renewal
from app.vault.sealing import DataKey
from app.vault.services import FileKeyService
from app.vocabulary.ids import EntryId, TenantId, random_id
from tests.fixtures import Urls

HERE = TenantId("bergstrasse")
AN_HOUR = 3600.0


class CountingVault(Vault):
    asked = 0

    async def key(self, tx: AsyncSession, tenant: TenantId, owner: UUID) -> DataKey:
        self.asked += 1
        return await super().key(tx, tenant, owner)


async def test_a_connection_that_is_newer_than_the_kept_key_reads_it_anew(
    migrated_database: Urls, key_service: FileKeyService
) -> None:
    database, vault = Database(migrated_database.app), CountingVault(key_service)
    sealer = VaultSealer(vault)

    async def seal(tx: AsyncSession) -> int:
        await sealer.seal(tx, HERE, EntryId(random_id()), b"payload")
        return vault.asked

    asked = []
    for _ in range(3):
        async with database.transaction(HERE) as tx:
            asked.append(await seal(tx))
    async with database.transaction(HERE) as held, database.transaction(HERE) as newer:
        asked += [await seal(held), await seal(newer)]
    async with database.transaction(HERE) as held, database.transaction(HERE) as newer:
        asked += [await seal(held), await seal(newer)]
    await database.close()

    assert asked[:4] == [1, 1, 1, 1]
    assert asked[4:] == [2, 2, 2]


async def renewed(urls: Urls, key_service: FileKeyService) -> Database:
    """The owner's database, with a new version of the log's key that was made just now."""
    app, owner = Database(urls.app), Database(urls.owner)
    async with app.transaction(HERE) as tx:
        await Vault(key_service).key(tx, HERE, LOG_KEY_OWNER)
    await app.close()
    renewal = Renewal(database=owner, service=key_service, tell=lambda _: None)
    await renewal.new_data_keys(HERE)
    return owner


async def waited(database: Database, told: list[int], *, kept_seconds: float = AN_HOUR) -> None:
    one = rings.ONE_VERSION_BYTES
    await holders.gone(database, HERE, kept_seconds=kept_seconds, one_version=one, tell=told.append)


async def test_a_service_that_is_connected_is_waited_for_until_it_is_gone(
    migrated_database: Urls, key_service: FileKeyService
) -> None:
    owner = await renewed(migrated_database, key_service)
    told: list[int] = []
    with psycopg.connect(migrated_database.app):
        waiting = asyncio.create_task(waited(owner, told))
        while not told and not waiting.done():  # noqa: ASYNC110 - it is told by a plain call
            await asyncio.sleep(0.02)
        assert not waiting.done()
    await waiting
    await owner.close()

    assert AN_HOUR - 60 < told[0] <= AN_HOUR


async def test_nobody_is_waited_for_where_nobody_is_connected_or_the_time_is_over(
    migrated_database: Urls, key_service: FileKeyService
) -> None:
    owner = await renewed(migrated_database, key_service)
    told: list[int] = []

    await waited(owner, told)
    with psycopg.connect(migrated_database.app):
        await waited(owner, told, kept_seconds=0)
    await owner.close()

    assert told == []
