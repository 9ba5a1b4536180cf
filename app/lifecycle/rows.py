"""Rows of a person, table by table, as the inventory has them told; what is sealed, opened."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.answers import archive
from app.legitimation.recording import GRANTEE_LABEL_COLUMN, LABEL_COLUMN
from app.lifecycle.belongings import Belongings
from app.lifecycle.holdings import Untold
from app.lifecycle.inventory import HOLDINGS
from app.policy import register
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey
from app.vocabulary.json import Json

_Row: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types
_Keys: TypeAlias = Mapping[UUID, DataKey]
_REASON_COLUMN: Final = "feedback.sealed_reason"
# Whose key opened it, for rows that do not say so themselves.
_SUBJECTS: Final = text("""
    SELECT a.id, a.subject FROM answers AS a WHERE a.tenant = :tenant AND a.id = ANY(:answers)
""")


async def told(tx: AsyncSession, vault: Vault, whose: Belongings) -> dict[str, list[Json]]:
    """By table. Nothing of anybody else's: what another's key sealed is not opened."""
    keys = await vault.keys(tx, whose.tenant, whose.persons)
    found: dict[str, list[Json]] = {}
    for table, holding in HOLDINGS.items():
        if holding.whose is None or not holding.told:
            continue
        rows = await _rows(tx, table, whose)
        opener = _OPENERS.get(table)
        if table == "feedback":
            keys_of = await _keys_of_answers(tx, whose, rows, keys)
            opener = _feedback(keys_of)
        found[table] = [
            {
                **{name: plain(getattr(row, name)) for name in holding.told},
                **({} if opener is None else opener(whose, row, keys)),
            }
            for row in rows
        ]
    return found


async def _rows(tx: AsyncSession, table: str, whose: Belongings) -> Sequence[_Row]:
    """With the sealed columns that are told opened, and whoever acted."""
    holding = HOLDINGS[table]
    sealed = [name for name, why in holding.untold.items() if why is Untold.OPENED]
    acted = ["actor"] if "actor" in holding.untold else []
    columns = ", ".join([*holding.told, *sealed, *acted])
    order = ", ".join(holding.told[:2])
    statement = text(
        f"SELECT {columns} FROM {table} "  # noqa: S608  # put together from the inventory
        f"WHERE tenant = :tenant AND {holding.whose} ORDER BY {order}"
    )
    return (await tx.execute(statement, whose.named)).all()


def plain(value: object) -> Json:
    """As JSON has it: moments in RFC 3339, ids as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            raise TypeError("a column of a kind that no export knows")


def _mandates(whose: Belongings, row: _Row, keys: _Keys) -> dict[str, Json]:
    """Of a mandate that one gave, both names; of one that one was given, whose it is is theirs."""
    key = keys.get(row.grantor)
    return {
        name: None
        if key is None or sealed is None
        else key.open(bytes(sealed), Address(whose.tenant, column, row.id, row.version)).decode()
        for name, sealed, column in (
            ("label", row.sealed_label, LABEL_COLUMN),
            ("grantee_label", row.sealed_grantee_label, GRANTEE_LABEL_COLUMN),
        )
    }


def _releases(whose: Belongings, row: _Row, keys: _Keys) -> dict[str, Json]:
    """What was shown and sent. Why the rest was not is told to nobody later (safe-at-home.md)."""
    document = register.opened(keys[row.subject], whose.tenant, row.id, bytes(row.sealed_items))
    items = document["items"]
    mine = {str(each) for each in (*whose.persons, *whose.cases)}
    shown: list[Json] = [
        {name: item[name] for name in ("subject", "field", "to_model", "basis")}
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and item["to_person"] and str(item["subject"]) in mine
    ]
    return {"by_me": row.actor in whose.identities, "shown": shown}


def _answers(whose: Belongings, row: _Row, keys: _Keys) -> dict[str, Json]:
    """The words of an answer are the asker's, about themselves; of others' only how it ended."""
    by_me, about_me = row.actor in whose.identities, row.subject in whose.persons
    told_of: dict[str, Json] = {"by_me": by_me, "about_me": about_me}
    key = keys.get(row.subject)
    if not about_me or key is None:
        return told_of
    address = Address(whose.tenant, archive.COLUMN, row.id, 1)
    document: dict[str, Json] = json.loads(key.open(bytes(row.sealed), address))
    return {**told_of, **({"answer": document} if by_me else {"status": document["status"]})}


async def _keys_of_answers(
    tx: AsyncSession, whose: Belongings, rows: Sequence[_Row], keys: _Keys
) -> dict[UUID, DataKey]:
    """One's own keys alone, by the answer they opened."""
    asked = {"tenant": whose.tenant, "answers": [row.answer_id for row in rows]}
    return {
        row.id: keys[row.subject]
        for row in await tx.execute(_SUBJECTS, asked)
        if row.subject in keys
    }


def _feedback(keys_of: Mapping[UUID, DataKey]) -> Callable[..., dict[str, Json]]:
    def opened(whose: Belongings, row: _Row, _: _Keys) -> dict[str, Json]:
        key = keys_of.get(row.answer_id)
        if key is None or row.sealed_reason is None:
            return {"reason": None}
        address = Address(whose.tenant, _REASON_COLUMN, row.answer_id, 1)
        return {"reason": key.open(bytes(row.sealed_reason), address).decode()}

    return opened


_OPENERS: Final[Mapping[str, Callable[[Belongings, _Row, _Keys], dict[str, Json]]]] = {
    "mandates": _mandates,
    "releases": _releases,
    "answers": _answers,
}
