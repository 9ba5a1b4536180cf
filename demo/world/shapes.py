"""Values as the contract writes them."""

from datetime import date
from typing import TypeAlias

from app.vocabulary.json import Json
from demo.world.rates import Cents

Fields: TypeAlias = dict[str, Json]


def money(amount: Cents) -> Json:
    sign = "-" if amount < 0 else ""
    return {"amount": f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}", "currency": "EUR"}


def month_word(day: date) -> str:
    return f"{day:%Y-%m}"
