"""Releases, stored: what was decided, sealed for its subject."""

import json
from typing import Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.policy.release import Item, Release
from app.policy.tables import ReleaseRow
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.json import Json

_COLUMN: Final = "releases.sealed_items"
_INSERT: Final = insert(ReleaseRow)


async def store(tx: AsyncSession, vault: Vault, release: Release) -> None:
    """Inserts the release in the caller's transaction, beside its log entry."""
    mandate = release.mandate
    tenant = mandate.person.tenant
    key = await vault.key(tx, tenant, mandate.grantor)
    masking = sorted([str(subject), field] for subject, field in release.masking)
    items = [_document(item) for item in release.items]
    document = json.dumps({"items": items, "masking": masking}).encode()
    await tx.execute(
        _INSERT,
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
            "sealed_items": key.seal(document, Address(tenant, _COLUMN, release.id, 1)),
            "decided_at": release.decided_at,
        },
    )


def _document(item: Item) -> dict[str, Json]:
    return {
        "subject": str(item.subject),
        "field": item.field,
        "to_person": item.to_person,
        "to_model": item.to_model,
        "reason": item.reason,
        "model_reason": item.model_reason,
        "basis": item.basis,
    }
