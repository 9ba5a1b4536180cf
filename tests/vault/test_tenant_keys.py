"""What of the key service is kept, and for how long."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id
from tests.statements import statements


class Distant(FileKeyService):
    """As one behind a network: what it unwraps may be kept for a while. Counts its calls."""

    kept_seconds = 10.0  # type: ignore[misc]  # another service's

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.calls: list[str] = []

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        self.calls.append("unwrap")
        return await super().unwrap(tenant, wrapped)

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        self.calls.append("rewrap")
        return await super().rewrap(tenant, wrapped)

    async def index_key(self, tenant: TenantId) -> bytes:
        self.calls.append("index")
        return await super().index_key(tenant)


@pytest.fixture
def service(tmp_path: Path) -> Distant:
    FileKeyService.create(tmp_path / "key")
    return Distant(tmp_path / "key")


async def test_a_tenants_key_is_unwrapped_once_and_for_ten_seconds_only(
    database: Database, service: Distant
) -> None:
    tenant, now = TenantId(f"tenant-{random_id().hex}"), [0.0]
    vault = Vault(service, monotonic=lambda: now[0])
    owners = [random_id() for _ in range(3)]
    async with database.transaction(tenant) as tx:
        for owner in owners:
            await vault.key(tx, tenant, owner)
    service.calls.clear()

    async def read() -> list[str]:
        async with database.transaction(tenant) as tx:
            with statements() as sent:
                assert (await vault.keys(tx, tenant, owners)).keys() == set(owners)
            await vault.indexer(tenant)
        return sent

    now[0] = 9.9
    assert len(await read()) == 1
    assert service.calls == ["index"]
    now[0] = 10.1
    assert len(await read()) == 1
    assert len(await read()) == 1
    assert service.calls == ["index", "unwrap"]
    now[0] = 20.0
    await read()
    assert service.calls == ["index", "unwrap", "index"]


async def test_a_service_gone_is_noticed_at_once_by_whoever_asks_and_after_ten_seconds_by_all(
    database: Database, service: Distant
) -> None:
    """AP-14."""
    tenant, owner, now = TenantId(f"tenant-{random_id().hex}"), random_id(), [0.0]
    vault = Vault(service, monotonic=lambda: now[0])
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
    path = service._path
    path.rename(path.with_name("away"))

    async with database.transaction(tenant) as tx:
        now[0] = 9.0
        assert (await vault.keys(tx, tenant, [owner])).keys() == {owner}
        with pytest.raises(Unavailable):
            await vault.ready(tenant)
        now[0] = 10.0
        with pytest.raises(Unavailable):
            await vault.keys(tx, tenant, [owner])
        path.with_name("away").rename(path)
        assert (await vault.keys(tx, tenant, [owner])).keys() == {owner}
        await vault.ready(tenant)


async def test_a_tenants_key_made_in_a_transaction_that_failed_wraps_nothing(
    database: Database, service: Distant
) -> None:
    tenant, owner = TenantId(f"tenant-{random_id().hex}"), random_id()
    vault = Vault(service)
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
        await tx.rollback()
    async with database.transaction(tenant) as tx:
        await vault.key(tx, tenant, owner)
    async with database.transaction(tenant) as tx:
        assert (await Vault(service).keys(tx, tenant, [owner])).keys() == {owner}
