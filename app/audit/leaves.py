"""What anybody may read of an entry, and how it is tied to what only a few may.

A leaf is 85 bytes:

    1   version, 0x01
    16  entry id, random
    4   hours since 1970-01-01T00:00Z, the most significant byte first
    32  digest of the policies in force (SHA-256)
    32  commitment: SHA-256 of the tag below, the salt and the payload

The salt is 32 random bytes and is deleted with the payload. Without it the
commitment is noise, even to somebody who can guess every payload there could be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from app.audit.rejection import Rejected
from app.vocabulary.ids import EntryId

SALT_BYTES: Final = 32
LEAF_BYTES: Final = 85
_VERSION: Final = b"\x01"
_TAG: Final = b"klarfall trail commitment v1\x00"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_LAST_HOUR: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    entry: EntryId
    hour: datetime
    policy: bytes
    commitment: bytes

    def encode(self) -> bytes:
        hours = (self.hour - _EPOCH) // _HOUR
        return b"".join(
            (_VERSION, self.entry.bytes, hours.to_bytes(4), self.policy, self.commitment)
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        entry_in(data)
        hours = int.from_bytes(data[17:21])
        if hours > _LAST_HOUR:
            raise Rejected("The entry is of a time that there is not.")
        return cls(
            entry=EntryId(UUID(bytes=data[1:17])),
            hour=_EPOCH + hours * _HOUR,
            policy=data[21:53],
            commitment=data[53:],
        )


def entry_in(data: bytes) -> bytes:
    """The entry's id in a leaf, for whoever goes through a whole log."""
    if len(data) != LEAF_BYTES or data[:1] != _VERSION:
        raise Rejected("The entry is not one of this kind of log.")
    return data[1:17]


def ids_in(entries: Sequence[bytes]) -> list[bytes]:
    """As `entry_in` of each."""
    if not all(len(data) == LEAF_BYTES and data[:1] == _VERSION for data in entries):
        raise Rejected("The entry is not one of this kind of log.")
    return [data[1:17] for data in entries]


def commitment(salt: bytes, payload: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise Rejected("The salt is not as long as salts are.")
    return sha256(_TAG + salt + payload).digest()


def hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
