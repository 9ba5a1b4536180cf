"""From one key service to another while everything is read, and the first one goes away."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from uuid import UUID

import pytest
from sqlalchemy import text

from app.database.engine import Database
from app.vault.keys import BlindIndexer, Vault
from app.vault.moving import FORMER, Both, CarriedIndex, Move, carried
from app.vault.progress import Progress
from app.vault.rotation import Renewal
from app.vault.sealing import Address, Unopenable
from app.vault.services import FileKeyService, KeyService
from app.vault.status import status
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import Urls
from tests.vault.services import Backend, InToken, backend
from tests.vault.test_rotation import Interrupted, interrupted_at

HERE = TenantId("bergstrasse")
WAYS = ["file to pkcs11", "file to openbao"]
if os.environ.get("HYPOTHESIS_PROFILE") == "thorough":
    WAYS.append("pkcs11 to openbao")


@dataclass(frozen=True)
class Ends:
    first: Backend
    last: Backend


@pytest.fixture(scope="module", params=WAYS)
def ends(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ends]:
    first, last = request.param.split(" to ")
    folder: Path = tmp_path_factory.mktemp("move")
    with ExitStack() as stack:
        opened = []
        for kind in (first, last):
            (folder / kind).mkdir()
            opened.append(stack.enter_context(backend(kind, folder / kind)))
        yield Ends(*opened)


class Installation:
    """A few sealed values and an index, made under the first service."""

    def __init__(self, urls: Urls, before: KeyService, service: KeyService) -> None:
        self.app, self.owner = Database(urls.app), Database(urls.owner)
        self.before, self.service = before, service
        self.sealed: dict[UUID, bytes] = {}
        self.index = b""
        self.told: list[Progress] = []

    async def fill(self) -> None:
        vault = Vault(self.before)
        for _ in range(2):
            owner = random_id()
            async with self.app.transaction(HERE) as tx:
                key = await vault.key(tx, HERE, owner)
            self.sealed[owner] = key.seal(b"a value", _address(owner))
        self.index = (await vault.indexer(HERE)).index("given", "Alma")

    def vault(self, service: KeyService) -> Vault:
        """As a process that serves has it."""
        return Vault(CarriedIndex(service, carried(self.app)))

    @property
    def both(self) -> Both:
        return Both(self.service, self.before)

    def move(self) -> Move:
        return Move(database=self.owner, both=self.both, tell=self.told.append)

    async def read(self, vault: Vault) -> None:
        async with self.app.transaction(HERE) as tx:
            keys = await vault.keys(tx, HERE, self.sealed)
        for owner, sealed in self.sealed.items():
            assert keys[owner].open(sealed, _address(owner)) == b"a value"
        assert (await vault.indexer(HERE)).index("given", "ALMA") == self.index

    async def close(self) -> None:
        for each in (self.app, self.owner, self.before, self.service):
            await each.close()


def _address(owner: UUID) -> Address:
    return Address(HERE, "case_values.sealed", owner, 1)


@pytest.fixture
async def moving(ends: Ends, migrated_database: Urls) -> AsyncIterator[Installation]:
    name = f"k{token_hex(6)}"
    made = Installation(migrated_database, ends.first.service(of=name), ends.last.service(of=name))
    await made.before.establish()
    await made.service.establish()
    await made.fill()
    yield made
    await made.close()


async def test_moved_everything_opens_without_the_former_service(
    moving: Installation,
) -> None:
    async with moving.app.transaction(HERE) as tx:
        with pytest.raises(Unopenable):
            await Vault(moving.service).keys(tx, HERE, moving.sealed)
    await moving.read(moving.vault(moving.both))

    assert await moving.move().run([HERE]) == 0

    await moving.read(moving.vault(moving.service))
    await moving.read(moving.vault(moving.both))
    assert {each.what for each in moving.told} == {"index keys", "tenant keys"}
    found = await status(moving.owner, moving.service, HERE)
    assert (found.tenant_keys, found.left) == ({1: 1}, 0)
    assert await moving.move().run([HERE]) == 0
    assert len(moving.told) == 2


async def test_while_keys_are_moved_no_read_fails(moving: Installation) -> None:
    ended = asyncio.Event()
    reads = 0

    async def reader(vault: Vault) -> None:
        nonlocal reads
        while not ended.is_set():
            await moving.read(vault)
            reads += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(reader(moving.vault(moving.both)))
        while not reads:  # noqa: ASYNC110 - the readers say when
            await asyncio.sleep(0.01)
        await moving.move().run([HERE])
        ended.set()

    await moving.read(moving.vault(moving.service))


async def test_interrupted_at_any_statement_it_goes_on_and_ends(moving: Installation) -> None:
    number = 1
    while True:
        try:
            with interrupted_at(number):
                await moving.move().run([HERE])
        except Interrupted:
            number += 1
            await moving.read(moving.vault(moving.both))
        else:
            break

    assert number > 5
    await moving.read(moving.vault(moving.service))


async def test_what_is_made_or_renewed_during_the_move_is_the_new_services(
    moving: Installation,
) -> None:
    used = moving.vault(moving.both)
    newcomer = random_id()
    async with moving.app.transaction(HERE) as tx:
        key = await used.key(tx, HERE, newcomer)
    moving.sealed[newcomer] = key.seal(b"a value", _address(newcomer))
    renewal = Renewal(database=moving.owner, service=moving.both, tell=moving.told.append)

    await renewal.tenant_key(HERE)

    found = await status(moving.owner, moving.both, HERE)
    assert found.tenant_keys == {2: 1}
    await moving.read(used)
    await moving.move().run([HERE])
    await moving.read(moving.vault(moving.service))


async def test_while_either_service_is_away_it_is_unavailable_and_nothing_is_lost(
    moving: Installation, ends: Ends
) -> None:
    for each in (ends.first, ends.last):
        if isinstance(each, InToken):
            continue  # a process has one folder of tokens: the contract of services takes that one
        each.take_away()
        try:
            with pytest.raises(Unavailable):
                await moving.move().run([HERE])
        finally:
            each.give_back()
        await moving.read(moving.vault(moving.both))

    await moving.move().run([HERE])
    await moving.read(moving.vault(moving.service))


async def test_data_keys_that_the_former_service_wrapped_itself_are_told(
    moving: Installation,
) -> None:
    if not isinstance(moving.before, FileKeyService):
        return
    async with moving.owner.transaction(HERE) as tx:
        await tx.execute(
            text("INSERT INTO data_keys (tenant, owner, wrapped) VALUES (:t, :o, :w)"),
            {"t": HERE, "o": random_id(), "w": bytes(40)},
        )

    assert await moving.move().run([HERE]) == 1


async def test_what_neither_wrapped_is_refused(moving: Installation) -> None:
    wrapped = await moving.before.wrap(HERE, b"k" * 32)

    assert moving.both.version(wrapped) == FORMER
    assert moving.both.version(await moving.both.wrap(HERE, b"k" * 32)) == 1
    with pytest.raises(Unopenable):
        moving.both.version(b"neither")
    with pytest.raises(Unopenable):
        await moving.both.unwrap(HERE, b"neither")


async def test_an_index_key_that_came_along_once_goes_along_again(moving: Installation) -> None:
    """Its row is under the former service: what serves meanwhile, and afterwards, opens it."""
    first = bytes(range(32))
    wrapped = await moving.before.wrap(HERE, first)
    async with moving.owner.transaction(HERE) as tx:
        row = {"t": HERE, "w": wrapped}
        await tx.execute(text("INSERT INTO index_keys (tenant, wrapped) VALUES (:t, :w)"), row)
    moving.index = BlindIndexer(first).index("given", "Alma")
    await moving.read(moving.vault(moving.both))

    await moving.move().run([HERE])

    await moving.read(moving.vault(moving.both))
    await moving.read(moving.vault(moving.service))


async def test_what_came_along_changes_nothing_else_of_a_service(moving: Installation) -> None:
    service = CarriedIndex(moving.service, carried(moving.app))
    wrapped = await service.wrap(HERE, b"k" * 32)

    assert await service.rotate() == await service.newest() == 2
    assert service.version(wrapped) == 1
    (anew,) = await service.rewrap(HERE, [wrapped])
    assert (service.version(anew), await service.unwrap(HERE, anew)) == (2, b"k" * 32)
    assert await service.index_key(HERE) == await moving.service.index_key(HERE)
    with pytest.raises(FileExistsError):
        await service.establish()
