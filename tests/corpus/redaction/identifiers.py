"""Numbers, contacts and addresses that look right and belong to nobody.

Check digits hold. Telephone numbers come from the ranges that the Bundesnetzagentur keeps
for films and books (Mitteilung 148/2021), bank codes begin with 9, which no German bank
code does, and mail goes to domains of RFC 2606.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import cycle
from random import Random
from string import ascii_uppercase
from typing import Final

_LANDLINES: Final = (
    ("030", "23125"),
    ("069", "90009"),
    ("040", "66969"),
    ("0221", "4710"),
    ("089", "99998"),
)
_MOBILES: Final = (
    *("0152 28817386", "0152 28895456", "0152 54599371", "0172 9925904", "0172 9968532"),
    *("0172 9973185", "0172 9973186", "0172 9980752", "0174 9091317", "0174 9464308"),
)
_PENSION_WEIGHTS: Final = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_CARD_LETTERS: Final = "CFGHJKLMNPRTVWXYZ"

# The first five of each stand after `in der`.
_STREETS: Final = {
    "train": (
        *("Amselgrundstraße", "Sankt-Barbara-Straße", "Kirschblütenallee", "Emmy-Sandhof-Straße"),
        *(
            "Nibelungenhofstr.",
            "Lindenhofweg",
            "Am Mühlgrabenhang",
            "Torfstecherring",
            "Färberplatz",
        ),
        *("Zur Alten Kelter", "Im Rosengrund", "Pfarrgartenweg", "Hinterm Bahndamm", "Gerberufer"),
        *(
            "Alter Postweg",
            "Vor dem Obertor",
            "Silberbergring",
            "Königsberger Str.",
            "Prof.-Ebner-Platz",
        ),
    ),
    "test": (
        *(
            "Bruchseegasse",
            "Carl-Tauber-Straße",
            "Weschnitzaue",
            "Obere Hirtengasse",
            "Kastanienstr.",
        ),
        *(
            "Steinkopfweg",
            "Unter den Eschen",
            "Auf dem Kalkofen",
            "Schwanenweiherring",
            "Markttorplatz",
        ),
        *("Zum Hutzelbrunnen", "Untere Zeile", "Dr.-Helene-Rast-Weg", "Am Alten Stellwerk"),
        *("Neuer Friedhofsweg", "An den Kirschgärten", "Breslauer Str.", "Max-Oberländer-Allee"),
    ),
}
_FEMININE: Final = 5
_TOWNS: Final = (
    *("64625 Bensheim", "64646 Heppenheim", "68623 Lampertheim", "68519 Viernheim", "64653 Lorsch"),
    *(
        "64658 Fürth",
        "69483 Wald-Michelbach",
        "68642 Bürstadt",
        "64673 Zwingenberg",
        "69488 Birkenau",
    ),
    *(
        "64668 Rimbach",
        "68647 Biblis",
        "64683 Einhausen",
        "64689 Grasellenbach",
        "69517 Gorxheimertal",
    ),
)
_DOMAINS: Final = ("example.org", "example.com", "example.net", "post.example", "web.example")
_PLAIN: Final = str.maketrans(
    "äöüßşçğıéèáàíóúñãąćęłńśźżăâîșțţđčćžš'", "aousscgieeaaiounaacelnszzaaisttdcczs-"
)
MONTHS: Final = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _cross_sum(digits: str, weights: tuple[int, ...]) -> int:
    products = (int(digit) * by for digit, by in zip(digits, cycle(weights), strict=False))
    return sum(product // 10 + product % 10 for product in products)


def _ordinal(letter: str) -> str:
    return f"{ascii_uppercase.index(letter) + 1:02d}"


def _grouped(code: str, size: int, gap: str = " ") -> str:
    return gap.join(code[at : at + size] for at in range(0, len(code), size))


def iban(rng: Random) -> str:
    """ISO 13616; German, with a bank code of an area that does not exist."""
    account = f"9{_digits(rng, 17)}"
    check = 98 - int(f"{account}131400") % 97
    code = f"DE{check:02d}{account}"
    return rng.choice((_grouped(code, 4), _grouped(code, 4), code))


def phone(rng: Random) -> str:
    """A landline or mobile number kept for fiction, in one of the ways people write it."""
    if rng.random() < 0.5:
        area, block = rng.choice(_LANDLINES)
        rest = block + _digits(rng, 3)
    else:
        fixed = rng.choice(_MOBILES).split()
        area, rest = rng.choice((fixed, ["0171", f"39200{_digits(rng, 2)}"]))
    form = rng.choice(("{0} {1}", "{0}/{1}", "{0}-{1}", "{0}{1}", "({0}) {1}", "+49 {2} {1}"))
    return form.format(area, rest, area[1:])


def email(rng: Random, first: str, last: str) -> str:
    """An address made of a name, at a domain that is nobody's."""
    given, family = (_slug(part) for part in (first, last))
    local = rng.choice(("{0}.{1}", "{2}.{1}", "{0}_{1}{3}", "{1}{3}", "{0}{3}"))
    name = local.format(given, family, given[0], rng.randint(60, 99))
    return f"{name}@{rng.choice(_DOMAINS)}"


def _slug(word: str) -> str:
    kept = word.split(maxsplit=1)[0].lower().translate(_PLAIN)
    return (
        "".join(char for char in kept if char.isascii() and (char.isalnum() or char == "-"))
        or "post"
    )


