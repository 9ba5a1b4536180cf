"""What keys cost: opening a field, a request's keys, and a tenant's key from each key service.

SoftHSM and OpenBao are measured where they are installed. Nothing waits.
"""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_bytes
from statistics import median
from tempfile import mkdtemp
from time import perf_counter
from typing import Final

from app.vault import rings
from app.vault.sealing import Address, DataKey
from app.vocabulary.ids import TenantId, random_id
from tests.vault.services import MODULES, backend

TENANT: Final = TenantId("bergstrasse")
ROUNDS: Final = 2000
CALLS: Final = 200
MICRO: Final = 1_000_000


def measure(figure: Callable[..., None]) -> None:
    key, row = DataKey(token_bytes(32)), random_id()
    address = Address(TENANT, "case_values.sealed", row, 1)
    sealed = key.seal(b'{"amount":"506.00","currency":"EUR"}', address)
    figure("seal a field", _microseconds(lambda: key.seal(b"x" * 40, address)), "µs")
    figure("open a field", _microseconds(lambda: key.open(sealed, address)), "µs")
    ring = rings.Ring(((1, token_bytes(32)),))
    wrapped = rings.wrap(ring, key, version=1, tenant=TENANT, owner=row)
    opened = _microseconds(lambda: rings.unwrap(wrapped, key, tenant=TENANT, owner=row).key())
    figure("unwrap a person's data key", opened, "µs")
    for kind in _installed():
        folder = Path(mkdtemp(prefix="klarfall-bench-keys-"))
        try:
            asyncio.run(_service(kind, folder, figure))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _installed() -> list[str]:
    softhsm = shutil.which("softhsm2-util") and any(path.exists() for path in MODULES)
    openbao = Path(sys.executable).with_name("bao").exists()
    return ["file", *(["pkcs11"] if softhsm else []), *(["openbao"] if openbao else [])]


async def _service(kind: str, folder: Path, figure: Callable[..., None]) -> None:
    with backend(kind, folder) as there:
        service = there.service()
        await service.establish()
        wrapped = await service.wrap(TENANT, token_bytes(32))
        took = await _awaited(lambda: service.unwrap(TENANT, wrapped))
        figure("unwrap a tenant's key", took, "µs", service=kind, kept_seconds=service.kept_seconds)
        took = await _awaited(lambda: service.index_key(TENANT))
        figure("a tenant's index key", took, "µs", service=kind)
        await service.close()


def _microseconds(what: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        what()
        took.append(perf_counter() - begun)
    return median(took) * MICRO


async def _awaited(what: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(CALLS):
        begun = perf_counter()
        await what()
        took.append(perf_counter() - begun)
    return median(took) * MICRO
