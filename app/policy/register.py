"""Releases, stored: what was decided, sealed for its subject."""

import json
import zlib
from typing import Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.policy.release import Item, Release, Told
from app.policy.tables import ReleaseRow
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey
from app.vocabulary.ids import TenantId
from app.vocabulary.json import Json
from app.vocabulary.levels import Withheld

_COLUMN: Final = "releases.sealed_items"
_QUICK: Final = 1  # of zlib's nine: what is told repeats itself so much that any does
_INSERT: Final = Statement(insert(ReleaseRow))


async def store(tx: AsyncSession, vault: Vault, release: Release) -> None:
    """Inserts the release in the caller's transaction, beside its log entry."""
    mandate = release.mandate
    tenant = mandate.person.tenant
    key = await vault.key(tx, tenant, mandate.grantor)
    masking = sorted([str(subject), field] for subject, field in release.masking)
    items = [document_of(item) for item in release.items]
    document = {"items": items, "masking": masking, "told": _told(release.told)}
    kept = zlib.compress(json.dumps(document).encode(), _QUICK)
    await _INSERT.run(
        tx,
        {
            "tenant": tenant,
            "id": release.id,
            "case_id": mandate.case,
            "subject": mandate.grantor,
            "actor": mandate.person.identity,
            "mandate_id": mandate.id,
            "mandate_version": mandate.version,
            "purpose": release.purpose,
            "hosting": release.hosting,
            "assurance": int(mandate.person.assurance),
            "policy_digest": release.policy_digest,
            "sealed_items": key.seal(kept, Address(tenant, _COLUMN, release.id, 1)),
            "decided_at": release.decided_at,
        },
    )


def opened(key: DataKey, tenant: TenantId, release: UUID, sealed: bytes) -> dict[str, Json]:
    """What `store` sealed: the items with their true reasons, and all they were decided from.

    Rows of the first release are neither compressed nor can they be decided once more.
    """
    kept = key.open(bytes(sealed), Address(tenant, _COLUMN, release, 1))
    clear = kept if kept.startswith(b"{") else zlib.decompress(kept)
    document: dict[str, Json] = json.loads(clear)
    return document


def _told(told: Told | None) -> object:
    if told is None:
        return None
    return {"principal": told.principal, "entities": told.entities, "asked": told.asked}


def document_of(item: Item) -> dict[str, Json]:
    """With the true reason of what is protected, which nobody who asked is told."""
    return {
        "subject": str(item.subject),
        "field": item.field,
        "to_person": item.to_person,
        "to_model": item.to_model,
        "reason": Withheld.PROTECTED if item.protected else item.reason,
        "model_reason": Withheld.PROTECTED if item.protected else item.model_reason,
        "basis": item.basis,
    }
