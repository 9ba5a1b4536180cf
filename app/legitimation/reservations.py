"""A reservation of consent: where a ward does not apply alone (§ 1825 BGB, § 11(2) SGB X).

The court orders it within the tasks of a guardian, so that it is a part of that order and ends
with it. It is about the ward: who the guardian is, and whether they can act, changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Of one order: the groups it is about, and its days."""

    groups: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None


# A column for a query over `mandates AS m`: what courts reserved about whom a SELF is of. NULL
# for every other kind, and where there is none.
RESERVATIONS: Final = """(
    SELECT json_agg(json_build_array(r.reserved_groups, r.valid_from, r.valid_to))
    FROM mandates AS r
    WHERE m.kind = 'SELF' AND r.tenant = m.tenant AND r.grantor = m.grantor
      AND r.kind = 'GUARDIAN' AND r.ended_reason IS NULL AND r.reserved_groups <> '{}'
      AND NOT EXISTS (
          SELECT FROM mandates AS n
          WHERE n.tenant = r.tenant AND n.id = r.id AND n.version > r.version
      )
)"""
_Column: TypeAlias = list[list[Any]] | None  # Any: what json_agg gives


def reservations(column: _Column) -> tuple[Reservation, ...]:
    """What `RESERVATIONS` found."""
    return tuple(
        Reservation(
            groups=frozenset(groups),
            valid_from=datetime.fromisoformat(since),
            valid_to=None if until is None else datetime.fromisoformat(until),
        )
        for groups, since, until in column or ()
    )


def reserved_at(found: Iterable[Reservation], now: datetime) -> frozenset[str]:
    """In which groups the ward applies for nothing alone now."""
    return frozenset(
        group
        for each in found
        if each.valid_from <= now and (each.valid_to is None or now < each.valid_to)
        for group in each.groups
    )
