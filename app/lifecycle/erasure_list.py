"""The list of the erased, outside the database: what no backup can take back.

One file a tenant, one JSON document a line, only ever added to, each line with the hash of the
one before. A person is in it as the SHA-256 of an id of 128 random bits, their reference as the
blind index that the key service makes: the list says of nobody who they are, and finds them again
in any backup. It must outlive the backups (30 days), lie where they do not, and be shared by all
workers.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

_TAG: Final = b"klarfall erased person v1\x00"
_VERSION: Final = 1


class ListBroken(Unavailable):
    """The list was altered, cut short, or is not the one this database was served with."""

    def __init__(self) -> None:
        super().__init__("erasure_list")


class Line(StrEnum):
    """`REOPENED`: the office may push this reference again, as of a new person."""

    ERASED = "erased"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Head:
    """How long the list is, and the hash of its last line."""

    lines: int
    digest: bytes


START: Final = Head(0, b"\x00" * 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`person` is a digest and None for what is reopened; `head` is the list's up to here."""

    kind: Line
    person: bytes | None
    whom: bytes
    at: datetime
    head: Head


def digest_of(tenant: TenantId, person: UUID) -> bytes:
    """Comparable with any row of any backup, and worth nothing to who has no such row."""
    return sha256(_TAG + tenant.encode() + b"\x00" + person.bytes).digest()


class ErasureList:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, tenant: TenantId) -> tuple[Entry, ...]:
        """All of it, from the beginning. Raises ListBroken unless every line fits the one before.

        A last line without its end was being written when the machine went down; it holds nothing
        that was acted upon, and the next one is written in its place.
        """
        try:
            content = self._path(tenant).read_bytes()
        except FileNotFoundError:
            return ()
        except OSError:
            raise ListBroken from None
        entries: list[Entry] = []
        for line in content.split(b"\n")[:-1]:
            entries.append(_entry(line, entries[-1].head if entries else START))
        return tuple(entries)

    def append(
        self, tenant: TenantId, kind: Line, *, person: bytes | None, whom: bytes, at: datetime
    ) -> Head:
        """On the disk when it returns. Raises Unavailable where it cannot be."""
        with self._locked(tenant) as descriptor:
            there = self.read(tenant)
            head = there[-1].head if there else START
            line = json.dumps(
                {
                    "v": _VERSION,
                    "kind": kind,
                    "person": None if person is None else person.hex(),
                    "whom": whom.hex(),
                    "at": at.isoformat(),
                    "before": head.digest.hex(),
                },
                sort_keys=True,
            ).encode()
            self._write(descriptor, line)
        return Head(head.lines + 1, sha256(line).digest())

    def head(self, tenant: TenantId) -> Head:
        there = self.read(tenant)
        return there[-1].head if there else START

    def _path(self, tenant: TenantId) -> Path:
        return self._folder / f"{tenant}.erased"

    @contextmanager
    def _locked(self, tenant: TenantId) -> Iterator[int]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path(tenant), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            raise Unavailable("erasure_list") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _write(self, descriptor: int, line: bytes) -> None:
        """After the last whole line, and down to the disk: file and folder."""
        try:
            whole = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            end = whole.rfind(b"\n") + 1
            os.ftruncate(descriptor, end)
            os.pwrite(descriptor, line + b"\n", end)
            os.fsync(descriptor)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            raise Unavailable("erasure_list") from None


def _entry(line: bytes, before: Head) -> Entry:
    try:
        found = json.loads(line)
        fits = found["v"] == _VERSION and bytes.fromhex(found["before"]) == before.digest
        entry = Entry(
            kind=Line(found["kind"]),
            person=None if found["person"] is None else bytes.fromhex(found["person"]),
            whom=bytes.fromhex(found["whom"]),
            at=datetime.fromisoformat(found["at"]),
            head=Head(before.lines + 1, sha256(line).digest()),
        )
    except (ValueError, KeyError, TypeError):
        raise ListBroken from None
    if not fits:
        raise ListBroken
    return entry
