"""Transactions bound to a tenant, and what the roles behind them cannot do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from secrets import randbelow, token_bytes, token_hex

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import SQLModel

import app.answers.tables
import app.identity.tables
import app.legitimation.tables
import app.lifecycle.tables
import app.oversight.tables
import app.policy.tables
import app.records.tables
import app.vault.tables  # noqa: F401  # each adds its tables to the metadata
from app.database.engine import Database
from app.database.turns import in_turn
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import Urls

HERE, THERE = TenantId("bergstrasse"), TenantId("main-kinzig")
CANARY = "Quittengelee"
# What app.audit writes with statements of its own, and so has no row class.
OTHERS = {
    *("audit_checkpoints", "audit_cosignatures", "audit_entries", "audit_payloads"),
    *("audit_prunings", "audit_queue", "audit_tiles"),
}
TABLES = sorted(SQLModel.metadata.tables.keys() | OTHERS)
# What the owner writes, by a function or by hand, and the app role never does.
BY_OWNER = {"audit_prunings", "index_keys"}
FINAL = [
    *("audit_checkpoints", "audit_cosignatures", "audit_entries", "audit_prunings", "audit_tiles"),
    *("consents", "mandates"),
    *("objections", "person_facts", "protections", "releases"),
]


def reflected(url: str) -> dict[str, sa.Table]:
    metadata = sa.MetaData()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    metadata.reflect(engine)
    engine.dispose()
    return dict(metadata.tables)


def invented(column: sa.Column[object], tenant: str) -> object:
    """Something of the column's type, no matter what."""
    if column.name == "tenant":
        return tenant
    kind = column.type
    choices: list[tuple[type[object], Callable[[], object]]] = [
        (sa.Uuid, random_id),
        (sa.LargeBinary, lambda: token_bytes(16)),
        (sa.ARRAY, lambda: ["x"]),
        (sa.Boolean, lambda: True),
        (sa.Integer, lambda: randbelow(2**15)),
        (sa.DateTime, lambda: datetime.now(UTC)),
        (sa.Date, lambda: date(2026, 11, 22)),
    ]
    return next((make() for of, make in choices if isinstance(kind, of)), token_hex(8))


def a_row(table: sa.Table, tenant: str) -> sa.Insert:
    """One row more, unless the tenant has the only one it may have."""
    values = {c.name: invented(c, tenant) for c in table.columns if c.identity is None}
    return insert(table).values(values).on_conflict_do_nothing()


@pytest.fixture(scope="module")
def urls(new_database: Callable[..., Urls], migrated_template: str) -> Urls:
    """Not the one everybody shares: the rows written here mean nothing."""
    return new_database(migrated_template)


@pytest.fixture(scope="module")
def database_url(urls: Urls) -> str:
    return urls.app


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def owner(urls: Urls) -> AsyncIterator[Database]:
    """Bound by row-level security as well."""
    opened = Database(urls.owner)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def tables(urls: Urls) -> dict[str, sa.Table]:
    return reflected(urls.superuser)


def test_the_walk_below_walks_every_table(tables: dict[str, sa.Table]) -> None:
    assert tables.keys() - {"alembic_version"} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
