"""What an officer takes along: entries with their proofs, and who took them and why.

A bundle is a JSON object of two members. `bundle` is what is told, `note` a signed note
(c2sp.org/signed-note) by the key of the tenant's log over three lines:

    klarfall oversight bundle v1
    <the log's name>
    <SHA-256 of `bundle` as RFC 8785 spells it, in hexadecimal>

A checkpoint of the log begins with the log's name, so that no bundle passes for one. Whoever has
the log's key verifies all of it offline (`klarfall audit bundle`): the note, the digest, and each
entry's own proof, leaf, salt and payload.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from app.audit.canonical import Json, canonical, parsed
from app.audit.events import Category
from app.audit.notes import SigningKey, VerifierKey, open_note
from app.audit.rejection import Rejected
from app.audit.verification import verify_receipt
from app.vocabulary.ids import EntryId, IdentityId

_TITLE: Final = "klarfall oversight bundle v1"
VERSION: Final = 1
_OUTER: Final = {"bundle", "note"}
_INNER: Final = {
    *("v", "log", "made_at", "officer", "session", "category", "recorded_as", "entries"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Who took it along, when and why. `recorded_as` is the log's own entry of that."""

    at: datetime
    officer: IdentityId
    session: UUID
    category: Category
    recorded_as: EntryId


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerified:
    origin: str
    made_at: str
    officer: str
    category: Category
    entries: tuple[EntryId, ...]


def bundle(taken: Taken, entries: Sequence[Mapping[str, Json]], key: SigningKey) -> dict[str, Json]:
    """`entries` are receipts of entries that are in the tree."""
    told: dict[str, Json] = {
        "v": VERSION,
        "log": key.name,
        "made_at": taken.at.astimezone(UTC).isoformat(timespec="seconds"),
        "officer": str(taken.officer),
        "session": str(taken.session),
        "category": taken.category,
        "recorded_as": str(taken.recorded_as),
        "entries": [dict(each) for each in entries],
    }
    return {"bundle": told, "note": key.sign(_text(key.name, told))}


def verify_bundle(document: bytes, vkey: str) -> BundleVerified:
    """Offline, with the log's key alone. Raises Rejected, with a sentence."""
    key = VerifierKey.parse(vkey)
    outer = parsed(document)
    told, note = outer.get("bundle"), outer.get("note")
    if outer.keys() != _OUTER or not isinstance(told, dict) or not isinstance(note, str):
        raise Rejected("The document does not have the members a bundle has.")
    if open_note(note, key) != _text(key.name, told):
        raise Rejected("The bundle is not the one that was signed.")
    if told.keys() != _INNER or told["v"] != VERSION or told["log"] != key.name:
        raise Rejected("The bundle does not have the members a bundle has.")
    entries = told["entries"]
    if not isinstance(entries, list):
        raise Rejected("The bundle has no list of entries.")
    found = [verify_receipt(canonical(each), vkey).entry for each in entries]
    if len(set(found)) != len(found):
        raise Rejected("The bundle has an entry twice.")
    try:
        category = Category(str(told["category"]))
    except ValueError:
        raise Rejected("The bundle does not say why it was made.") from None
    return BundleVerified(
        origin=key.name,
        made_at=str(told["made_at"]),
        officer=str(told["officer"]),
        category=category,
        entries=tuple(found),
    )


def _text(log: str, told: Mapping[str, Json]) -> str:
    return f"{_TITLE}\n{log}\n{sha256(canonical(told)).hexdigest()}\n"
