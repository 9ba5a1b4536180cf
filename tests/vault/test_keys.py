"""Data keys by owner, and values that can be compared without being read."""

import asyncio
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.database.engine import Database
from app.vault.columns import LOG_KEY_OWNER
from app.vault.keys import INDEX_BYTES, BlindIndexer, Vault
from app.vault.rings import ONE_VERSION_BYTES
from app.vault.sealing import Address, DataKey, Unopenable
from app.vault.services import FileKeyService
from app.vocabulary.ids import TenantId, random_id


@pytest.fixture
def vault(key_service: FileKeyService) -> Vault:
    return Vault(key_service)


async def test_an_owners_key_is_made_once_and_kept_wrapped(
    database: Database, vault: Vault, tenant: TenantId
) -> None:
    owner = random_id()
    address = Address(tenant, "case_values.sealed", owner, 1)
    async with database.transaction(tenant) as tx:
        sealed = (await vault.key(tx, tenant, owner)).seal(b"a value", address)
    async with database.transaction(tenant) as tx:
        opened = (await vault.key(tx, tenant, owner)).open(sealed, address)
        found = await tx.execute(
            text("SELECT wrapped FROM data_keys WHERE owner = :owner"), {"owner": owner}
        )

    assert opened == b"a value"
    assert [len(row.wrapped) for row in found] == [ONE_VERSION_BYTES]


async def test_two_requests_at_once_agree_on_one_key(
    database: Database, vault: Vault, tenant: TenantId
) -> None:
    owner = random_id()
    address = Address(tenant, "case_values.sealed", owner, 1)

    async def seal() -> bytes:
        async with database.transaction(tenant) as tx:
            return (await vault.key(tx, tenant, owner)).seal(b"a value", address)

    sealed = await asyncio.gather(*(seal() for _ in range(4)))

    async with database.transaction(tenant) as tx:
        key = await vault.key(tx, tenant, owner)
    assert [key.open(each, address) for each in sealed] == [b"a value"] * 4


async def test_two_owners_have_two_keys(database: Database, vault: Vault, tenant: TenantId) -> None:
    one, other = random_id(), random_id()
    address = Address(tenant, "case_values.sealed", one, 1)
    async with database.transaction(tenant) as tx:
        sealed = (await vault.key(tx, tenant, one)).seal(b"a value", address)
        with pytest.raises(Unopenable):
            (await vault.key(tx, tenant, other)).open(sealed, address)


async def test_an_owner_without_a_key_is_left_out(
    database: Database, vault: Vault, tenant: TenantId
) -> None:
    one, other = random_id(), random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, one)
        found = await vault.keys(tx, tenant, [one, other])

    assert found.keys() == {one}


async def test_another_tenants_key_of_the_same_owner_is_not_found(
    database: Database, vault: Vault, tenant: TenantId, other_tenant: TenantId
) -> None:
    owner = random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
    async with database.transaction(other_tenant) as tx:
        assert await vault.keys(tx, tenant, [owner]) == {}
        assert await vault.keys(tx, other_tenant, [owner]) == {}


async def test_a_wrapped_key_moved_to_another_tenant_does_not_unwrap(
    database: Database, vault: Vault, tenant: TenantId, other_tenant: TenantId
) -> None:
    owner = random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
        stolen = (
            await tx.execute(
                text("SELECT wrapped FROM data_keys WHERE owner = :owner"), {"owner": owner}
            )
        ).scalar_one()
    async with database.transaction(other_tenant) as tx:
        await tx.execute(
            text("INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:tenant, :owner, :key)"),
            {"tenant": other_tenant, "owner": owner, "key": stolen},
        )
        with pytest.raises(Unopenable):
            await vault.key(tx, other_tenant, owner)
        await tx.rollback()


