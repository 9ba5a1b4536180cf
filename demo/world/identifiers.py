"""Numbers with valid check digits that belong to nobody.

The bank code starts with a 9, which no German bank code does; the serial numbers of the pension
insurance are the last ones of a day; phone numbers come from the range the Bundesnetzagentur
keeps free for films; mail addresses end in domains that RFC 2606 reserves.
"""

from datetime import date
from random import Random
from typing import Final

BANK_CODE: Final = "99988877"
_INSURANCE_AREA: Final = "12"
_INSURANCE_WEIGHTS: Final = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_FOLDED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ş": "s", "ç": "c", "ğ": "g",
     "ă": "a", "ș": "s", "ț": "t", "ł": "l", "é": "e", "è": "e", " ": "", "'": ""}
)  # fmt: skip


def folded(name: str) -> str:
    return name.lower().translate(_FOLDED)


def iban(rng: Random) -> str:
    """ISO 13616, mod 97."""
    account = f"{BANK_CODE}{rng.randrange(10**9, 10**10)}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def masked_account(number: str) -> str:
    return f"DE** **** **** **** {number[-4:]}"


def insurance_number(rng: Random, *, birth: date, initial: str, female: bool) -> str:
    """Pension insurance number with its check digit (§ 2 VKVV)."""
    head = f"{_INSURANCE_AREA}{birth:%d%m%y}"
    serial = f"{rng.randrange(95, 100) if female else rng.randrange(45, 50)}"
    digits = f"{head}{_letter(initial)}{serial}"
    check = sum(
        _digit_sum(int(digit) * weight)
        for digit, weight in zip(digits, _INSURANCE_WEIGHTS, strict=True)
    )
    return f"{head}{folded(initial)[0].upper()}{serial}{check % 10}"


def health_number(rng: Random, *, initial: str) -> str:
    """Health insurance number with its check digit (§ 290 SGB V)."""
    serial = f"{rng.randrange(10**7, 10**8)}"
    digits = f"{_letter(initial)}{serial}"
    check = sum(_digit_sum(int(digit) * (1 + index % 2)) for index, digit in enumerate(digits))
    return f"{folded(initial)[0].upper()}{serial}{check % 10}"


def tax_number(rng: Random) -> str:
    """Tax identification number (§ 139b AO): one digit twice, ISO 7064 mod 11, 10."""
    digits = rng.sample("0123456789", 10)
    first = next(index for index, digit in enumerate(digits) if digit != "0")
    digits[0], digits[first] = digits[first], digits[0]
    digits[rng.randrange(3, 10)] = digits[1]
    product = 10
    for digit in digits:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return f"{''.join(digits)}{(11 - product) % 10}"


def household_number(rng: Random, *, office: str, index: int) -> str:
    return f"{office}//{1000 + 100 * index + rng.randrange(100):07d}"


def customer_number(rng: Random, *, initial: str) -> str:
    return f"{rng.randrange(400, 500)}{folded(initial)[0].upper()}{rng.randrange(10**5, 10**6)}"


def mobile(index: int) -> str:
    return f"+49 171 39200{index % 100:02d}"


def office_line(index: int) -> str:
    return f"+49 69 90009{index % 1000:03d}"


def mail(given: str, family: str) -> str:
    return f"{folded(given)}.{folded(family)}@example.org"


def _letter(name: str) -> str:
    return f"{ord(folded(name)[0]) - ord('a') + 1:02d}"


def _digit_sum(number: int) -> int:
    return number // 10 + number % 10
