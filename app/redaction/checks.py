"""Check digits: what tells a number of a kind from a number that looks like it.

Where a number has digits only, `O` is read as 0 and `I`, `l`, `|` as 1.
"""

from collections import Counter
from collections.abc import Container
from itertools import cycle
from string import ascii_uppercase
from typing import Final

_PENSION_WEIGHTS: Final = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_SCANNED: Final = str.maketrans("OIL", "011")
# 49 CFR 565.15: what a letter is worth in a vehicle's number.
_VEHICLE: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True)
)
_VEHICLE_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_POSTAL_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


def squeeze(text: str) -> str:
    """Letters and digits alone, in upper case."""
    return "".join(char for char in text if char.isalnum()).upper()


def scanned(text: str, *, letters: Container[int] = ()) -> str:
    """The same, with every sign a digit that is not at a place of `letters`.

    Empty where fewer than two thirds are digits to begin with, or one is neither.
    """
    code = squeeze(text.replace("|", "1"))
    if not code.isascii() or 3 * sum(map(str.isdigit, code)) < 2 * (len(code) - 3):
        return ""
    read = [char if at in letters else char.translate(_SCANNED) for at, char in enumerate(code)]
    ok = all(char.isdigit() or at in letters for at, char in enumerate(read))
    return "".join(read) if ok else ""


def mod_97(code: str) -> int:
    """ISO 7064 mod 97-10, letters from A = 10."""
    return int("".join(str(int(char, 36)) for char in code)) % 97


def iban_holds(text: str) -> bool:
    code = squeeze(text.replace("|", "1"))
    if code.startswith("DE"):
        code = code[:2] + code[2:].translate(_SCANNED)
    if not code.isascii() or len(code) < 5:  # noqa: PLR2004 - country, check digits, account
        return False
    return mod_97(code[4:] + code[:4]) == 1


def creditor_id_holds(text: str) -> bool:
    """EPC262-08: like an IBAN, leaving out the three signs that the creditor chooses."""
    code = squeeze(text.replace("|", "1"))
    if not code.isascii() or len(code) < 8:  # noqa: PLR2004 - country, check digits, own code, id
        return False
    if code.startswith("DE"):
        code = code[:2] + code[2:4].translate(_SCANNED) + code[4:7] + code[7:].translate(_SCANNED)
    return mod_97(code[7:] + code[:4]) == 1


def creditor_reference_holds(text: str) -> bool:
    """ISO 11649."""
    code = squeeze(text)
    return code.isascii() and code.startswith("RF") and mod_97(code[4:] + code[:4]) == 1


def luhn_holds(text: str) -> bool:
    """ISO/IEC 7812, annex B."""
    code = scanned(text)
    if not code or len(set(code)) == 1:
        return False
    doubled = (int(char) * by for char, by in zip(reversed(code), cycle((1, 2)), strict=False))
    return sum(map(_cross_sum, doubled)) % 10 == 0


def payment_card_holds(text: str) -> bool:
    """Cards begin with 2 to 6; a girocard has 19 digits."""
    code = scanned(text)
    return code[:1] in set("23456") and 13 <= len(code) <= 19 and luhn_holds(code)  # noqa: PLR2004 - ISO/IEC 7812


def pension_number_holds(text: str) -> bool:
    """§ 4 VKVV: area, birth date, initial, serial, check digit."""
    code = scanned(text, letters={8})
    if len(code) != 12:  # noqa: PLR2004 - its length
        return False
    day, month = int(code[2:4]), int(code[4:6])
    if not (1 <= day <= 31 or 51 <= day <= 81) or not 1 <= month <= 12:  # noqa: PLR2004 - a calendar's own numbers
        return False
    return any(_pension_sum(code, letter) == int(code[11]) for letter in _meant(code[8]))


def _pension_sum(code: str, letter: str) -> int:
    expanded = code[:8] + _ordinal(letter) + code[9:11]
    products = (int(char) * by for char, by in zip(expanded, _PENSION_WEIGHTS, strict=True))
    return sum(map(_cross_sum, products)) % 10


def _meant(sign: str) -> str:
    """The letters that a sign in a letter's place may be."""
    return sign if sign.isalpha() else {"0": "O", "1": "IL"}.get(sign, "")


def health_number_holds(text: str) -> bool:
    """§ 290 SGB V, annex 1: a letter, eight digits, check digit."""
    code = scanned(text, letters={0})
    if len(code) != 10 or not code[0].isalpha():  # noqa: PLR2004 - its length
        return False
    expanded = _ordinal(code[0]) + code[1:9]
    products = (int(char) * by for char, by in zip(expanded, cycle((1, 2)), strict=False))
    return sum(map(_cross_sum, products)) % 10 == int(code[9])


def doctor_number_holds(text: str) -> bool:
    """Directive of the KBV after § 75 (7) SGB V: six digits, check digit, group of doctors."""
    code = scanned(text)
    if len(code) != 9:  # noqa: PLR2004 - its length
        return False
    return -_weighted(code[:6], (4, 9, 4, 9, 4, 9)) % 10 == int(code[6])