async def test_another_tenants_rows_are_invisible_and_unwritable(
    database: Database, owner: Database, tables: dict[str, sa.Table], name: str
) -> None:
    table = tables[name]
    database = owner if name in BY_OWNER else database
    async with database.transaction(THERE) as tx:
        await tx.execute(a_row(table, THERE))
        own = (await tx.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
        assert own > 0

    async with database.transaction(HERE) as tx:
        seen = await tx.execute(sa.select(table.c.tenant).distinct())
        assert set(seen.scalars()) <= {HERE}
        with pytest.raises(ProgrammingError, match="row-level security"):
            await tx.execute(a_row(table, THERE))
        await tx.rollback()


@pytest.mark.parametrize("name", TABLES)
async def test_another_tenants_rows_are_neither_changed_nor_removed(
    database: Database, owner: Database, tables: dict[str, sa.Table], urls: Urls, name: str
) -> None:
    table = tables[name]
    async with (owner if name in BY_OWNER else database).transaction(THERE) as tx:
        await tx.execute(a_row(table, THERE))
    statements = [table.update().values(tenant=HERE), table.delete().where(table.c.tenant == THERE)]

    for statement in statements:
        async with database.transaction(HERE) as tx:
            try:
                # An UPDATE without a WHERE would take every row it sees: only its own are seen.
                await tx.execute(statement)
            except ProgrammingError as refusal:
                assert "permission denied" in str(refusal)  # noqa: PT017 - either is right
            except DBAPIError as refusal:
                assert "as they are" in str(refusal)  # noqa: PT017 - either is right
            await tx.rollback()

    with psycopg.connect(urls.superuser) as connection:
        count = sql.SQL("SELECT count(*) FROM {} WHERE tenant = %s").format(sql.Identifier(name))
        left = connection.execute(count, [THERE]).fetchone()
    assert left is not None
    assert left[0] > 0


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_without_a_tenant_bound_there_are_no_rows(urls: Urls, role: str, name: str) -> None:
    with psycopg.connect(urls.app if role == "app" else urls.owner) as connection:
        rows = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
        ).fetchone()

    assert rows == (0,)


