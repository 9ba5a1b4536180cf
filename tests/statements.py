"""What is sent to the database, whoever sends it: SQLAlchemy or the driver itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

from psycopg import AsyncCursor

_ASKING: ContextVar[bool] = ContextVar("asking", default=False)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Each statement sent meanwhile by who asks here, without its values and without BEGIN.

    What works in the background, such as the log, is not heard.
    """
    seen: list[str] = []
    execute = AsyncCursor.execute

    async def heard(
        cursor: AsyncCursor[Any],  # Any: whatever its rows are
        query: Any,  # Any: text, bytes or psycopg's own
        *values: Any,  # Any: passed on as they came
        **options: Any,  # Any: passed on as they came
    ) -> AsyncCursor[Any]:  # Any: whatever its rows are
        text = query.decode() if isinstance(query, bytes) else str(query)
        if _ASKING.get() and not text.startswith("BEGIN"):
            seen.append(text)
        return await execute(cursor, query, *values, **options)

    asking = _ASKING.set(True)
    try:
        with patch.object(AsyncCursor, "execute", heard):
            yield seen
    finally:
        _ASKING.reset(asking)
