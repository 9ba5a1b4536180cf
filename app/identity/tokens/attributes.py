"""Name and date of birth, as the provider vouches for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Self

_LONGEST: Final = 200
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Attribute(StrEnum):
    """The claims that a match is made of, all three (OIDC Core 5.1)."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    BIRTHDATE = "birthdate"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Attributes:
    given: str
    family: str
    born: date

    @classmethod
    def read(cls, claims: Mapping[str, object]) -> Self | None:
        """None unless all three are there and whole.

        A provider may leave out the year or the day of a birth (`0000-03-04`, `1988`): that finds
        nobody. It is no reason to refuse a sign-in, so nothing is raised.
        """
        given, family, birth = (claims.get(each.value) for each in Attribute)
        if not isinstance(birth, str) or _DAY.fullmatch(birth) is None:
            return None
        try:
            born = date.fromisoformat(birth)
        except ValueError:
            return None
        if not (isinstance(given, str) and isinstance(family, str)):
            return None
        if not (0 < len(given.strip()) <= _LONGEST and 0 < len(family.strip()) <= _LONGEST):
            return None
        return cls(given=given, family=family, born=born)
