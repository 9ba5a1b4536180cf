"""`klarfall lifecycle run`: what is over is deleted, and nothing else.

A dry run and a real one ask the same statements for the same ids; the real one then deletes those,
a batch a transaction, each with an entry in the log. Interrupted it has done whole batches, and
once more it finds the rest.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.answers.deadlines import months_after
from app.audit import pruning
from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.database.engine import Database
from app.lifecycle.retention import Category, Retention, Rule
from app.vocabulary.dates import BERLIN, Clock
from app.vocabulary.ids import SubjectId, TenantId

_BATCH: Final = 500
_SERVICE: Final = Actor(kind=ActorKind.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """How the rows of a category are found and deleted. Ids are text: hashes are ids as well."""

    kind: EventKind
    due: str
    delete: str
    subjects: str | None = None


def _by_expiry(table: str, key: str, moment: str = "expires_at") -> _Work:
    name = f"encode({key}, 'hex')" if key.endswith(("hash", "digest", "key")) else f"{key}::text"
    return _Work(
        kind=EventKind.SIGN_INS_DELETED,
        due=f"SELECT {name} AS id FROM {table} "  # noqa: S608  # put together from constants
        f"WHERE tenant = :tenant AND {moment} < :before",
        delete=f"DELETE FROM {table} WHERE tenant = :tenant AND {name} = ANY(:ids) "  # noqa: S608  # put together from constants
        f"AND {moment} < :before",
    )


# By category and table. What is not here is deleted with its person, or says so in its sheet.
WORK: Final[Mapping[tuple[Category, str], _Work]] = {
    (Category.ANSWERS, "answers"): _Work(
        kind=EventKind.ANSWERS_DELETED,
        due="SELECT id::text FROM answers WHERE tenant = :tenant "
        "AND LEAST(delete_after, answered_at + CAST(:months AS interval)) < :now",
        delete="WITH said AS (DELETE FROM feedback WHERE tenant = :tenant "
        "AND answer_id::text = ANY(:ids)) "
        "DELETE FROM answers WHERE tenant = :tenant AND id::text = ANY(:ids)",
        subjects="SELECT DISTINCT subject FROM answers WHERE tenant = :tenant "
        "AND id::text = ANY(:ids)",
    ),
    (Category.RELEASES, "releases"): _Work(
        kind=EventKind.RELEASES_DELETED,
        due="SELECT r.id::text FROM releases AS r WHERE r.tenant = :tenant "
        "AND r.decided_at < :before AND NOT EXISTS (SELECT FROM answers AS a "
        "WHERE a.tenant = r.tenant AND a.release_id = r.id "
        "AND LEAST(a.delete_after, a.answered_at + CAST(:months AS interval)) >= :now)",
        delete="SELECT drop_releases(CAST(:ids AS uuid[]))",
        subjects="SELECT DISTINCT subject FROM releases WHERE tenant = :tenant "
        "AND id::text = ANY(:ids)",
    ),
    (Category.ACTIVATION_CODES, "activation_codes"): _Work(
        kind=EventKind.CODES_DELETED,
        due="SELECT id::text FROM activation_codes WHERE tenant = :tenant "
        "AND issued_at < :before AND expires_at < :now",
        delete="DELETE FROM activation_codes WHERE tenant = :tenant AND id::text = ANY(:ids)",
        subjects="SELECT DISTINCT person_id FROM activation_codes WHERE tenant = :tenant "
        "AND id::text = ANY(:ids)",
    ),
    **{
        (Category.SIGN_IN, table): _by_expiry(table, key, moment)
        for table, key, moment in (
            ("sessions", "id", "expires_at"),
            ("vouched", "session_id", "expires_at"),
            ("kept_questions", "id", "expires_at"),
            ("logins", "state_hash", "expires_at"),
            ("logout_notices", "digest", "expires_at"),
            ("replay", "digest", "expires_at"),
            ("limits", "key", "ends_at"),
        )
    },
    (Category.LOG_OF_USE, "audit_payloads"): _Work(
        kind=EventKind.PAYLOADS_DELETED,
        due="SELECT entry::text FROM audit_payloads WHERE tenant = :tenant "
        "AND delete_after < :today",
        delete="DELETE FROM audit_payloads WHERE tenant = :tenant AND entry::text = ANY(:ids) "
        "AND delete_after < :today",
    ),
    **{
        (Category.LOG_OF_USE, table): _Work(
            kind=EventKind.PAYLOADS_DELETED,
            due=f"SELECT {key} FROM {table} "  # noqa: S608  # put together from constants
            "WHERE tenant = :tenant AND delete_after < :today",
            delete=f"DELETE FROM {table} WHERE tenant = :tenant "  # noqa: S608  # put together from constants
            f"AND {key} = ANY(:ids) AND delete_after < :today",
        )
        for table, key in (
            ("oversight_readings", "entry || '/' || subject"),
            ("oversight_sessions", "id::text"),
        )
    },
    (Category.ERASURES, "erasures"): _Work(
        kind=EventKind.ERASURES_DELETED,
        due="SELECT id::text FROM erasures WHERE tenant = :tenant "
        "AND state IN ('refused', 'erased') AND COALESCE(erased_at, decided_at) < :before",
        delete="DELETE FROM erasures WHERE tenant = :tenant AND id::text = ANY(:ids)",
    ),
}


@dataclass(frozen=True, slots=True)
class Over:
    """The rows of one table whose time is up."""

    category: Category
    table: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Looks after how long things are kept."""

    database: Database
    log: Log
    clock: Clock
    retention: Retention
    answers_months: Mapping[TenantId, int]

    async def prune(self, tenant: TenantId, *, dry_run: bool = False) -> int:
        """How many entries of the log went, or would go, by the rule of docs/log.md."""
        async with self.database.transaction(tenant) as tx:
            count = await pruning.prunable(tx, tenant)
            if count and not dry_run:
                await pruning.prune(tx)
        return count

    async def over(self, tenant: TenantId) -> tuple[Over, ...]:
        """The dry run: exactly what `run` would delete now."""
        now = self.clock()
        found = []
        for (category, table), work in WORK.items():
            async with self.database.transaction(tenant) as tx:
                ids = await self._due(tx, tenant, self.retention[category], work, now)
            found.append(Over(category, table, ids))
        return tuple(each for each in found if each.ids)

    async def run(
        self, tenant: TenantId, *, progress: Callable[[Over, int], None] = lambda _, __: None
    ) -> tuple[Over, ...]:
        """Deletes it; `progress` hears of each batch once it is committed."""
        done = []
        for each in await self.over(tenant):
            gone: list[str] = []
            async for batch in self._batches(tenant, each):
                gone += batch
                progress(each, len(gone))
            done.append(Over(each.category, each.table, tuple(gone)))
        return tuple(done)

    async def _batches(self, tenant: TenantId, over: Over) -> AsyncIterator[Sequence[str]]:
        work, rule = WORK[over.category, over.table], self.retention[over.category]
        for start in range(0, len(over.ids), _BATCH):
            ids = list(over.ids[start : start + _BATCH])
            now = self.clock()
            async with self.database.transaction(tenant) as tx:
                asked = {**self._asked(tenant, rule, now), "ids": ids}
                subjects: tuple[SubjectId, ...] = ()
                if work.subjects is not None:
                    found = await tx.execute(_bound(work.subjects, asked))
                    subjects = tuple(map(SubjectId, sorted(found.scalars())))
                await tx.execute(_bound(work.delete, asked))
                event = Event(
                    kind=work.kind, at=now, actor=_SERVICE, subjects=subjects, hits=len(ids)
                )
                await self.log.record(tx, tenant, event)
            yield ids

    async def _due(
        self, tx: AsyncSession, tenant: TenantId, rule: Rule, work: _Work, now: datetime
    ) -> tuple[str, ...]:
        found = await tx.execute(_bound(work.due, self._asked(tenant, rule, now)))
        return tuple(sorted(found.scalars()))

    def _asked(self, tenant: TenantId, rule: Rule, now: datetime) -> dict[str, object]:
        """`before` is what the rule's period reaches back to; an office may have a shorter one."""
        months = rule.months
        own = self.answers_months[tenant]
        if months is not None and rule.shorter == "answers_months":
            months = min(months, own)
        return {
            "tenant": tenant,
            "now": now,
            "today": now.astimezone(BERLIN).date(),
            "before": _back(now, months, rule.days),
            "months": f"{own} months 1 day",
        }


def _bound(statement: str, asked: Mapping[str, object]) -> TextClause:
    """With those of the values that it names."""
    made = text(statement)
    return made.bindparams(**{name: asked[name] for name in made.compile().params})


def _back(now: datetime, months: int | None, days: int | None) -> datetime:
    """So long before now; now itself where rows carry a date of their own."""
    if months is not None:
        local = now.astimezone(BERLIN)
        return datetime.combine(months_after(local.date(), -months), local.timetz())
    return now - timedelta(days=days or 0)
