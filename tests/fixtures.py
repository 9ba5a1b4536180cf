"""The types of what conftest.py hands to tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

ROOT = Path(__file__).parent.parent


class Migrations:
    """Alembic on one database, as the owner role."""

    def __init__(self, owner_url: str) -> None:
        self._url = owner_url

    def upgrade(self, revision: str = "head") -> None:
        self._run(lambda config: command.upgrade(config, revision))

    def downgrade(self, revision: str = "base") -> None:
        self._run(lambda config: command.downgrade(config, revision))

    def check(self) -> None:
        """Raises when a table in code differs from its migration."""
        self._run(command.check)

    def _run(self, step: Callable[[Config], None]) -> None:
        config = Config(ROOT / "alembic.ini")
        engine = create_engine(self._url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            step(config)


@dataclass(frozen=True, slots=True)
class Urls:
    """One database, as each role sees it."""

    app: str
    owner: str
    superuser: str


class MovableClock:
    """Now, until a test says otherwise."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by
