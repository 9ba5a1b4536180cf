"""A value told roughly: amounts as bands, dates as months, anything else not at all."""

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final

from app.redaction.leaves import Leaf
from app.vocabulary.levels import Language

_EDGES: Final = (0, 50, 100, 300, 600, 1_000, 1_500, 2_000, 3_000, 5_000)
_BETWEEN: Final = {
    Language.DE: "zwischen {low} und {high} EUR",
    Language.EN: "between {low} and {high} EUR",
}
_ABOVE: Final = {Language.DE: "mehr als {low} EUR", Language.EN: "more than {low} EUR"}
_MONTH: Final = 7


def coarse(leaf: Leaf, language: Language) -> str | None:
    """None when there is no rougher way to say it; the slot alone is shown then."""
    match leaf.value:
        case {"amount": str(amount)}:
            return _band(amount, language)
        case str(written) if leaf.type in {"date", "moment"}:
            return written[:_MONTH]
        case _:
            return None


def _band(amount: str, language: Language) -> str | None:
    try:
        euros = Decimal(amount)
    except InvalidOperation:
        return None
    size, sign = abs(euros), "minus " if euros < 0 else ""
    for low, high in pairwise(_EDGES):
        if low <= size < high:
            return sign + _BETWEEN[language].format(low=low, high=high)
    return sign + _ABOVE[language].format(low=_EDGES[-1])
