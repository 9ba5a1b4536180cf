"""The key service in a file: for the demo, and careful all the same."""

import os
from pathlib import Path
from secrets import token_bytes

import pytest

from app.vault.sealing import Unopenable
from app.vault.services import FileKeyService
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

HERE, THERE = TenantId("bergstrasse"), TenantId("main-kinzig")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "master.key"
    FileKeyService.create(made)
    return made


async def test_what_was_wrapped_is_unwrapped_for_its_tenant_alone(path: Path) -> None:
    service, key = FileKeyService(path), token_bytes(32)
    wrapped = await service.wrap(HERE, key)

    assert key not in wrapped
    assert await service.unwrap(HERE, wrapped) == key
    with pytest.raises(Unopenable):
        await service.unwrap(THERE, wrapped)


async def test_a_wrapped_key_with_any_byte_flipped_is_refused(path: Path) -> None:
    service = FileKeyService(path)
    wrapped = await service.wrap(HERE, token_bytes(32))

    for place in range(len(wrapped)):
        spoilt = bytearray(wrapped)
        spoilt[place] ^= 0x40
        with pytest.raises(Unopenable):
            await service.unwrap(HERE, bytes(spoilt))
    for length in (0, 7, 8, len(wrapped) - 1):
        with pytest.raises(Unopenable):
            await service.unwrap(HERE, wrapped[:length])


async def test_another_master_key_unwraps_nothing(path: Path, tmp_path: Path) -> None:
    wrapped = await FileKeyService(path).wrap(HERE, token_bytes(32))
    FileKeyService.create(tmp_path / "other.key")

    with pytest.raises(Unopenable):
        await FileKeyService(tmp_path / "other.key").unwrap(HERE, wrapped)


async def test_each_tenant_and_each_use_has_a_key_of_its_own(path: Path) -> None:
    service = FileKeyService(path)
    indexes = [await service.index_key(tenant) for tenant in (HERE, THERE)]

    assert len({*indexes, path.read_bytes()}) == 3
    assert indexes[0] == await FileKeyService(path).index_key(HERE)


def test_a_key_file_is_readable_by_its_owner_only_and_never_replaced(path: Path) -> None:
    before = path.read_bytes()

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(before) == 32
    with pytest.raises(FileExistsError):
        FileKeyService.create(path)
    assert path.read_bytes() == before


async def test_a_key_file_another_process_put_there_counts_from_the_next_call(
    path: Path, tmp_path: Path
) -> None:
    service = FileKeyService(path)
    before = await service.wrap(HERE, token_bytes(32))
    FileKeyService.create(tmp_path / "other.key")
    other = FileKeyService(tmp_path / "other.key")
    (tmp_path / "other.key").replace(path)

    with pytest.raises(Unopenable):
        await service.unwrap(HERE, before)
    after = await FileKeyService(path).wrap(HERE, key := token_bytes(32))
    assert await service.unwrap(HERE, after) == key
    with pytest.raises(Unavailable):
        await other.wrap(HERE, key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
async def test_a_file_open_to_others_is_refused_until_it_is_closed_again(
    path: Path, mode: int
) -> None:
    service = FileKeyService(path)
    path.chmod(mode)

    with pytest.raises(Unavailable) as refusal:
        await service.index_key(HERE)
    path.chmod(0o600)

    assert refusal.value.part == "keys"
    assert len(await service.index_key(HERE)) == 32


async def test_a_key_service_gone_is_noticed_and_recovers(path: Path) -> None:
    service = FileKeyService(path)
    wrapped = await service.wrap(HERE, b"k" * 32)
    aside = path.with_name("aside")

    os.rename(path, aside)  # noqa: PTH104 - blocking, and it is a test
    for call in (service.index_key(HERE), service.wrap(HERE, b"x"), service.unwrap(HERE, wrapped)):
        with pytest.raises(Unavailable):
            await call
    os.rename(aside, path)  # noqa: PTH104 - blocking, and it is a test

    assert await service.unwrap(HERE, wrapped) == b"k" * 32


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
async def test_a_file_that_holds_no_key_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(Unavailable):
        await FileKeyService(path).index_key(HERE)
