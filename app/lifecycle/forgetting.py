"""Taking everything of one person out of the tables, in one transaction.

The keys go first in what matters: without them nothing that is left in a page, a segment or a
backup opens. Then the rows, in the order that finds them.
"""

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.turns import in_turn
from app.records import contents
from app.records.contents import Cell
from app.records.excerpt import COLUMN
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.ids import TenantId
from app.vocabulary.json import Json

# An account that is somebody else's as well stays theirs.
_ACCOUNTS: Final = text("""
    SELECT DISTINCT b.identity_id FROM bindings AS b
    WHERE b.tenant = :tenant AND b.person_id = :person AND NOT EXISTS (
        SELECT FROM bindings AS o WHERE o.tenant = b.tenant
        AND o.identity_id = b.identity_id AND o.person_id <> :person)
""")
_PLACES: Final = text("""
    SELECT m.case_id, m.ref, c.ref AS case_ref FROM memberships AS m
    JOIN cases AS c ON c.tenant = m.tenant AND c.id = m.case_id
    WHERE m.tenant = :tenant AND m.person_id = :person
""")
_LEFT: Final = text("SELECT 1 FROM memberships WHERE tenant = :tenant AND case_id = :case LIMIT 1")
_FINAL: Final = text("SELECT erase_final_rows(:person, :household)")
_SESSIONS: Final = (
    "(SELECT s.id FROM sessions AS s WHERE s.tenant = :tenant AND s.identity_id = ANY(:identities))"
)
# By table, and in this order.
DELETIONS: Final[Mapping[str, str]] = {
    "logins": f"replaces IN {_SESSIONS}",
    "vouched": f"session_id IN {_SESSIONS}",
    "kept_questions": "identity_id = ANY(:identities)",
    "sessions": "identity_id = ANY(:identities)",
    "oversight_readings": "subject = :person",
    "feedback": "(actor = ANY(:identities) OR answer_id IN (SELECT a.id FROM answers AS a "
    "WHERE a.tenant = :tenant AND a.subject = :person))",
    "answers": "subject = :person",
    "case_values": "subject = :person",
    "case_contents": "subject = :person",
    "activation_codes": "person_id = :person",
    "bindings": "person_id = :person",
    "representatives": "person_id = :person",
    "memberships": "person_id = :person",
    "legal_holds": "person_id = :person",
    "persons": "id = :person",
    "identities": "id = ANY(:identities)",
}
_OF_HOUSEHOLD: Final = {
    "case_values": "subject = :case AND case_id = :case",
    "case_contents": "subject = :case AND case_id = :case",
    "cases": "id = :case",
}
_NO_LONGER_THE_SAME: Final = text(
    "UPDATE cases SET body_digest = '' WHERE tenant = :tenant AND id = :case"
)
# Fields of the household that name its people.
_NAMING: Final = ("household.members", "household.representative")
_NAMED: Final = text("""
    SELECT field, id, version, sealed FROM case_values
    WHERE tenant = :tenant AND case_id = :case AND subject = :case AND field = ANY(:fields)
""")
_RESEAL: Final = text("""
    UPDATE case_values SET version = :version, sealed = :sealed
    WHERE tenant = :tenant AND case_id = :case AND subject = :case AND field = :field
""")
_UNNAME: Final = text("""
    DELETE FROM case_values
    WHERE tenant = :tenant AND case_id = :case AND subject = :case AND field = :field
""")


async def accounts(tx: AsyncSession, tenant: TenantId, person: UUID) -> tuple[UUID, ...]:
    """The accounts that were this person's alone."""
    found = await tx.execute(_ACCOUNTS, {"tenant": tenant, "person": person})
    return tuple(found.scalars())


async def forget(tx: AsyncSession, vault: Vault, tenant: TenantId, person: UUID) -> int:
    """All rows of who is being erased, and how many they were. Once more it finds none."""
    asked = {
        "tenant": tenant,
        "person": person,
        "identities": list(await accounts(tx, tenant, person)),
    }
    places = (await tx.execute(_PLACES, asked)).all()
    for place in places:
        await in_turn(tx, tenant, "case", place.case_ref)
    gone = 0
    for table, whose in DELETIONS.items():
        gone += await _delete(tx, table, whose, asked)
    owners = [person]
    for place in places:
        there = {**asked, "case": place.case_id}
        if (await tx.execute(_LEFT, there)).one_or_none() is None:
            owners.append(place.case_id)
            for table, whose in _OF_HOUSEHOLD.items():
                gone += await _delete(tx, table, whose, there)
        else:
            await tx.execute(_NO_LONGER_THE_SAME, there)
            await _unname(tx, vault, tenant, place.case_id, place.ref)
    for household in [place.case_id for place in places] or [None]:
        final = await tx.execute(_FINAL, {"person": person, "household": household})
        gone += final.scalar_one()
    await vault.destroy(tx, tenant, owners)
    return gone


async def _delete(tx: AsyncSession, table: str, whose: str, asked: Mapping[str, object]) -> int:
    statement = text(
        f"WITH gone AS (DELETE FROM {table} WHERE tenant = :tenant AND {whose} RETURNING 1) "  # noqa: S608  # put together from constants
        "SELECT count(*) FROM gone"
    )
    return int((await tx.execute(statement, asked)).scalar_one())


async def _unname(tx: AsyncSession, vault: Vault, tenant: TenantId, case: UUID, ref: str) -> None:
    """Out of what the household's own rows say of its people."""
    at = {"tenant": tenant, "case": case}
    rows = (await tx.execute(_NAMED, {**at, "fields": list(_NAMING)})).all()
    if not rows:
        return
    key = await vault.key(tx, tenant, case)
    listed = await contents.find(tx, key, tenant=tenant, case=case, subject=case)
    for row in rows:
        address = Address(tenant, COLUMN, row.id, row.version)
        clear = key.open(bytes(row.sealed), address)
        value: Json = json.loads(clear)
        # What was put back is not made good again: it goes, until the office sends the case anew.
        sound = listed.vouches_for(Cell(row.field, row.id, row.version, clear))
        left = without(value, ref) if sound else None
        if left is None:
            await tx.execute(_UNNAME, {**at, "field": row.field})
            listed = listed.amended(without=[row.field])
        elif left != value:
            newer = Address(tenant, COLUMN, row.id, row.version + 1)
            clear = json.dumps(left).encode()
            version = {"version": newer.version, "sealed": key.seal(clear, newer)}
            await tx.execute(_RESEAL, {**at, "field": row.field, **version})
            listed = listed.amended(Cell(row.field, row.id, newer.version, clear))
    await contents.write(tx, {case: key}, {case: listed}, tenant=tenant, case=case)


def without(value: Json, ref: str) -> Json:
    """The same without the one of this reference; None where nothing is left to say."""
    match value:
        case {"person": str(person)} if person == ref:
            return None
        case list():
            left = [each for each in value if without(each, ref) is not None]
            return left or None
        case _:
            return value
