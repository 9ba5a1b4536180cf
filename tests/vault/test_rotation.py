"""Every level of keys is renewed while it is used, whatever interrupts it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncCursor
from sqlalchemy import text

from app.database.engine import Database
from app.vault import rings
from app.vault.columns import LOG_KEY_OWNER
from app.vault.guard import RotationBusy, alone
from app.vault.keys import Vault
from app.vault.progress import Progress
from app.vault.rotation import Renewal
from app.vault.sealing import Address, Unopenable
from app.vault.services import FileKeyService
from app.vault.status import KeyStatus, status
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import Urls

HERE = TenantId("bergstrasse")
PERSONS = 3


class Interrupted(Exception):
    """As if the process had ended here."""


class Files:
    """A few people with sealed values, some of them in tables whose rows are final."""

    def __init__(self, urls: Urls, key: Path) -> None:
        FileKeyService.create(key)
        self.service = FileKeyService(key)
        self.app = Database(urls.app, pool_size=4)
        self.owner = Database(urls.owner, pool_size=4)
        self.superuser = urls.superuser
        self.vault = Vault(self.service)
        self.persons = [random_id() for _ in range(PERSONS)]
        self.cells: dict[UUID, tuple[UUID, bytes]] = {}
        self.protected: dict[UUID, bytes] = {}
        self.entry = random_id()
        self.told: list[Progress] = []

    async def fill(self) -> None:
        async with self.app.transaction(HERE) as tx:
            for person in self.persons:
                key = await self.vault.key(tx, HERE, person)
                for number in range(3):
                    row, value = random_id(), f"value {number} of {person}".encode()
                    sealed = key.seal(value, Address(HERE, "case_values.sealed", row, 1))
                    await tx.execute(
                        text(
                            "INSERT INTO case_values "
                            "(tenant, case_id, subject, field, id, version, sealed) "
                            "VALUES (:t, :c, :s, :f, :i, 1, :v)"
                        ),
                        {
                            "t": HERE,
                            "c": person,
                            "s": person,
                            "f": f"f{number}",
                            "i": row,
                            "v": sealed,
                        },
                    )
                    self.cells[row] = (person, value)
                ground = key.seal(b"shelter", Address(HERE, "protections.sealed_ground", person, 1))
                await tx.execute(
                    text(
                        "INSERT INTO protections (tenant, person_id, version, source, active, "
                        "sealed_ground, recorded_at) "
                        "VALUES (:t, :p, 1, 'office', true, :g, now())"
                    ),
                    {"t": HERE, "p": person, "g": ground},
                )
                self.protected[person] = b"shelter"
            log = await self.vault.key(tx, HERE, LOG_KEY_OWNER)
            payload = log.seal(b"payload", Address(HERE, "audit_payloads.sealed", self.entry, 1))
            await tx.execute(
                text("INSERT INTO audit_payloads VALUES (:t, :e, :s, now())"),
                {"t": HERE, "e": self.entry, "s": payload},
            )

    def renewal(self) -> Renewal:
        return Renewal(
            database=self.owner,
            service=self.service,
            tell=self.told.append,
            kept_across_seconds=0,
        )

    async def read(self, vault: Vault | None = None) -> None:
        """Everything opens, as the service would read it: value and key in one statement."""
        used = vault or Vault(self.service)
        async with self.app.transaction(HERE) as tx:
            rows = await tx.execute(
                text(
                    "SELECT v.id, v.subject, v.sealed, k.wrapped FROM case_values AS v "
                    "JOIN data_keys AS k ON k.tenant = v.tenant AND k.owner = v.subject"
                )
            )
            found = {}
            for row in rows.all():
                keys = await used.unwrapped(tx, HERE, {row.subject: row.wrapped})
                address = Address(HERE, "case_values.sealed", row.id, 1)
                found[row.id] = (row.subject, keys[row.subject].open(bytes(row.sealed), address))
            assert found == self.cells
        async with self.app.transaction(HERE) as tx:
            # The value first and the key later, as an answer is read.
            grounds = (
                await tx.execute(text("SELECT person_id, sealed_ground FROM protections"))
            ).all()
            for person, sealed in grounds:
                key = await used.key(tx, HERE, person)
                address = Address(HERE, "protections.sealed_ground", person, 1)
                assert key.open(bytes(sealed), address) == self.protected[person]
            payload = (await tx.execute(text("SELECT sealed FROM audit_payloads"))).scalar_one()
            log = await used.key(tx, HERE, LOG_KEY_OWNER)
            address = Address(HERE, "audit_payloads.sealed", self.entry, 1)
            assert log.open(bytes(payload), address) == b"payload"

    async def status(self) -> KeyStatus:
        return await status(self.owner, self.service, HERE)

    def rows(
        self, statement: str, *values: object
    ) -> list[tuple[Any, ...]]:  # Any: whatever is asked for
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def sealed(self) -> set[bytes]:
        return {
            bytes(row[0])
            for row in self.rows(
                "SELECT sealed FROM case_values UNION ALL SELECT sealed FROM audit_payloads "
                "UNION ALL SELECT sealed_ground FROM protections"
            )
        }


@pytest.fixture
async def files(migrated_database: Urls, tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(migrated_database, tmp_path / "master")
    await made.fill()
    yield made
    await made.app.close()
    await made.owner.close()


LEVELS: dict[str, Callable[[Renewal], Any]] = {  # Any: a coroutine
    "service": lambda renewal: renewal.service_key([HERE]),
    "tenant": lambda renewal: renewal.tenant_key(HERE),
    "data": lambda renewal: renewal.data_keys(HERE),
}


async def test_a_new_service_key_wraps_the_tenants_keys_and_nothing_else_changes(
    files: Files,
) -> None:
    before = files.sealed(), files.rows("SELECT wrapped FROM data_keys ORDER BY owner")

    assert await files.renewal().service_key([HERE]) == 1

    found = await files.status()
    assert (found.service_newest, found.tenant_keys) == (2, {1: 2})
    assert (files.sealed(), files.rows("SELECT wrapped FROM data_keys ORDER BY owner")) == before
    await files.read()


async def test_a_new_tenant_key_takes_all_data_keys_and_the_old_one_is_destroyed(
    files: Files,
) -> None:
    sealed = files.sealed()

    assert await files.renewal().tenant_key(HERE) == 0

    found = await files.status()
    assert found.tenant_keys == {2: 1}
    assert found.data_keys == {2: PERSONS + 1}
    assert found.left == 0
    assert files.sealed() == sealed
    await files.read()
    await files.read(files.vault)


async def test_new_data_keys_seal_every_value_anew_and_the_old_ones_are_destroyed(
    files: Files,
) -> None:
    before = files.sealed()
    async with files.app.transaction(HERE) as tx:
        old = await files.vault.keys(tx, HERE, files.persons)

    assert await files.renewal().data_keys(HERE) == 0

    assert files.sealed().isdisjoint(before)
    assert len(files.sealed()) == len(before)
    assert (await files.status()).left == 0
    await files.read()
    marks = {each[:9] for each in files.sealed()}
    assert marks.isdisjoint(key.mark for key in old.values())
    lengths = files.rows("SELECT DISTINCT octet_length(wrapped) FROM data_keys")
    assert lengths == [(rings.ONE_VERSION_BYTES,)]


async def test_only_keys_that_are_old_enough_are_renewed(files: Files) -> None:
    old = files.persons[0]
    files.rows(
        "UPDATE data_keys SET created_at = now() - interval '400 days' "
        "WHERE owner = %s RETURNING 1",
        old,
    )
    before = dict(files.rows("SELECT owner, wrapped FROM data_keys"))

    await files.renewal().data_keys(HERE, older_than=datetime.now(UTC) - timedelta(days=365))

    after = dict(files.rows("SELECT owner, wrapped FROM data_keys"))
    assert [owner for owner in before if before[owner] != after[owner]] == [old]
    await files.read()


async def test_a_database_of_the_first_release_goes_up_without_losing_anything(
    files: Files,
) -> None:
    """Data keys that the key service itself wrapped, in a database without tenants' keys."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding  # noqa: PLC0415 - as it was

    from app.vault.services import _derived  # noqa: PLC0415 - as it was

    (master,) = files.service._masters()
    async with files.owner.transaction(HERE) as tx:
        found = (await tx.execute(text("SELECT owner, wrapped FROM data_keys"))).all()
        for owner, wrapped in found:
            ring = await files.vault.ring(tx, HERE, owner, bytes(wrapped))
            direct = aes_key_wrap_with_padding(_derived(master, HERE, b"wrap"), ring.versions[0][1])
            await tx.execute(
                text("UPDATE data_keys SET wrapped = :w WHERE owner = :o"),
                {"w": direct, "o": owner},
            )
        await tx.execute(text("DELETE FROM tenant_keys"))
    await files.read()
    first = await files.status()

    await files.renewal().tenant_key(HERE)

    assert (first.data_keys, first.left) == ({0: PERSONS + 1}, PERSONS + 1)
    assert (await files.status()).data_keys == {1: PERSONS + 1}
    await files.read()


