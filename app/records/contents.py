"""What each part of a file holds: a sealed table of contents, one a person and one a household.

A sealed value opens in its own row and version alone. It cannot say whether it is still the
newest, whether it stands under its own field's name, or that it is missing. The contents say
that: who may write to the database and has no key can put back a whole part of a file, contents
and all, and nothing less. Their version is the moment they were written, so that a part which
was put back never comes to a version a second time.

    sealed: (8 of the field's digest | 16 of the cell's digest) for each cell, in order
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from app.records.tables import CaseContentsRow
from app.vault.columns import Sealed
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.ids import TenantId

_FIELD_BYTES: Final = 8
_CELL_BYTES: Final = 16
_ENTRY_BYTES: Final = _FIELD_BYTES + _CELL_BYTES
_REMEMBERED: Final = 20_000

_FIND: Final = text("""
    SELECT subject, version, sealed FROM case_contents
    WHERE tenant = :tenant AND case_id = :case
""")
_DROP: Final = text("""
    DELETE FROM case_contents
    WHERE tenant = :tenant AND case_id = :case AND NOT subject = ANY(:kept)
""").bindparams(bindparam("kept", type_=ARRAY(Uuid())))


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """One value, where it stands and what is in it. It has no text form that tells."""

    field: str
    row: UUID
    version: int
    clear: bytes

    def __repr__(self) -> str:
        return "<Cell>"

    def digest(self) -> bytes:
        parts = (self.field.encode(), self.row.bytes, b"%d" % self.version, self.clear)
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return sha256(framed).digest()[:_CELL_BYTES]


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """The digests of one part's cells, by that of their field."""

    cells: Mapping[bytes, bytes]

    def __repr__(self) -> str:
        return "<Contents>"

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> "Contents":
        return cls({_field(cell.field): cell.digest() for cell in cells})

    @classmethod
    def opened(cls, key: DataKey, sealed: bytes, address: Address) -> "Contents":
        """Raises Unopenable for what is no contents of this very part and version."""
        told = key.open(sealed, address)
        if len(told) % _ENTRY_BYTES:
            raise Unopenable
        return cls(
            {
                told[at : at + _FIELD_BYTES]: told[at + _FIELD_BYTES : at + _ENTRY_BYTES]
                for at in range(0, len(told), _ENTRY_BYTES)
            }
        )

    def sealed(self, key: DataKey, address: Address) -> bytes:
        return key.seal(b"".join(f + c for f, c in sorted(self.cells.items())), address)

    def lists(self, field: str) -> bool:
        return _field(field) in self.cells

    def vouches_for(self, cell: Cell) -> bool:
        """Both are digests of what only a holder of the key can read: no secret is compared."""
        return self.cells.get(_field(cell.field)) == cell.digest()

    def amended(self, *cells: Cell, without: Iterable[str] = ()) -> "Contents":
        gone = {_field(each) for each in without}
        left = {field: cell for field, cell in self.cells.items() if field not in gone}
        return Contents({**left, **Contents.of(cells).cells})


class Newest:
    """The versions this process has read. A part that goes back behind its own was put back.

    Asked for before the statement that reads: what was read until then was committed until
    then, so that statement finds that version or a newer one.
    """

    def __init__(self, *, most: int = _REMEMBERED) -> None:
        self._most = most
        self._versions: OrderedDict[tuple[TenantId, UUID, UUID], int] = OrderedDict()

    def of(self, tenant: TenantId, case: UUID, subjects: Iterable[UUID]) -> dict[UUID, int]:
        return {each: self._versions.get((tenant, case, each), 0) for each in subjects}

    def remember(self, tenant: TenantId, case: UUID, subject: UUID, version: int) -> None:
        part = (tenant, case, subject)
        self._versions[part] = max(version, self._versions.get(part, 0))
        self._versions.move_to_end(part)
        while len(self._versions) > self._most:
            self._versions.popitem(last=False)


@cache
def _field(name: str) -> bytes:
    """Names come from the catalogue: there are not many."""
    return sha256(name.encode()).digest()[:_FIELD_BYTES]


def address(tenant: TenantId, case: UUID, version: int) -> Address:
    """Whose part it is follows from the key it is sealed with."""
    return Address(tenant, Sealed.CASE_CONTENTS, case, version)


async def find(
    tx: AsyncSession, key: DataKey, *, tenant: TenantId, case: UUID, subject: UUID
) -> Contents:
    """Raises Unopenable where there are none."""
    for row in (await tx.execute(_FIND, {"tenant": tenant, "case": case})).all():
        if row.subject == subject:
            return Contents.opened(key, bytes(row.sealed), address(tenant, case, row.version))
    raise Unopenable


async def write(  # noqa: PLR0913 - which file, whose keys, and what it holds
    tx: AsyncSession,
    keys: Mapping[UUID, DataKey],
    contents: Mapping[UUID, Contents],
    *,
    tenant: TenantId,
    case: UUID,
    only: bool = False,
    moment: Callable[[], int] = time.time_ns,
) -> None:
    """These parts hold this from now on; with `only`, the file has no others.

    For whoever has the turn of this case: two must not do it at once.
    """
    found = (await tx.execute(_FIND, {"tenant": tenant, "case": case})).all()
    before = {row.subject: row.version for row in found}
    if only and before.keys() - contents.keys():
        await tx.execute(_DROP, {"tenant": tenant, "case": case, "kept": list(contents)})
    rows = []
    for subject, listed in contents.items():
        version = max(before.get(subject, 0) + 1, moment() // 1000)
        sealed = listed.sealed(keys[subject], address(tenant, case, version))
        rows.append(
            {
                "tenant": tenant,
                "case_id": case,
                "subject": subject,
                "version": version,
                "sealed": sealed,
            }
        )
    if rows:
        put = insert(CaseContentsRow).values(rows)
        await tx.execute(
            put.on_conflict_do_update(
                index_elements=["tenant", "case_id", "subject"],
                set_={"version": put.excluded.version, "sealed": put.excluded.sealed},
            )
        )