def tax_number_holds(text: str) -> bool:
    """§ 139b AO: ISO 7064 mod 11,10, and one digit of the first ten twice or three times."""
    code = scanned(text)
    if len(code) != 11 or code[0] == "0":  # noqa: PLR2004 - its length
        return False
    often = sorted(Counter(code[:10]).values(), reverse=True)
    return often[0] in {2, 3} and often[1] == 1 and mod_11_10(code)


def vat_number_holds(text: str) -> bool:
    """DE: ISO 7064 mod 11,10. AT: BMF, UID-Nummer. An economic id has five digits more."""
    code = squeeze(text.partition("-")[0] if text.count("-") == 1 and text[-6:-5] == "-" else text)
    if code.startswith("DE"):
        digits = scanned(code[2:])
        return len(digits) == 9 and mod_11_10(digits)  # noqa: PLR2004 - its length
    digits = scanned(code[3:])
    if not code.startswith("ATU") or len(digits) != 8:  # noqa: PLR2004 - its length
        return False
    products = (int(char) * by for char, by in zip(digits[:7], cycle((1, 2)), strict=False))
    return (6 - sum(map(_cross_sum, products))) % 10 == int(digits[7])


def employer_number_holds(text: str) -> bool:
    """§ 18i SGB IV, joint circular on its check: the remainder, or five more than that."""
    code = scanned(text)
    if len(code) != 8:  # noqa: PLR2004 - its length
        return False
    products = (int(char) * by for char, by in zip(code[:7], cycle((1, 2)), strict=False))
    rest = sum(map(_cross_sum, products)) % 10
    return int(code[7]) in {rest, (rest + 5) % 10}


def travel_document_holds(text: str) -> bool:
    """ICAO 9303-3: weights 7, 3, 1 over nine signs, the tenth is the check digit."""
    code = squeeze(text)
    if len(code) != 10 or not code.isascii() or not code[9].isdigit():  # noqa: PLR2004 - its length
        return False
    worth = (int(char, 36) * by for char, by in zip(code[:9], cycle((7, 3, 1)), strict=False))
    mixed = code[0].isalpha() and sum(map(str.isdigit, code)) >= 4  # noqa: PLR2004 - no word
    return mixed and sum(worth) % 10 == int(code[9])


def driving_licence_holds(text: str) -> bool:
    """Office, serial, check sign (weights 9 to 1, mod 11, X for ten), which copy it is."""
    code = squeeze(text)
    if len(code) != 11 or not code.isascii():  # noqa: PLR2004 - its length
        return False
    rest = sum(int(char, 36) * by for char, by in zip(code[:9], range(9, 0, -1), strict=True)) % 11
    return code[9] == ("X" if rest == 10 else str(rest))  # noqa: PLR2004 - the one without a digit


def vehicle_id_holds(text: str) -> bool:
    """ISO 3779; the check digit of 49 CFR 565.15, which European makers may leave out."""
    code = squeeze(text)
    if len(code) != 17 or not code.isascii() or set(code) & set("IOQ"):  # noqa: PLR2004 - its length
        return False
    worth = [int(char) if char.isdigit() else _VEHICLE[char] for char in code]
    rest = sum(map(int.__mul__, worth, _VEHICLE_WEIGHTS)) % 11
    return code[8] == ("X" if rest == 10 else str(rest))  # noqa: PLR2004 - the one without a digit


def market_location_holds(text: str) -> bool:
    """BDEW: odd places once, even places twice, up to the next ten."""
    code = scanned(text)
    if len(code) != 11 or code[0] == "0":  # noqa: PLR2004 - its length
        return False
    return -_weighted(code[:10], tuple([1, 2] * 5)) % 10 == int(code[10])


def parcel_number_holds(text: str) -> bool:
    """UPU S10 (two letters, nine digits, a country), or GS1 with 20 digits."""
    code = squeeze(text.replace("|", "1"))
    if len(code) == 20:  # noqa: PLR2004 - its length
        digits = scanned(code)
        return bool(digits) and -_weighted(digits[:19], tuple([3, 1] * 10)[:19]) % 10 == int(
            digits[19]
        )
    digits = scanned(code[2:-2])
    if len(digits) != 9:  # noqa: PLR2004 - its length
        return False
    rest = 11 - _weighted(digits[:8], _POSTAL_WEIGHTS) % 11
    return int(digits[8]) == {10: 0, 11: 5}.get(rest, rest)


def mod_11_10(code: str) -> bool:
    """ISO 7064 mod 11,10."""
    product = 10
    for char in code[:-1]:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(code[-1])


def _weighted(code: str, weights: tuple[int, ...]) -> int:
    return sum(int(char) * by for char, by in zip(code, weights, strict=True))


def _ordinal(letter: str) -> str:
    return f"{ascii_uppercase.index(letter) + 1:02d}"


def _cross_sum(product: int) -> int:
    return product // 10 + product % 10