_RENEWING: ContextVar[bool] = ContextVar("renewing", default=False)


@contextmanager
def interrupted_at(number: int) -> Iterator[list[str]]:
    """Every statement of the renewing role counts, BEGIN among them; this one never comes."""
    sent: list[str] = []
    execute = AsyncCursor.execute

    async def counted(
        cursor: AsyncCursor[Any], query: Any, *values: Any, **options: Any
    ) -> Any:  # Any: passed on as they came
        if not _RENEWING.get():  # a service of another test, in the background
            return await execute(cursor, query, *values, **options)
        words = query.decode() if isinstance(query, bytes) else str(query)
        sent.append(words)
        if len(sent) == number:
            raise Interrupted
        return await execute(cursor, query, *values, **options)

    renewing = _RENEWING.set(True)
    try:
        with patch.object(AsyncCursor, "execute", counted):
            yield sent
    finally:
        _RENEWING.reset(renewing)


@pytest.mark.parametrize("level", LEVELS)
async def test_interrupted_at_any_statement_nothing_is_lost_and_it_ends_when_run_again(
    files: Files, level: str
) -> None:
    number, interruptions = 1, 0
    sent: list[str] = []
    while True:
        try:
            with interrupted_at(number) as sent:
                await LEVELS[level](files.renewal())
        except Interrupted:
            interruptions += 1
            number += 1
            await files.read()
        else:
            break

    found = await files.status()
    assert interruptions >= 5
    assert len(sent) < number
    assert found.left == 0
    await files.read()
    assert {
        "service": found.service_newest > 1
        and set(found.tenant_keys.values()) == {found.service_newest},
        "tenant": len(found.tenant_keys) == 1 and 1 not in found.tenant_keys,
        "data": found.under_way == 0,
    }[level]


