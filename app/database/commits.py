"""What is to happen once a transaction is committed, and not otherwise."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

_WAITING: Final = "after commit"


def after_commit(tx: AsyncSession, then: Callable[[], None]) -> None:
    """`then` must not fail: what it follows has happened."""
    tx.info.setdefault(_WAITING, []).append(then)


def committed(tx: AsyncSession) -> None:
    """For `app.database.engine`: now it is."""
    for then in tx.info.pop(_WAITING, ()):
        then()