def test_the_app_role_owns_nothing_and_bypasses_nothing(urls: Urls) -> None:
    """AZ-06."""
    with psycopg.connect(urls.superuser) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
            "FROM pg_roles WHERE rolname = 'klarfall_app'"
        ).fetchone()
        owned = connection.execute(
            "SELECT relname FROM pg_class WHERE relowner = 'klarfall_app'::regrole"
        ).fetchall()
        member_of = connection.execute(
            "SELECT roleid FROM pg_auth_members WHERE member = 'klarfall_app'::regrole"
        ).fetchall()

    assert role == (False, False, False, False, False)
    assert owned == []
    assert member_of == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE klarfall_owner",
        "ALTER TABLE persons DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_rows ON persons",
        "CREATE TABLE mine (x int)",
        "ALTER TABLE releases DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM data_keys",
        "SELECT * FROM alembic_version",
    ],
)
def test_the_app_role_cannot_help_itself(urls: Urls, statement: str) -> None:
    """AZ-06."""
    with (
        psycopg.connect(urls.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize("name", FINAL)
@pytest.mark.parametrize("how", ["UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_is_final_stays_as_it_is_whoever_asks(urls: Urls, name: str, how: str) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        with pytest.raises(psycopg.errors.RaiseException, match="are final"):
            connection.execute(sql.SQL(how).format(sql.Identifier(name)))


def test_an_audit_payload_is_not_altered_even_by_its_owner(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute("UPDATE audit_payloads SET delete_after = now()")


async def test_a_tenant_is_bound_for_one_transaction_and_not_left_behind(
    database_url: str,
) -> None:
    single = Database(database_url, pool_size=1)
    async with single.transaction(THERE) as tx:
        bound = (await tx.execute(text("SELECT current_setting('klarfall.tenant')"))).scalar_one()
    async with single._engine.connect() as connection:
        left = await connection.execute(text("SELECT current_setting('klarfall.tenant', true)"))
        assert left.scalar_one() in {"", None}
    await single.close()

    assert bound == THERE


async def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    owner = random_id()
    write = text("INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:tenant, :owner, 'x')")

    async def fails_after_writing() -> None:
        async with database.transaction(HERE) as tx:
            await tx.execute(write, {"tenant": HERE, "owner": owner})
            raise LookupError

    with pytest.raises(LookupError):
        await fails_after_writing()

    async with database.transaction(HERE) as tx:
        found = await tx.execute(
            text("SELECT count(*) FROM data_keys WHERE owner = :owner"), {"owner": owner}
        )
        assert found.scalar_one() == 0


FAILING = {
    "a row that is there already": (
        "INSERT INTO representatives (tenant, person_id, ref) "
        "VALUES (:tenant, gen_random_uuid(), :canary), (:tenant, gen_random_uuid(), :canary)"
    ),
    "a column that is missing": (
        "INSERT INTO representatives (tenant, person_id, ref, x) "
        "VALUES (:tenant, gen_random_uuid(), :canary, 1)"
    ),
    "a value where none may be missing": (
        "INSERT INTO representatives (tenant, person_id, ref) VALUES (:tenant, NULL, :canary)"
    ),
}


@pytest.mark.parametrize("case", FAILING)
async def test_what_was_bound_is_not_in_the_text_of_an_error(database: Database, case: str) -> None:
    with pytest.raises(DBAPIError) as failure:
        async with database.transaction(HERE) as tx:
            await tx.execute(text(FAILING[case]), {"tenant": HERE, "canary": CANARY})

    assert CANARY not in str(failure.value)
    assert CANARY not in repr(failure.value)


async def test_an_error_of_the_statements_own_is_not_taken_for_a_database_away(
    database: Database,
) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction(HERE) as tx:
            await tx.execute(
                text("INSERT INTO data_keys (tenant, owner) VALUES (:t, gen_random_uuid())"),
                {"t": HERE},
            )


async def test_a_database_away_is_unavailable_and_recovers(migrated_database: Urls) -> None:
    database = Database(migrated_database.app, pool_size=2)
    name = migrated_database.app.rpartition("/")[2]
    await database.ping()

    with psycopg.connect(migrated_database.superuser, autocommit=True) as gate:
        gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(sql.Identifier(name)))
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'klarfall_app' AND datname = %s"
        )
        gate.execute(cut, [name])
        for _ in range(2):
            with pytest.raises(Unavailable) as away:
                async with database.transaction(HERE) as tx:
                    await tx.execute(text("SELECT 1"))
            assert away.value.part == "database"
            with pytest.raises(Unavailable):
                await database.ping()
        gate.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(sql.Identifier(name)))

    await database.ping()
    async with database.transaction(HERE) as tx:
        assert (await tx.execute(text("SELECT 1"))).scalar_one() == 1
    await database.close()


async def test_a_connection_cut_in_a_transaction_is_a_database_away(
    migrated_database: Urls,
) -> None:
    database = Database(migrated_database.app, pool_size=2)

    async def is_cut() -> None:
        async with database.transaction(HERE) as tx:
            backend = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            with psycopg.connect(migrated_database.superuser, autocommit=True) as knife:
                knife.execute("SELECT pg_terminate_backend(%s)", [backend])
            await tx.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await is_cut()

    async with database.transaction(HERE) as tx:
        assert (await tx.execute(text("SELECT 2"))).scalar_one() == 2
    await database.close()


async def test_a_pool_without_a_free_connection_is_a_database_away(database_url: str) -> None:
    tight = Database(database_url, pool_size=1, wait_seconds=0.1)
    release = asyncio.Event()

    async def hold() -> None:
        async with tight.transaction(HERE):
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(5)]
    await asyncio.sleep(0.3)
    with pytest.raises(Unavailable):
        async with tight.transaction(HERE):
            pass
    release.set()
    await asyncio.gather(*holders)
    async with tight.transaction(HERE) as tx:
        assert (await tx.execute(text("SELECT 1"))).scalar_one() == 1
    await tight.close()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = Database("postgresql+psycopg://nobody:none@127.0.0.1:9/none")

    with pytest.raises(Unavailable):
        await nowhere.ping()
    with pytest.raises(Unavailable):
        async with nowhere.transaction(HERE):
            pass
    await nowhere.close()


async def test_what_must_not_happen_at_once_happens_in_turn(database: Database) -> None:
    inside = 0
    most = 0

    async def work(tenant: TenantId, what: str) -> None:
        nonlocal inside, most
        async with database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "case", what)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.05)
            inside -= 1

    name = random_id().hex
    await asyncio.gather(*(work(HERE, name) for _ in range(3)))
    assert most == 1
    await asyncio.gather(work(HERE, name), work(THERE, name), work(HERE, f"{name}x"))
    assert most == 3
