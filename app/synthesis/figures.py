"""Figures a model was literally shown, and how it may write them back."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from babel.numbers import format_decimal

from app.vocabulary.dates import spoken_date
from app.vocabulary.ids import FieldName

_MONEY: Final = re.compile(r"-?\d+\.\d{2} EUR")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Figure:
    """`563.00 EUR`, `2026-12-01`, or any text as shown, such as `between 300 and 600 EUR`.

    Money and days may come back in German or English spelling; anything else only
    letter by letter. Not slotted: the pattern is worked out once.
    """

    field: FieldName
    text: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the figure standing alone, never as a part of a longer one."""
        spellings = sorted(self._spellings(), key=len, reverse=True)
        either = "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in spellings)
        return re.compile(rf"(?<![\w.,+\-–—])(?:{either})(?![\w%‰]|[.,]\d)")

    def _spellings(self) -> set[str]:
        if _MONEY.fullmatch(self.text):
            return _money(Decimal(self.text.removesuffix(" EUR"))) | {self.text}
        if _DAY.fullmatch(self.text):
            return _day(date.fromisoformat(self.text)) | {self.text}
        return {self.text}


def _money(amount: Decimal) -> set[str]:
    """With its currency, always: the same digits alone could be days or per cent."""
    digits = {
        format_decimal(amount, format=shape, locale=locale)
        for shape in ("#,##0.00", "0.00")
        for locale in ("de", "en")
    }
    if amount == amount.to_integral_value():
        digits |= {each[:-3] for each in digits}
    after = {f"{each} {unit}" for each in digits for unit in ("€", "EUR", "Euro", "euros")}
    return after | {f"{unit}{each}" for each in digits for unit in ("€", "EUR ")}


def _day(day: date) -> set[str]:
    return {
        spoken_date(day, "de"),
        spoken_date(day, "en"),
        f"{day:%d.%m.%Y}",
        f"{day.day}.{day.month}.{day.year}",
    }