@pytest.mark.parametrize("level", LEVELS)
async def test_under_load_no_read_fails(files: Files, level: str) -> None:
    ended = asyncio.Event()
    reads = 0

    async def reader() -> None:
        nonlocal reads
        used = Vault(files.service)
        while not ended.is_set():
            await files.read(used)
            reads += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(reader())
        for _ in range(2):
            await LEVELS[level](files.renewal())
        ended.set()

    assert reads > 2
    assert (await files.status()).left == 0
    await files.read()


async def test_what_is_written_with_the_old_version_meanwhile_is_sealed_anew_too(
    files: Files,
) -> None:
    person, row = files.persons[0], random_id()
    async with files.app.transaction(HERE) as tx:
        key = await files.vault.key(tx, HERE, person)
        renewing = asyncio.create_task(files.renewal().data_keys(HERE))
        while not files.told and not renewing.done():  # noqa: ASYNC110 - it is told by a plain call
            await asyncio.sleep(0.02)
        sealed = key.seal(b"late", Address(HERE, "case_values.sealed", row, 1))
        await tx.execute(
            text("INSERT INTO case_values VALUES (:t, :s, :s, 'late', :i, 1, :v)"),
            {"t": HERE, "s": person, "i": row, "v": sealed},
        )
        await asyncio.sleep(0.2)
        assert not renewing.done()
    await renewing

    files.cells[row] = (person, b"late")
    await files.read()
    assert sealed not in files.sealed()


async def test_a_value_that_does_not_open_is_told_and_keeps_its_owners_key_alone(
    files: Files,
) -> None:
    poisoned, (person, _) = next(iter(files.cells.items()))
    files.rows(
        "UPDATE case_values SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) "
        "WHERE id = %s RETURNING 1",
        poisoned,
    )

    assert await files.renewal().data_keys(HERE) == 1

    found = await files.status()
    assert found.under_way == 1
    with pytest.raises(Unopenable):
        await files.read()
    files.rows("DELETE FROM case_values WHERE id = %s RETURNING 1", poisoned)
    del files.cells[poisoned]
    await files.read()
    assert await files.renewal().data_keys(HERE) == 0
    assert (await files.status()).under_way == 0
    assert person in files.persons


async def test_two_do_not_renew_one_tenants_keys_at_once(files: Files) -> None:
    async with alone(files.owner, HERE):
        with pytest.raises(RotationBusy):
            await files.renewal().tenant_key(HERE)
    assert await files.renewal().tenant_key(HERE) == 0


async def test_without_the_key_service_nothing_is_renewed(files: Files) -> None:
    gone = files.service._path.with_name("away")
    files.service._path.rename(gone)
    for run in LEVELS.values():
        with pytest.raises(Unavailable):
            await run(files.renewal())
    gone.rename(files.service._path)

    await files.read()


async def test_who_may_renew_may_change_nothing_else_of_a_row_that_is_final(files: Files) -> None:
    with psycopg.connect(
        files.owner._engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    ) as c:
        c.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        c.execute("SELECT set_config('klarfall.resealing', 'on', true)")
        c.execute("UPDATE protections SET sealed_ground = 'x'")
        for statement in (
            "UPDATE protections SET active = false",
            "UPDATE audit_payloads SET delete_after = delete_after + 1",
            "DELETE FROM protections",
        ):
            with pytest.raises(psycopg.errors.RaiseException), c.transaction():
                c.execute(statement.encode())
        c.rollback()
    await files.read()
