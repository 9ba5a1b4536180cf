"""What the driver sends itself: in the same transaction, under the same rules."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.engine import Database
from app.database.statements import Statement
from app.vault.tables import DataKeyRow
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import Urls
from tests.statements import statements

HERE, THERE = TenantId("bergstrasse"), TenantId("main-kinzig")
CANARY = "Quittengelee"
PUT = Statement("INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:tenant, :owner, :wrapped)")
FIND = Statement("SELECT owner, wrapped FROM data_keys WHERE owner = :owner")
BACKEND = Statement("SELECT pg_backend_pid() AS pid")


@pytest.fixture(scope="module")
def urls(new_database: Callable[..., Urls], migrated_template: str) -> Urls:
    return new_database(migrated_template)


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[Database]:
    database = Database(urls.app, pool_size=2)
    yield database
    await database.close()


async def put(tx: AsyncSession, owner: UUID, tenant: TenantId = HERE) -> None:
    await PUT.run(tx, {"tenant": tenant, "owner": owner, "wrapped": b"\x00x"})


async def test_what_it_writes_and_what_sqlalchemy_writes_are_one_transaction(
    database: Database,
) -> None:
    own, other = random_id(), random_id()

    async def fails_after_both() -> None:
        async with database.transaction(HERE) as tx:
            await put(tx, own)
            await tx.execute(
                text("INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:t, :o, 'x')"),
                {"t": HERE, "o": other},
            )
            assert [len(await FIND.rows(tx, {"owner": each})) for each in (own, other)] == [1, 1]
            raise LookupError

    with pytest.raises(LookupError):
        await fails_after_both()

    async with database.transaction(HERE) as tx:
        assert [len(await FIND.rows(tx, {"owner": each})) for each in (own, other)] == [0, 0]


async def test_rows_are_found_by_name_and_only_by_their_tenant(database: Database) -> None:
    owner = random_id()
    async with database.transaction(HERE) as tx:
        await put(tx, owner)
    async with database.transaction(HERE) as tx:
        (row,) = await FIND.rows(tx, {"owner": owner})
    async with database.transaction(THERE) as tx:
        assert await FIND.rows(tx, {"owner": owner}) == []

    assert (row.owner, bytes(row.wrapped)) == (owner, b"\x00x")


async def test_a_row_of_another_tenant_cannot_be_written(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with database.transaction(HERE) as tx:
            await put(tx, random_id(), THERE)
    async with database.transaction(THERE) as tx:
        await put(tx, random_id(), THERE)


async def test_a_construct_of_sqlalchemys_is_sent_as_sqlalchemy_would(database: Database) -> None:
    construct, now = insert(DataKeyRow), datetime.now(UTC)
    rows = [
        {"tenant": HERE, "owner": random_id(), "wrapped": b"y", "created_at": now} for _ in range(2)
    ]
    async with database.transaction(HERE) as tx:
        with statements() as sent:
            await Statement(construct).run(tx, rows[0])
            await tx.execute(construct, rows[1])
        found = [await FIND.rows(tx, {"owner": row["owner"]}) for row in rows]

    assert sent[0] == sent[1]
    assert [bytes(row.wrapped) for (row,) in found] == [b"y", b"y"]


@pytest.mark.parametrize(
    ("sql", "values", "told"),
    [
        ("SELECT '100 %' AS told", {}, "100 %"),
        ("SELECT CAST(:x AS text) || '%s' AS told", {"x": "50 %"}, "50 %%s"),
        (r"SELECT 'a' || '\:b' AS told", {}, "a:b"),
        ("SELECT (:x)::text AS told", {"x": "c"}, "c"),
    ],
)
async def test_signs_of_either_language_stand_for_themselves(
    database: Database, sql: str, values: dict[str, object], told: str
) -> None:
    async with database.transaction(HERE) as tx:
        (row,) = await Statement(sql).rows(tx, values)
    assert row.told == told


async def test_what_was_bound_is_not_in_the_text_of_an_error(database: Database) -> None:
    twice = Statement(
        "INSERT INTO representatives (tenant, person_id, ref) "
        "VALUES (:tenant, gen_random_uuid(), :canary), (:tenant, gen_random_uuid(), :canary)"
    )
    with pytest.raises(psycopg.IntegrityError) as failure:
        async with database.transaction(HERE) as tx:
            await twice.run(tx, {"tenant": HERE, "canary": CANARY})

    assert CANARY not in f"{failure.value} {failure.value!r}"


async def test_a_connection_cut_under_it_is_a_database_away_and_the_next_one_works(
    database: Database, urls: Urls
) -> None:
    async def is_cut() -> None:
        async with database.transaction(HERE) as tx:
            (row,) = await BACKEND.rows(tx, {})
            with psycopg.connect(urls.superuser, autocommit=True) as knife:
                knife.execute("SELECT pg_terminate_backend(%s)", [row.pid])
            await BACKEND.rows(tx, {})

    for _ in range(3):
        with pytest.raises(Unavailable) as away:
            await is_cut()
        assert away.value.part == "database"
        async with database.transaction(HERE) as tx:
            assert len(await BACKEND.rows(tx, {})) == 1


async def test_it_runs_in_a_transaction_bound_to_a_tenant_and_nowhere_else(
    database: Database,
) -> None:
    async with AsyncSession(database._engine) as loose:
        with pytest.raises(TypeError, match=r"app\.database\.engine"):
            await BACKEND.rows(loose, {})
    async with database.transaction(HERE) as tx:
        assert len(await BACKEND.rows(tx, {})) == 1
