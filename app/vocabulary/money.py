"""Amounts of money, exact to the cent."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Self

from babel.numbers import format_currency

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """Euros and cents. Arithmetic stays exact; nothing here is a float."""

    amount: Decimal

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount != self.amount.quantize(_CENT):
            raise ValueError("an amount has two decimals")

    @classmethod
    def of(cls, value: object) -> Self:
        """From the contract's `{"amount": "563.00", "currency": "EUR"}`.

        Raises ValueError on anything else, without saying what was given.
        """
        match value:
            case {"amount": str(amount), "currency": "EUR"}:
                try:
                    return cls(Decimal(amount).quantize(_CENT))
                except InvalidOperation:
                    raise ValueError("not an amount of money") from None
            case _:
                raise ValueError("not an amount of money")

    @classmethod
    def euros(cls, amount: str | int | Decimal) -> Self:
        return cls(Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP))

    def json(self) -> dict[str, str]:
        return {"amount": f"{self.amount:.2f}", "currency": "EUR"}

    def spoken(self, language: str) -> str:
        """As CLDR writes it: `563,00 €` with a no-break space in German, `€563.00` in English."""
        return format_currency(self.amount, "EUR", locale=language)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.amount + other.amount)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.amount - other.amount)

    def __neg__(self) -> Self:
        return type(self)(-self.amount)
