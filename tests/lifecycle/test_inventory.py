"""Every table and column that there is has been thought of: told or not, erased or kept."""

from importlib import import_module

import pytest
from sqlmodel import SQLModel

from app.lifecycle.holdings import Erased, Holding, Untold
from app.lifecycle.inventory import HOLDINGS
from tests.fixtures import ROOT

for module in sorted((ROOT / "app").rglob("tables.py")):
    import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))

TABLES = SQLModel.metadata.tables
# What says whose a row is, wherever it stands.
OF_PERSONS = {"person_id", "identity_id", "subject", "grantor", "grantee", "actor", "owner"}


def complaints(table: str, columns: set[str], holding: Holding | None) -> list[str]:
    if holding is None:
        return [f"{table}: nobody said what becomes of it"]
    found = [f"{table}.{name}: told or not?" for name in sorted(columns - holding.columns)]
    found += [f"{table}.{name}: is not there" for name in sorted(holding.columns - columns)]
    found += [f"{table}.{n}: both" for n in sorted(set(holding.told) & set(holding.untold))]
    if holding.erased in {Erased.KEPT, Erased.EMPTIED} and len(holding.because) < 10:
        found.append(f"{table}: stays and nobody said why")
    if columns & OF_PERSONS and holding.whose is None:
        found.append(f"{table}: has a column of a person, and is nobody's")
    return found


def test_every_table_and_column_is_told_or_has_a_reason() -> None:
    found = [
        complaint
        for name, table in TABLES.items()
        for complaint in complaints(name, set(table.columns.keys()), HOLDINGS.get(name))
    ]

    assert found == []
    assert HOLDINGS.keys() == TABLES.keys()


@pytest.mark.parametrize("name", sorted(HOLDINGS))
def test_a_column_added_tomorrow_is_noticed(name: str) -> None:
    columns = set(TABLES[name].columns.keys())

    assert complaints(name, {*columns, "nickname"}, HOLDINGS[name]) == [
        f"{name}.nickname: told or not?"
    ]
    assert complaints(name, columns, None) != []


def test_what_is_sealed_is_told_opened_or_kept_back_for_a_reason() -> None:
    sealed = {
        (name, column): HOLDINGS[name].untold.get(column)
        for name, table in TABLES.items()
        for column in (each.name for each in table.columns)
        if column.startswith("sealed")
    }

    assert len(sealed) > 7
    assert set(sealed.values()) <= {Untold.OPENED, Untold.PASSING, Untold.SAFETY}