def street(rng: Random, split: str, *, feminine: bool = False) -> str:
    """Street and number."""
    names = _STREETS[split][:_FEMININE] if feminine else _STREETS[split]
    return f"{rng.choice(names)} {rng.randint(1, 148)}{rng.choice(('', '', '', 'a', ' b'))}"


def address(rng: Random, split: str) -> str:
    """Street, number, postcode and town, one span."""
    gap = rng.choice((", ", ", ", " in ", "\n"))
    return f"{street(rng, split)}{gap}{rng.choice(_TOWNS)}"


def bg_number(rng: Random) -> str:
    """Number of a Bedarfsgemeinschaft."""
    gap = rng.choice(("//", "//", "BG", " // "))
    return f"{_digits(rng, 5)}{gap}{_digits(rng, 7)}"


def customer_number(rng: Random) -> str:
    """Customer number of the Federal Employment Agency."""
    return f"{_digits(rng, 3)}{rng.choice(ascii_uppercase)}{_digits(rng, 6)}"


def _date(rng: Random, years: tuple[int, int]) -> tuple[int, int, int]:
    return rng.randint(1, 28), rng.randint(1, 12), rng.randint(*years)


def birth_date(rng: Random) -> str:
    """Of a grown-up, with digits or with the month's name."""
    return _dated(rng, (1958, 2006))


def child_date(rng: Random) -> str:
    """Of a child or teenager."""
    return _dated(rng, (2007, 2025))


def _dated(rng: Random, years: tuple[int, int]) -> str:
    day, month, year = _date(rng, years)
    form = rng.choice(
        ("{0:02d}.{1:02d}.{2}", "{0}.{1}.{2}", "{0}. {3} {2}", "{0:02d}.{1:02d}.{4:02d}")
    )
    return form.format(day, month, year, MONTHS[month - 1], year % 100)


def pension_number(rng: Random) -> str:
    """§ 4 VKVV."""
    day, month, year = _date(rng, (58, 99))
    head = f"{rng.randint(10, 89)}{day:02d}{month:02d}{year}"
    letter, serial = rng.choice(ascii_uppercase), _digits(rng, 2)
    check = _cross_sum(head + _ordinal(letter) + serial, _PENSION_WEIGHTS) % 10
    code = f"{head}{letter}{serial}{check}"
    spaced = f"{head[:2]} {head[2:]} {letter} {serial}{check}"
    return rng.choice((code, spaced))


def health_number(rng: Random) -> str:
    """§ 290 SGB V: the part that never changes."""
    letter, serial = rng.choice(ascii_uppercase), _digits(rng, 8)
    return f"{letter}{serial}{_cross_sum(_ordinal(letter) + serial, (1, 2)) % 10}"


def tax_number(rng: Random) -> str:
    """§ 139b AO: of the first ten digits one stands twice, another is missing."""
    digits = list("0123456789")
    rng.shuffle(digits)
    at = rng.randrange(9)
    digits[at + 1] = digits[at]
    if digits[0] == "0":
        digits.reverse()
    head = "".join(digits)
    if head[0] == "0" or Counter(head).most_common(1)[0][1] != 2:
        return tax_number(rng)
    product = 10
    for digit in head:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    code = f"{head}{(11 - product) % 10}"
    return rng.choice((code, f"{code[:2]} {_grouped(code[2:], 3)}"))


def identity_card(rng: Random) -> str:
    """Serial number and check digit (ICAO 9303, weights 7-3-1)."""
    body = rng.choice("LMNP") + "".join(
        rng.choice(_CARD_LETTERS if at % 3 == 0 else "0123456789") for at in range(8)
    )
    check = sum(int(char, 36) * by for char, by in zip(body, cycle((7, 3, 1)), strict=False)) % 10
    return rng.choice((body, f"{body}{check}"))


def number_plate(rng: Random) -> str:
    """Of a car of the county."""
    letters = "".join(rng.choice("ABCDEFKLMNPRTVWX") for _ in range(2))
    return f"HP{rng.choice('- ')}{letters} {rng.randint(11, 9899)}"


def court_file(rng: Random) -> str:
    """File number of a social court, first or second instance."""
    year = rng.randint(21, 26)
    return rng.choice(
        (
            f"S {rng.randint(1, 40)} AS {rng.randint(11, 990)}/{year}",
            f"S {rng.randint(1, 40)} AS {rng.randint(11, 990)}/{year} ER",
            f"L {rng.randint(6, 9)} AS {rng.randint(11, 700)}/{year} B ER",
        )
    )


def family_file(rng: Random) -> str:
    """File number of a family court."""
    return f"{rng.randint(50, 56)} F {rng.randint(11, 990)}/{rng.randint(21, 26)}"


MADE: Final[Mapping[str, tuple[str, Callable[[Random], str]]]] = {
    "iban": ("IBAN", iban),
    "phone": ("PHONE", phone),
    "bg": ("BGNUMBER", bg_number),
    "customer": ("CUSTOMERNUMBER", customer_number),
    "born": ("BIRTHDATE", birth_date),
    "kid": ("BIRTHDATE", child_date),
    "pension": ("PENSIONNUMBER", pension_number),
    "health": ("HEALTHNUMBER", health_number),
    "tax": ("TAXNUMBER", tax_number),
    "card": ("IDENTITYCARD", identity_card),
    "plate": ("NUMBERPLATE", number_plate),
    "court": ("COURTFILE", court_file),
    "family": ("COURTFILE", family_file),
}
