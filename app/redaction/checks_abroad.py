"""Check digits of the numbers that other states give to people."""

from datetime import date
from typing import Final

from app.redaction.checks import scanned

_AUSTRIA: Final = (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)
_PESEL: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
_RNOKPP: Final = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
_INN: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_CNP: Final = (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)
_EGN: Final = (2, 4, 8, 5, 10, 9, 7, 3, 6)
_LNCH: Final = (21, 19, 17, 13, 11, 9, 7, 3, 1)
_PESEL_CENTURIES: Final = {80: 1800, 0: 1900, 20: 2000, 40: 2100, 60: 2200}
_EGN_CENTURIES: Final = {0: 1900, 20: 1800, 40: 2000}
_CNP_CENTURIES: Final = dict(zip("123456789", (19, 19, 18, 18, 20, 20, 19, 19, 19), strict=True))


def austrian_insurance_holds(text: str) -> bool:
    """§ 460d ASVG: three digits, check digit, birth date (a month above twelve when it is full)."""
    code = _digits(text, 10)
    if not code or code[0] == "0" or not 1 <= int(code[4:6]) <= 31 or not 1 <= int(code[6:8]) <= 15:  # noqa: PLR2004 - a calendar's own
        return False
    return _weighted(code, _AUSTRIA) % 11 == int(code[3])


def swiss_insurance_holds(text: str) -> bool:
    """Art. 50c AHVG: 756 and an EAN-13 check digit."""
    code = _digits(text, 13)
    return code[:3] == "756" and -_weighted(code[:12], (1, 3) * 6) % 10 == int(code[12])


def pesel_holds(text: str) -> bool:
    """Polish act on the register of people: birth date with the century in the month."""
    code = _digits(text, 11)
    if not code or not _born(code, _PESEL_CENTURIES):
        return False
    return -_weighted(code[:10], _PESEL) % 10 == int(code[10])


def kimlik_holds(text: str) -> bool:
    """Turkish identity number: two check digits."""
    code = _digits(text, 11)
    if not code or code[0] == "0":
        return False
    digits = [int(char) for char in code]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def rnokpp_holds(text: str) -> bool:
    """Ukrainian tax number: days since 1899-12-31, serial, check digit."""
    code = _digits(text, 10)
    if not code or not 1_000 <= int(code[:5]) <= 50_000:  # noqa: PLR2004 - born 1902 to 2036
        return False
    return _weighted(code[:9], _RNOKPP) % 11 % 10 == int(code[9])


def russian_number_holds(text: str) -> bool:
    """INN of a person (12 digits, two of them to check) or SNILS (11, the last two)."""
    if code := _digits(text, 12):
        first = _weighted(code[:10], _INN[1:]) % 11 % 10
        second = _weighted(code[:11], _INN) % 11 % 10
        return code[10:] == f"{first}{second}" and len(set(code)) > 1
    if code := _digits(text, 11):
        rest = _weighted(code[:9], tuple(range(9, 0, -1))) % 101 % 100
        return int(code[9:]) == rest and int(code[:9]) > 1_001_998  # noqa: PLR2004 - older ones have no check
    return False


def cnp_holds(text: str) -> bool:
    """Romanian personal number: sex and century, birth date, county, serial, check digit."""
    code = _digits(text, 13)
    if not code or code[0] == "0":
        return False
    year = 100 * _CNP_CENTURIES[code[0]] + int(code[1:3])
    if not _day(year, int(code[3:5]), int(code[5:7])):
        return False
    rest = _weighted(code[:12], _CNP) % 11
    return int(code[12]) == (1 if rest == 10 else rest)  # noqa: PLR2004 - has no digit


def egn_holds(text: str) -> bool:
    """Bulgarian EGN (birth date, check digit), or LNCh for people who are not citizens."""
    code = _digits(text, 10)
    if not code or len(set(code)) == 1:
        return False
    if _born(code, _EGN_CENTURIES) and _weighted(code[:9], _EGN) % 11 % 10 == int(code[9]):
        return True
    return _weighted(code[:9], _LNCH) % 10 == int(code[9])


def iranian_code_holds(text: str) -> bool:
    """Iranian national code: weights ten to two, mod 11."""
    code = _digits(text, 10)
    if not code or len(set(code)) == 1:
        return False
    rest = _weighted(code[:9], tuple(range(10, 1, -1))) % 11
    return int(code[9]) == (rest if rest < 2 else 11 - rest)  # noqa: PLR2004 - 0 and 1 stand for themselves


def _digits(text: str, length: int) -> str:
    code = scanned(text)
    return code if len(code) == length else ""


def _born(code: str, centuries: dict[int, int]) -> bool:
    month = int(code[2:4])
    shift = month // 20 * 20
    century = centuries.get(shift)
    return century is not None and _day(century + int(code[:2]), month - shift, int(code[4:6]))


def _day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _weighted(code: str, weights: tuple[int, ...]) -> int:
    return sum(int(char) * by for char, by in zip(code, weights, strict=True))
