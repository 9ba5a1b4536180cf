"""The one way to PostgreSQL: a transaction bound to a tenant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from psycopg import AsyncConnection as DriverConnection
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverError
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from app.database.commits import committed
from app.database.statements import remember
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

# One message to the server instead of two; a plain one, since a prepared one holds one statement.
_BEGIN: Final = sql.SQL("BEGIN; SELECT set_config('klarfall.tenant', {}, true)")
_BY_KEY: Final = sql.SQL(", set_config('plan_cache_mode', 'force_generic_plan', true)")
_PING: Final = text("SELECT 1")
_OF_DRIVER: Final = (DriverError, DriverInterfaceError)
_AWAY: Final = (OperationalError, InterfaceError, *_OF_DRIVER, PoolTimeout, OSError)


@cache
def _begin(tenant: TenantId, *, by_key: bool) -> bytes:
    begin = _BEGIN.format(sql.Literal(tenant))
    return (begin + _BY_KEY if by_key else begin).as_bytes(None)


class _Session(AsyncSession):
    """Where nothing goes through it, the driver alone begins and ends: it costs half as much."""

    def __init__(self, connection: AsyncConnection, driver: DriverConnection) -> None:
        super().__init__(connection, expire_on_commit=False, autoflush=False)
        self._driver = driver
        remember(self, driver)

    async def commit(self) -> None:
        """Raises Unavailable where a statement failed and nobody said so: it would undo all."""
        state = self._driver.pgconn.transaction_status
        if state == TransactionStatus.INERROR:
            raise Unavailable("database")
        if self.in_transaction():
            await super().commit()
        else:
            await self._driver.commit()
        if state == TransactionStatus.INTRANS:  # and not rolled back by whoever had it
            committed(self)

    async def rollback(self) -> None:
        await super().rollback()
        await self._driver.rollback()


class Database:
    """Connects as the role that owns nothing. Row-level security does the rest.

    Bound values never reach an exception's text (`hide_parameters`).
    """

    def __init__(self, url: str, *, pool_size: int = 8, wait_seconds: float = 5.0) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=wait_seconds,
            pool_recycle=1800,
            # The driver begins nothing by itself: `transaction` does, and nothing else may.
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"connect_timeout": 3, "options": "-c statement_timeout=10000"},
        )

    @asynccontextmanager
    async def transaction(
        self, tenant: TenantId, *, by_key: bool = False
    ) -> AsyncIterator[AsyncSession]:
        """Rows of this tenant and no other, committed at the end or not at all.

        `by_key`: every statement finds its rows by a whole key, so that one plan serves all
        values; to plan anew for each costs more than to read. Raises Unavailable when the
        database does not answer.
        """
        try:
            async with self._engine.connect() as connection:
                driver = await self._begin(connection, tenant, by_key=by_key)
                tx = _Session(connection, driver)
                try:
                    yield tx
                    await tx.commit()
                finally:
                    if tx.in_transaction():
                        await asyncio.shield(tx.close())
        except _AWAY:
            raise Unavailable("database") from None
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("database") from None
            raise

    async def _begin(
        self, connection: AsyncConnection, tenant: TenantId, *, by_key: bool
    ) -> DriverConnection:
        """A connection that fails here takes the others of its age along, as SQLAlchemy has it."""
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        if not isinstance(driver, DriverConnection):
            raise TypeError("not the driver this was written for")
        try:
            await driver.execute(_begin(tenant, by_key=by_key), prepare=False)
        except DriverError:
            await connection.invalidate()
            await self._engine.dispose()
            raise
        return driver

    async def ping(self) -> None:
        """Raises Unavailable when the database does not answer."""
        try:
            async with self._engine.connect() as connection:
                await connection.execute(_PING)
        except (*_AWAY, DBAPIError):
            raise Unavailable("database") from None

    async def close(self) -> None:
        await self._engine.dispose()
