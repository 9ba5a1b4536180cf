"""Statements of every question, sent by the driver itself.

SQLAlchemy's way to the server takes two to three times the driver's, per statement, and a
question has a dozen. What is sent is what SQLAlchemy would send, on the same connection and
in the same transaction; tables and everything off that path stay with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import namedtuple_row
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.numbering import number

Row: TypeAlias = Any  # Any: textual SQL has no types; a row is a named tuple
_DRIVER: Final = "driver connection"
_DIALECT: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types


class Statement:
    """`sql` with its parameters as `:name`, or a construct of SQLAlchemy's; put into form once."""

    __slots__ = ("_query",)

    def __init__(self, sql: str | ClauseElement) -> None:
        form = text(sql) if isinstance(sql, str) else sql
        self._query = str(form.compile(dialect=_DIALECT)).encode()

    async def rows(self, tx: AsyncSession, values: Mapping[str, object]) -> Sequence[Row]:
        """All rows. Raises psycopg's errors, which `Database.transaction` knows as well."""
        async with _driver(tx).cursor(row_factory=namedtuple_row) as cursor:
            await cursor.execute(self._query, values)
            return await cursor.fetchall()

    async def run(self, tx: AsyncSession, values: Mapping[str, object]) -> None:
        """For what gives no rows."""
        async with _driver(tx).cursor() as cursor:
            await cursor.execute(self._query, values)


def remember(tx: AsyncSession, driver: AsyncConnection) -> None:
    tx.info[_DRIVER] = driver
    number(driver)


def number_of(tx: AsyncSession) -> int:
    """Of its connection, in the order of their first use."""
    return number(_driver(tx))


def _driver(tx: AsyncSession) -> AsyncConnection:
    driver = tx.info.get(_DRIVER)
    if not isinstance(driver, AsyncConnection):
        raise TypeError("only in a transaction that app.database.engine began")
    return driver
