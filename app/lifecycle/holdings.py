"""What an inventory says of a table: whose its rows are, what is told of them, how they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

# Whose rows: of an account, of a person, or about one.
OF_IDENTITY: Final = "identity_id = ANY(:identities)"
OF_PERSON: Final = "person_id = ANY(:persons)"
OF_SUBJECT: Final = "subject = ANY(:persons)"


class Erased(StrEnum):
    """How the rows of a person go."""

    DELETED = "deleted"
    BY_OWNER = "by_owner"  # final rows, by the function `erase_final_rows` of migration 0017
    KEY = "key"  # by the vault, which destroys keys
    KEPT = "kept"  # what stays, and `because` says why
    EMPTIED = "emptied"  # the row stays for others, without what is of the person


class Untold(StrEnum):
    """Why a column is in no export. docs/lifecycle.md has the same list."""

    SECRET = "a secret, or a hash of one: whoever had it could sign in or pretend to"  # noqa: S105  # a sentence about secrets, and none
    INDEX = "a keyed hash, made from a value that is told in clear elsewhere in the export"
    KEY = "a key; what it opens is told in clear"
    PASSING = "gone within minutes or hours, and readable with the browser's own cookie only"
    OFFICE = "which office it is; told once, at the top"
    TECHNICAL = "counts or ties rows together, and says nothing about a person"
    OPENED = "sealed; what is in it is told opened"
    OTHERS = "about another person; that person is told"
    SAFETY = "kept back so that nobody can be made to show it; the office tells it (§ 83 SGB X)"
    NOBODY = "about nobody: leaves of the log tell nothing, not even to whom they belong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table. The columns told and untold are all it has."""

    whose: str | None
    told: tuple[str, ...] = ()
    untold: Mapping[str, Untold] = field(default_factory=dict)
    erased: Erased
    because: str = ""

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.told) | frozenset(self.untold)


def untold(**reasons: Untold) -> Mapping[str, Untold]:
    """With the tenant, which every table leads with."""
    return MappingProxyType({"tenant": Untold.OFFICE, **reasons})


def of_nobody(*columns: str, because: str, why: Untold = Untold.NOBODY) -> Holding:
    return Holding(
        whose=None,
        untold=untold(**dict.fromkeys(columns, why)),
        erased=Erased.KEPT,
        because=because,
    )
