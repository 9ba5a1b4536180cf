"""Slots: where a value goes that only code may write.

`⟦benefit.next_payment.amount⟧` names a scalar of a field's value, `⟦benefit.payments.0.amount⟧`
one in a list, and `@2` at the end says whose, where several people have the field.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.vocabulary.errors import Ungrounded
from app.vocabulary.ids import FieldName

SLOT: Final = re.compile(
    r"⟦(?P<slot>(?P<field>[a-z_]+\.[a-z0-9_]+)(?:\.[a-z0-9_]+)*(?:@\d{1,3})?)⟧"
)


def slots(text: str) -> tuple[str, ...]:
    """The slots of a text, in order, without their brackets."""
    return tuple(match["slot"] for match in SLOT.finditer(text))


def field_of(slot: str) -> FieldName:
    """`benefit.payments.0.amount@2` → `benefit.payments`."""
    if match := SLOT.fullmatch(f"⟦{slot}⟧"):
        return FieldName(match["field"])
    raise Ungrounded


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each slot replaced by its value, once: a value is never read for slots.

    Raises Ungrounded when a slot has no value. Put names back before, not after.
    """

    def value(match: re.Match[str]) -> str:
        found = values.get(match["slot"])
        if found is None:
            raise Ungrounded
        return found

    return SLOT.sub(value, text)
