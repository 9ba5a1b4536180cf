"""A transaction ends as one, whether the session was used in it, the driver alone, or both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.commits import after_commit
from app.database.engine import Database
from app.database.statements import Statement
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id

HERE = TenantId("bergstrasse")
_INSERT = "INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:tenant, :owner, 'x')"
_DRIVER = Statement(_INSERT)
_THERE = Statement("SELECT 1 FROM data_keys WHERE owner = :owner")
_SLOW = Statement("SELECT pg_sleep(30)")
_WRONG = Statement("SELECT 1 / 0")

Write = Callable[[AsyncSession, UUID], Awaitable[None]]


async def by_driver(tx: AsyncSession, owner: UUID) -> None:
    await _DRIVER.run(tx, {"tenant": HERE, "owner": owner})


async def by_session(tx: AsyncSession, owner: UUID) -> None:
    await tx.execute(text(_INSERT), {"tenant": HERE, "owner": owner})


async def by_both(tx: AsyncSession, owner: UUID) -> None:
    await by_driver(tx, owner)
    await tx.execute(text("SELECT 1"))


WAYS = pytest.mark.parametrize("write", [by_driver, by_session, by_both])


@pytest.fixture
async def single(database_url: str) -> AsyncIterator[Database]:
    """One connection, so that what is left of a transaction meets the next."""
    database = Database(database_url, pool_size=1)
    yield database
    await database.close()


async def kept(database: Database, owner: UUID) -> bool:
    async with database.transaction(HERE) as tx:
        return bool(await _THERE.rows(tx, {"owner": owner}))


@WAYS
async def test_what_ended_well_is_kept(single: Database, write: Write) -> None:
    owner, told = random_id(), list[str]()

    async with single.transaction(HERE) as tx:
        await write(tx, owner)
        after_commit(tx, lambda: told.append("committed"))
        assert not told

    assert told == ["committed"]
    assert await kept(single, owner)


@WAYS
async def test_what_failed_is_not_and_leaves_nothing_behind(single: Database, write: Write) -> None:
    owner, told = random_id(), list[str]()

    async def fails() -> None:
        async with single.transaction(HERE) as tx:
            await write(tx, owner)
            after_commit(tx, lambda: told.append("committed"))
            raise LookupError

    with pytest.raises(LookupError):
        await fails()

    assert not told
    assert not await kept(single, owner)


@WAYS
async def test_what_was_given_up_in_a_statement_is_not(single: Database, write: Write) -> None:
    owner = random_id()

    async def waits() -> None:
        async with single.transaction(HERE) as tx:
            await write(tx, owner)
            await _SLOW.rows(tx, {})

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waits(), 0.5)

    assert not await kept(single, owner)


@WAYS
async def test_what_was_rolled_back_by_hand_is_not(single: Database, write: Write) -> None:
    owner, told = random_id(), list[str]()

    async with single.transaction(HERE) as tx:
        await write(tx, owner)
        after_commit(tx, lambda: told.append("committed"))
        await tx.rollback()

    assert not told
    assert not await kept(single, owner)


@WAYS
async def test_a_failure_nobody_speaks_of_is_not_taken_for_a_commit(
    single: Database, write: Write
) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK then, and no error: a receipt would be a lie."""
    owner = random_id()

    async def fails() -> None:
        async with single.transaction(HERE) as tx:
            await write(tx, owner)
            with suppress(psycopg.Error, DBAPIError):
                await _WRONG.rows(tx, {})

    with pytest.raises(Unavailable):
        await fails()

    assert not await kept(single, owner)


async def test_one_plan_for_all_values_holds_in_its_transaction_only(single: Database) -> None:
    mode = Statement("SELECT current_setting('plan_cache_mode') AS mode")

    async with single.transaction(HERE, by_key=True) as tx:
        (inside,) = await mode.rows(tx, {})
    async with single.transaction(HERE) as tx:
        (after,) = await mode.rows(tx, {})

    assert (inside.mode, after.mode) == ("force_generic_plan", "auto")
