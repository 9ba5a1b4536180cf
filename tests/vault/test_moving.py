"""What is sealed opens in its own place, in its own version, and nowhere else; else an alarm."""

import io
import json
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from app.database.engine import Database
from app.telemetry import logs
from app.vault.columns import COLUMNS, OF_SESSIONS, Sealed
from app.vault.keys import Vault
from app.vault.rings import ONE_VERSION_BYTES, Ring
from app.vault.sealing import Address, DataKey, Unopenable
from app.vault.services import FileKeyService
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import Urls

OLD_FORM_BYTES = 40


@pytest.fixture
def vault(key_service: FileKeyService) -> Vault:
    return Vault(key_service)


def test_every_sealed_column_of_the_database_is_on_the_list(urls: Urls) -> None:
    """A column that nobody named would be forgotten when keys are renewed."""
    with psycopg.connect(urls.owner) as connection:
        found = connection.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea' "
            "AND column_name LIKE 'sealed%'"
        ).fetchall()
    named = {column.sealed.value for column in COLUMNS}

    assert {name for (name,) in found} == named | OF_SESSIONS
    assert {each.value for each in Sealed} == named | {Sealed.DATA_KEYS.value}


def test_every_column_on_the_list_can_be_asked_for_its_owner(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as connection:
        for column in COLUMNS:
            words = (
                f"SELECT {column.owner}, {column.row}, {column.version}, "  # noqa: S608 - our own names
                f"t.{column.sealed.column} FROM {column.sealed.table} AS t"
            )
            assert connection.execute(words.encode()).fetchall() == []


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.sealed.value)
async def test_a_value_moved_to_another_cell_row_person_tenant_or_version_is_rejected(
    database: Database,
    vault: Vault,
    tenant: TenantId,
    other_tenant: TenantId,
    column: object,
) -> None:
    here = next(each.sealed for each in COLUMNS if each is column)
    elsewhere = next(each for each in Sealed if each != here)
    one, other, row = random_id(), random_id(), random_id()
    async with database.transaction(tenant) as tx:
        mine, theirs = await vault.key(tx, tenant, one), await vault.key(tx, tenant, other)
    async with database.transaction(other_tenant) as tx:
        abroad = await vault.key(tx, other_tenant, one)
    home = Address(tenant, here, row, 2)
    sealed = mine.seal(b"a value", home)
    moved: list[tuple[DataKey, Address]] = [
        (mine, Address(tenant, elsewhere, row, 2)),
        (mine, Address(tenant, here, random_id(), 2)),
        (theirs, home),
        (abroad, Address(other_tenant, here, row, 2)),
        (mine, Address(other_tenant, here, row, 2)),
        (mine, Address(tenant, here, row, 1)),
        (mine, Address(tenant, here, row, 3)),
    ]

    assert mine.open(sealed, home) == b"a value"
    for key, address in moved:
        with pytest.raises(Unopenable):
            key.open(sealed, address)


async def test_a_ring_given_to_another_owner_is_rejected(
    database: Database, vault: Vault, tenant: TenantId
) -> None:
    one, other = random_id(), random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, one)
        found = await tx.execute(
            text("SELECT wrapped FROM data_keys WHERE owner = :owner"), {"owner": one}
        )
        wrapped = bytes(found.scalar_one())
        assert (await vault.unwrapped(tx, tenant, {one: wrapped})).keys() == {one}
        with pytest.raises(Unopenable):
            await vault.unwrapped(tx, tenant, {other: wrapped})


@pytest.mark.parametrize("spoilt", ["cut", "other form", "no such version", "flipped"])
async def test_a_spoilt_ring_is_rejected(
    database: Database, vault: Vault, tenant: TenantId, spoilt: str
) -> None:
    owner = random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
        found = await tx.execute(
            text("SELECT wrapped FROM data_keys WHERE owner = :owner"), {"owner": owner}
        )
        sound = bytes(found.scalar_one())
        given = {
            "cut": sound[:-1],
            "other form": b"\x09" + sound[1:],
            "no such version": sound[:1] + (9999).to_bytes(4, "big") + sound[5:],
            "flipped": sound[:-1] + bytes([sound[-1] ^ 1]),
        }[spoilt]

        assert len(sound) == ONE_VERSION_BYTES != OLD_FORM_BYTES
        with pytest.raises(Unopenable):
            await vault.unwrapped(tx, tenant, {owner: given})


def test_a_ring_opens_what_its_older_versions_sealed_and_seals_with_the_newest() -> None:
    address = Address(TenantId("bergstrasse"), "answers.sealed", random_id(), 1)
    first = Ring(((1, b"1" * 32),))
    both = first.with_newest(b"2" * 32)
    sealed = first.key().seal(b"a value", address)

    assert both.key().open(sealed, address) == b"a value"
    assert both.key().open(both.key().seal(b"new", address), address) == b"new"
    assert both.newest_alone().versions == ((2, b"2" * 32),)
    with pytest.raises(Unopenable):
        both.newest_alone().key().open(sealed, address)
    with pytest.raises(Unopenable):
        Ring(())
    assert (repr(first), str(both)) == ("<Ring>", "<Ring>")


def alarms(row: UUID, column: str) -> list[dict[str, object]]:
    """What is logged when a value of this column does not open."""
    logged = io.StringIO()
    logs.configure(logged)
    address = Address(TenantId("bergstrasse"), column, row, 1)
    key = DataKey(b"k" * 32)
    with pytest.raises(Unopenable):
        key.open(key.seal(b"Quittengelee", address)[:-1], address)
    assert "Quittengelee" not in logged.getvalue()
    assert str(row) not in logged.getvalue()
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def test_what_does_not_open_raises_an_alarm_that_names_table_and_column_alone() -> None:
    (alarm,) = alarms(random_id(), "case_values.sealed")

    assert alarm["event"] == "sealed value unopenable"
    assert (alarm["level"], alarm["kind"]) == ("error", "case_values.sealed")
    assert alarm["tenant"] == "bergstrasse"


def test_what_a_browsers_cookie_does_not_open_raises_none() -> None:
    assert alarms(random_id(), "sessions.sealed_name") == []
