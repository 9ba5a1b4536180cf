"""Check digits: what tells a number of a kind from a number that looks like it."""

from collections import Counter
from itertools import cycle
from string import ascii_uppercase

_PENSION_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def squeeze(text: str) -> str:
    """Letters and digits alone, in upper case."""
    return "".join(char for char in text if char.isalnum()).upper()


def iban_holds(text: str) -> bool:
    """ISO 7064 mod 97-10."""
    code = squeeze(text)
    if not code.isascii() or len(code) < 5:  # noqa: PLR2004 - country, check digits, account
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def pension_number_holds(text: str) -> bool:
    """§ 4 VKVV: area, birth date, initial, serial, check digit."""
    code = squeeze(text)
    if not _shaped(code, digits=8, after=3):
        return False
    day, month = int(code[2:4]), int(code[4:6])
    if not (1 <= day <= 31 or 51 <= day <= 81) or not 1 <= month <= 12:  # noqa: PLR2004 - a calendar's own numbers
        return False
    expanded = code[:8] + _ordinal(code[8]) + code[9:11]
    products = (int(char) * by for char, by in zip(expanded, _PENSION_WEIGHTS, strict=True))
    return sum(map(_cross_sum, products)) % 10 == int(code[11])


def health_number_holds(text: str) -> bool:
    """§ 290 SGB V, annex 1: a letter, eight digits, check digit."""
    code = squeeze(text)
    if not _shaped(code, digits=0, after=9):
        return False
    expanded = _ordinal(code[0]) + code[1:9]
    products = (int(char) * by for char, by in zip(expanded, cycle((1, 2)), strict=False))
    return sum(map(_cross_sum, products)) % 10 == int(code[9])


def tax_number_holds(text: str) -> bool:
    """§ 139b AO: ISO 7064 mod 11,10, and one digit of the first ten twice or three times."""
    code = squeeze(text)
    if len(code) != 11 or not code.isdecimal() or code[0] == "0":  # noqa: PLR2004 - its length
        return False
    often = sorted(Counter(code[:10]).values(), reverse=True)
    if often[0] not in {2, 3} or often[1] != 1:
        return False
    product = 10
    for char in code[:10]:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(code[10])


def _shaped(code: str, *, digits: int, after: int) -> bool:
    """So many digits, a letter, so many digits."""
    letter, tail = code[digits : digits + 1], code[digits + 1 :]
    head_holds = not digits or code[:digits].isdecimal()
    return (
        code.isascii()
        and head_holds
        and letter.isalpha()
        and len(tail) == after
        and tail.isdecimal()
    )


def _ordinal(letter: str) -> str:
    return f"{ascii_uppercase.index(letter) + 1:02d}"


def _cross_sum(product: int) -> int:
    return product // 10 + product % 10