async def test_a_destroyed_key_opens_nothing_again_and_others_are_left(
    database: Database, vault: Vault, tenant: TenantId, other_tenant: TenantId
) -> None:
    gone, kept, keyless = random_id(), random_id(), random_id()
    address = Address(tenant, "case_values.sealed", gone, 1)
    async with database.transaction(other_tenant) as tx:
        await vault.key(tx, other_tenant, gone)
    async with database.transaction(tenant) as tx:
        sealed = (await vault.key(tx, tenant, gone)).seal(b"a value", address)
        await vault.key(tx, tenant, kept)
    async with database.transaction(tenant) as tx:
        destroyed = await vault.destroy(tx, tenant, [gone, keyless])
        assert await vault.destroy(tx, tenant, [gone]) == 0
    async with database.transaction(tenant) as tx:
        left = await vault.keys(tx, tenant, [gone, kept])
        again = await vault.key(tx, tenant, gone)
        with pytest.raises(Unopenable):
            again.open(sealed, address)
        await tx.rollback()
    async with database.transaction(other_tenant) as tx:
        elsewhere = await vault.keys(tx, other_tenant, [gone])

    assert destroyed == 1
    assert left.keys() == {kept}
    assert elsewhere.keys() == {gone}


async def test_a_key_is_not_destroyed_by_a_transaction_that_fails(
    database: Database, vault: Vault, tenant: TenantId
) -> None:
    owner = random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
    async with database.transaction(tenant) as tx:
        assert await vault.destroy(tx, tenant, [owner]) == 1
        await tx.rollback()
    async with database.transaction(tenant) as tx:
        assert (await vault.keys(tx, tenant, [owner])).keys() == {owner}


async def test_another_tenants_keys_and_the_logs_are_not_destroyed(
    database: Database, vault: Vault, tenant: TenantId, other_tenant: TenantId
) -> None:
    owner = random_id()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
    async with database.transaction(other_tenant) as tx:
        await vault.key(tx, other_tenant, LOG_KEY_OWNER)
        assert await vault.destroy(tx, tenant, [owner]) == 0
        assert await vault.destroy(tx, other_tenant, [owner, LOG_KEY_OWNER]) == 0
        await tx.rollback()
    async with database.transaction(tenant) as tx:
        assert isinstance(await vault.key(tx, tenant, owner), DataKey)


class Forgetful(Vault):
    """A database that swallows what is written to it."""

    async def keys(self, *args: object, **kwargs: object) -> dict[object, object]:  # type: ignore[override]  # finds nothing, whatever is asked
        return {}


async def test_a_key_that_was_not_kept_is_not_used(
    database: Database, key_service: FileKeyService, tenant: TenantId
) -> None:
    async with database.transaction(tenant) as tx:
        with pytest.raises(Unopenable):
            await Forgetful(key_service).key(tx, tenant, random_id())
        await tx.rollback()


class TestBlindIndex:
    indexer = BlindIndexer(b"k" * 32)

    @pytest.mark.parametrize(
        "alike", ["ALMA", " alma ", "Alma", "Ａｌｍａ"], ids=["case", "space", "same", "width"]
    )
    def test_spellings_of_one_name_are_equal(self, alike: str) -> None:
        assert self.indexer.index("given", alike) == self.indexer.index("given", "Alma")

    def test_double_spaces_are_one(self) -> None:
        assert self.indexer.index("given", "Anna  Lena") == self.indexer.index("given", "Anna Lena")

    def test_kinds_keys_and_values_keep_apart(self) -> None:
        other = BlindIndexer(token_bytes(32))
        seen = {
            self.indexer.index("given", "Alma"),
            self.indexer.index("family", "Alma"),
            self.indexer.index("given", "Alma Lena"),
            self.indexer.index("givenA", "lma"),
            other.index("given", "Alma"),
        }

        assert len(seen) == 5

    @given(st.text(min_size=4))
    def test_an_index_tells_nothing_of_its_value(self, value: str) -> None:
        index = self.indexer.index("given", value)

        assert len(index) == INDEX_BYTES
        assert value.encode() not in index

    def test_an_indexer_has_no_text_form(self) -> None:
        assert repr(self.indexer) == "<BlindIndexer>"

    async def test_a_tenant_has_an_indexer_of_its_own(self, key_service: FileKeyService) -> None:
        vault = Vault(key_service)
        here, there = [await vault.indexer(TenantId(t)) for t in ("bergstrasse", "main-kinzig")]

        assert here.index("given", "Alma") != there.index("given", "Alma")
        await vault.ready(TenantId("bergstrasse"))
