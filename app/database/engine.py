"""The one way to PostgreSQL: a transaction bound to a tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from psycopg import AsyncConnection as DriverConnection
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverError
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from app.database.statements import remember
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

# One message to the server instead of two; a plain one, since a prepared one holds one statement.
_BEGIN: Final = sql.SQL("BEGIN; SELECT set_config('klarfall.tenant', {}, true)")
_PING: Final = text("SELECT 1")
_OF_DRIVER: Final = (DriverError, DriverInterfaceError)
_AWAY: Final = (OperationalError, InterfaceError, *_OF_DRIVER, PoolTimeout, OSError)


@cache
def _begin(tenant: TenantId) -> bytes:
    return _BEGIN.format(sql.Literal(tenant)).as_bytes(None)


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
    async def transaction(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        """Rows of this tenant and no other, committed at the end or not at all.

        Raises Unavailable when the database does not answer.
        """
        session = AsyncSession(self._engine, expire_on_commit=False, autoflush=False)
        try:
            async with session.begin():
                remember(session, await self._begin(await session.connection(), tenant))
                yield session
        except _AWAY:
            raise Unavailable("database") from None
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("database") from None
            raise
        finally:
            await session.close()

    async def _begin(self, connection: AsyncConnection, tenant: TenantId) -> DriverConnection:
        """A connection that fails here takes the others of its age along, as SQLAlchemy has it."""
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        if not isinstance(driver, DriverConnection):
            raise TypeError("not the driver this was written for")
        try:
            await driver.execute(_begin(tenant), prepare=False)
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
