"""What every key service does, asked of each: a file, a PKCS#11 token, OpenBao."""

import asyncio
import io
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_bytes, token_hex

import pytest

from app.telemetry import logs
from app.vault.commitment import committed, key_of
from app.vault.hardware import HardwareKeyService
from app.vault.sealing import Unopenable
from app.vault.services import KeyService
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from tests.vault.services import Backend, InOpenBao, backend

HERE, THERE = TenantId("bergstrasse"), TenantId("main-kinzig")


@pytest.fixture(scope="module", params=["file", "pkcs11", "openbao"])
def there(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with backend(request.param, folder) as found:
        yield found


@pytest.fixture
async def service(there: Backend) -> AsyncIterator[KeyService]:
    """With keys of its own."""
    made = there.service(of=f"k{token_hex(6)}")
    await made.establish()
    yield made
    await made.close()


async def test_what_was_wrapped_is_unwrapped(service: KeyService) -> None:
    keys = [token_bytes(32) for _ in range(4)]
    wrapped = [await service.wrap(HERE, key) for key in keys]

    assert [await service.unwrap(HERE, each) for each in wrapped] == keys
    assert not any(key in each for key in keys for each in wrapped)
    assert len({*wrapped, await service.wrap(HERE, keys[0])}) == 5


async def test_what_was_wrapped_for_another_tenant_is_refused(service: KeyService) -> None:
    wrapped = await service.wrap(HERE, token_bytes(32))

    assert len(await service.unwrap(HERE, wrapped)) == 32
    with pytest.raises(Unopenable):
        await service.unwrap(THERE, wrapped)


async def test_what_was_altered_or_cut_is_refused(service: KeyService) -> None:
    wrapped = await service.wrap(HERE, token_bytes(32))
    spoilt = [
        wrapped[:place] + bytes([wrapped[place] ^ 0x01]) + wrapped[place + 1 :]
        for place in range(0, len(wrapped), 3)
    ]
    cut = [b"", wrapped[:-1], wrapped[:9], wrapped[1:], wrapped + b"\0"]

    assert len(await service.unwrap(HERE, wrapped)) == 32
    for each in [*spoilt, *cut]:
        with pytest.raises(Unopenable):
            await service.unwrap(HERE, each)


async def test_another_key_of_the_same_service_opens_nothing(
    there: Backend, service: KeyService
) -> None:
    other = there.service(of=f"o{token_hex(6)}")
    await other.establish()
    wrapped = await other.wrap(HERE, token_bytes(32))

    assert len(await other.unwrap(HERE, wrapped)) == 32
    with pytest.raises(Unopenable):
        await service.unwrap(HERE, wrapped)
    await other.close()


async def test_keys_that_are_there_are_not_replaced(service: KeyService) -> None:
    wrapped, index = await service.wrap(HERE, b"k" * 32), await service.index_key(HERE)

    with pytest.raises(FileExistsError):
        await service.establish()

    assert await service.unwrap(HERE, wrapped) == b"k" * 32
    assert await service.index_key(HERE) == index


async def test_without_keys_it_is_unavailable(there: Backend) -> None:
    keyless = there.service(of="nothing-here")

    with pytest.raises(Unavailable):
        await keyless.wrap(HERE, token_bytes(32))
    with pytest.raises(Unavailable):
        await keyless.index_key(HERE)
    await keyless.close()


async def test_a_new_version_wraps_and_the_old_one_still_unwraps(service: KeyService) -> None:
    before, index = await service.wrap(HERE, b"k" * 32), await service.index_key(HERE)
    versions = [await service.newest(), await service.rotate(), await service.newest()]
    after = await service.wrap(HERE, b"k" * 32)
    again = await service.rewrap(HERE, [before, after])

    assert versions == [1, 2, 2]
    assert [service.version(each) for each in (before, after, *again)] == [1, 2, 2, 2]
    assert [await service.unwrap(HERE, each) for each in (before, after, *again)] == [b"k" * 32] * 4
    assert await service.index_key(HERE) == index
    with pytest.raises(Unopenable):
        await service.rewrap(THERE, [before])


async def test_each_tenant_has_an_index_key_of_its_own(there: Backend, service: KeyService) -> None:
    here, theirs = await service.index_key(HERE), await service.index_key(THERE)
    wrapped = await service.wrap(HERE, here)

    assert len(here) == len(theirs) == 32
    assert len({here, theirs, *there.secrets()}) == 2 + len(set(there.secrets()))
    assert here not in wrapped


async def test_many_at_once_get_each_their_own(service: KeyService) -> None:
    keys = [token_bytes(32) for _ in range(24)]

    async def there_and_back(key: bytes) -> bytes:
        return await service.unwrap(HERE, await service.wrap(HERE, key))

    assert await asyncio.gather(*(there_and_back(key) for key in keys)) == keys


async def test_gone_it_is_unavailable_and_it_comes_back(
    there: Backend, service: KeyService
) -> None:
    """AP-14."""
    wrapped, index = await service.wrap(HERE, b"k" * 32), await service.index_key(HERE)
    there.take_away()
    try:
        for refused in (service.unwrap(HERE, wrapped), service.index_key(HERE)):
            with pytest.raises(Unavailable) as away:
                await refused
            assert not isinstance(away.value, Unopenable)
            assert away.value.part == "keys"
    finally:
        there.give_back()

    assert await service.unwrap(HERE, wrapped) == b"k" * 32
    assert await service.index_key(HERE) == index


async def test_neither_keys_nor_secrets_are_in_its_texts(
    there: Backend, service: KeyService
) -> None:
    """AP-15."""
    logged = io.StringIO()
    logs.configure(logged)
    key = token_bytes(32)
    wrapped = await service.wrap(HERE, key)
    texts = [repr(service), str(service)]
    for tenant, sealed in ((THERE, wrapped), (HERE, wrapped[:-1])):
        try:
            await service.unwrap(tenant, sealed)
        except Unopenable as refusal:
            texts += [repr(refusal), *traceback.format_exception(refusal)]
    told = "".join([*texts, logged.getvalue()])

    assert len(texts) > 4
    for secret in (key, *there.secrets()):
        assert secret.hex() not in told
        assert secret.decode("latin-1") not in told
        assert repr(secret)[2:-1] not in told


def test_what_is_not_committed_to_its_key_is_refused() -> None:
    key = token_bytes(32)

    assert key_of(committed(key)) == key
    for opened in (key, bytes(31) + b"\1" + key, bytes(32) + key[:-1], bytes(32) + key + b"\0"):
        with pytest.raises(Unopenable):
            key_of(opened)


async def test_openbao_s_own_text_without_the_commitment_is_refused(
    there: Backend, service: KeyService
) -> None:
    """Whoever may encrypt there and knows nothing of the commitment makes nothing we take."""
    if not isinstance(there, InOpenBao):
        return
    name = service._settings.key  # type: ignore[attr-defined]  # of this service
    told = there.post(
        f"transit/encrypt/{name}",
        {
            "plaintext": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
            "context": "YmVyZ3N0cmFzc2U=",
        },
    )
    wrapped = told.json()["data"]["ciphertext"].encode()

    with pytest.raises(Unopenable):
        await service.unwrap(HERE, wrapped)


async def test_a_tokens_keys_cannot_be_taken_out(service: KeyService) -> None:
    if not isinstance(service, HardwareKeyService):
        return
    from pkcs11 import Attribute  # noqa: PLC0415 - for this one alone
    from pkcs11.exceptions import AttributeSensitive  # noqa: PLC0415 - for this one alone

    await service.newest()
    for key in (*service._keys.values(), service._index):
        if key is not None:
            assert (key[Attribute.EXTRACTABLE], key[Attribute.SENSITIVE]) == (False, True)
            with pytest.raises(AttributeSensitive):
                key[Attribute.VALUE]
