"""How figures are written, worked out here once more: nothing of the product's own is used."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T.*")
_AMOUNTS: Final = {
    "de": re.compile(r"\d{1,3}(?:\.\d{3})*,\d{2}(?=\u00a0€)"),
    "en": re.compile(r"(?<=€)\d{1,3}(?:,\d{3})*\.\d{2}"),
}


def amount(value: str, language: str) -> str:
    """Without its sign: a part that is taken away is said in words."""
    whole, _, cents = value.lstrip("-").partition(".")
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", "." if language == "de" else ",", whole)
    return f"{grouped},{cents}\u00a0€" if language == "de" else f"€{grouped}.{cents}"


def day(value: date, language: str) -> str:
    name = _MONTHS[language].split()[value.month - 1]
    dot = "." if language == "de" else ""
    return f"{value.day}{dot} {name} {value.year}"


def moment(value: str, language: str) -> str:
    local = datetime.fromisoformat(value).astimezone(ZoneInfo("Europe/Berlin"))
    return f"{day(local.date(), language)}, {local:%H:%M}"


def month(value: str, language: str) -> str:
    year, number = value.split("-")
    return f"{_MONTHS[language].split()[int(number) - 1]} {year}"


def figures(value: object, schema: Mapping[str, object], language: str) -> Iterator[str]:
    """Every leaf as an answer must write it; words of closed sets and flags are no figures."""
    match value:
        case {"amount": str(euros), "currency": "EUR"}:
            yield amount(euros, language)
        case dict():
            for name, part in value.items():
                yield from figures(part, _below(schema, "properties", name), language)
        case list():
            for part in value:
                yield from figures(part, _below(schema, "items"), language)
        case str() if "enum" not in schema:
            yield _text(value, language)
        case int() if not isinstance(value, bool):
            yield str(value)
        case _:
            assert isinstance(value, bool) or "enum" in schema


def _text(value: str, language: str) -> str:
    if _MOMENT.fullmatch(value):
        return moment(value, language)
    if _DATE.fullmatch(value):
        return day(date.fromisoformat(value), language)
    return month(value, language) if _MONTH.fullmatch(value) else value


def amounts_in(text: str, language: str) -> set[Decimal]:
    """Every amount of money a text names."""
    found = _AMOUNTS[language].findall(text)
    if language == "de":
        found = [each.replace(".", "").replace(",", ".") for each in found]
    return {Decimal(each.replace(",", "")) for each in found}


def amounts_of(value: object) -> set[Decimal]:
    match value:
        case {"amount": str(euros), "currency": "EUR"}:
            return {abs(Decimal(euros))}
        case dict():
            return set[Decimal]().union(*(amounts_of(part) for part in value.values()))
        case list():
            return set[Decimal]().union(*(amounts_of(part) for part in value))
        case _:
            return set()


def _below(schema: Mapping[str, object], *path: str) -> Mapping[str, object]:
    found: object = schema
    for step in path:
        assert isinstance(found, Mapping)
        found = found[step]
    assert isinstance(found, Mapping)
    return found
