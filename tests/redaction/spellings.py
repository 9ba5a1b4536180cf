"""Every kind of number in forty spellings, seeded: what R3 is measured with.

A case is a sentence with one number in it. The number is made anew each time, with its
check digit, and then written as people, programs and scanners write it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from string import ascii_uppercase
from typing import Final

from app.redaction import checks
from app.redaction import checks_abroad as abroad
from app.redaction.kinds import Kind

SPELLINGS: Final = 40
SEED: Final = 20_261_122
_SERIAL: Final = "CFGHJKLMNPRTVWXYZ0123456789"
_VEHICLE: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_TRIES: Final = 10_000

Make = Callable[[Random], str]
Respell = Callable[[str, Random], str]


# What the clean sentences of newspapers do hold, looked at one by one: the beginning of the hash
# of what was found, and why our rules for annotation (tests/corpus/redaction/README.md) mark it.
_RIGHTLY_FOUND: Final = {
    "df2b4af20517": "telephone of a police station, for witnesses",
    "9c1fb54e09df": "telephone of a police station, for witnesses",
    "2f15a161419c": "telephone of a service, announced as one",
    "0337c35e60bd": "mail address of a theatre's box office",
    "992631163ef5": "birth date of somebody's brother, after a name and *",
    "8546ae23263f": "birth date of a merchant, after a name and *",
    "e175f184bd1a": "birth date of somebody's daughter: 'wurde am ... geboren'",
}


def rightly_found(written: str) -> bool:
    return sha256(written.encode()).hexdigest()[:12] in _RIGHTLY_FOUND


@dataclass(frozen=True, slots=True)
class Case:
    kind: Kind
    text: str
    start: int
    end: int
    spelling: str

    @property
    def written(self) -> str:
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Sample:
    """A kind, how to make one, the sentences it stands in (`{}` is its place).

    `grouped` says whether people write it in groups, `scanned` whether its check digit
    can tell 0 from O and 1 from l.
    """

    kind: Kind
    make: Make
    sentences: tuple[str, ...]
    grouped: bool = True
    scanned: bool = False


def cases(spellings: int = SPELLINGS, seed: int = SEED) -> Iterator[Case]:
    for sample in SAMPLES:
        rng = Random(f"{seed}-{sample.kind}-{sample.sentences[0]}")  # noqa: S311 - samples
        ways = [way for way in RESPELLINGS if _fits(way, sample)]
        for n in range(spellings):
            way = ways[n % len(ways)] if n < len(ways) else rng.choice(ways)
            more = rng.choice(ways) if n >= len(ways) else ""
            written = sample.make(rng)
            for name in filter(None, (way, more if _compatible(way, more) else "")):
                written = RESPELLINGS[name](written, rng)
            before, _, after = sample.sentences[n % len(sample.sentences)].partition("{}")
            start = len(before)
            yield Case(
                sample.kind,
                before + written + after,
                start,
                start + len(written),
                "+".join(filter(None, (way, more))),
            )


_GROUPING: Final = frozenset(
    {"spaces", "no-break spaces", "thin spaces", "dots", "dashes", "long dashes", "slashes", "line"}
)
_SCANNING: Final = frozenset({"letter O", "letter l"})
_SPOKEN: Final = frozenset({"at word", "at in brackets", "spaces around at"})


def _fits(way: str, sample: Sample) -> bool:
    if way in _SPOKEN:
        return sample.kind is Kind.EMAIL
    return not (
        (way in _GROUPING and not sample.grouped) or (way in _SCANNING and not sample.scanned)
    )


def _compatible(way: str, more: str) -> bool:
    """Two groupings make nothing people write, and a spelled-out @ is no longer a sign."""
    both = {way, more}
    if way == more or both <= _GROUPING or both <= _SPOKEN:
        return False
    return not (both & _SCANNING and both & {"full width", "other digits", "bold digits"})


def _chunks(written: str, rng: Random, glue: str) -> str:
    bare = "".join(char for char in written if char.isalnum())
    size = rng.choice((2, 3, 4))
    plus = "+" if written.startswith(("+", "＋")) else ""
    return plus + glue.join(bare[at : at + size] for at in range(0, len(bare), size))


def _line(written: str, rng: Random) -> str:
    """Broken once, inside."""
    bare = "".join(char for char in written if char.isalnum())
    at = rng.randrange(3, len(bare) - 2)
    plus = "+" if written.startswith(("+", "＋")) else ""
    return plus + bare[:at] + "\n" + bare[at:]


def _sown(written: str, rng: Random, seed: str) -> str:
    places = sorted(rng.sample(range(1, len(written)), k=min(3, len(written) - 1)), reverse=True)
    for at in places:
        written = written[:at] + seed + written[at:]
    return written


def _digits_of(first: str) -> dict[int, str]:
    return {ord("0") + n: chr(ord(first) + n) for n in range(10)}


_WIDE: Final = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_LOOKALIKE: Final = str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ")


def _swapped(written: str, rng: Random, digit: str, letter: str) -> str:
    """One digit inside read as a letter."""
    places = [at for at, char in enumerate(written) if char == digit and at]
    if not places:
        return written
    at = rng.choice(places)
    return written[:at] + letter + written[at + 1 :]


RESPELLINGS: Final[dict[str, Respell]] = {
    "as it is": lambda written, _: written,
    "small letters": lambda written, _: written.lower(),
    "capitals": lambda written, _: written.upper(),
    "spaces": lambda written, rng: _chunks(written, rng, " "),
    "no-break spaces": lambda written, rng: _chunks(written, rng, "\u00a0"),
    "thin spaces": lambda written, rng: _chunks(written, rng, "\u202f"),
    "dots": lambda written, rng: _chunks(written, rng, "."),
    "dashes": lambda written, rng: _chunks(written, rng, "-"),
    "long dashes": lambda written, rng: _chunks(written, rng, " – "),
    "slashes": lambda written, rng: _chunks(written, rng, "/"),
    "line": _line,
    "zero width": lambda written, rng: _sown(written, rng, "\u200b"),
    "joiners": lambda written, rng: _sown(written, rng, "\u2060"),
    "soft hyphens": lambda written, rng: _sown(written, rng, "\u00ad"),
    "direction marks": lambda written, _: f"\u2066{written}\u2069"[1:-1] + "\u200e",
    "full width": lambda written, _: written.translate(_WIDE),
    "other digits": lambda written, _: written.translate(_digits_of("٠")),
    "bold digits": lambda written, _: written.translate(_digits_of("𝟎")),
    "lookalikes": lambda written, _: written.translate(_LOOKALIKE),
    "letter O": lambda written, rng: _swapped(written, rng, "0", "O"),
    "letter l": lambda written, rng: _swapped(written, rng, "1", "l"),
    "at word": lambda written, _: written.replace("@", " at ").replace(".", " punkt "),
    "at in brackets": lambda written, _: written.replace("@", " (at) "),
    "spaces around at": lambda written, _: written.replace("@", " @ "),
}


def _shape(pattern: str, holds: Callable[[str], bool] | None = None) -> Make:
    """`9` any digit, `8` any but 0, `A` a letter, `S` and `V` signs of serials; else itself.

    A sign after `'` stands for itself.
    """

    def make(rng: Random) -> str:
        for _ in range(_TRIES):
            written = _filled(pattern, rng)
            if holds is None or holds(written):
                return written
        raise ValueError(pattern)

    return make


def _filled(pattern: str, rng: Random) -> str:
    out: list[str] = []
    signs = iter(pattern)
    for sign in signs:
        match sign:
            case "'":
                out.append(next(signs))
            case "9":
                out.append(rng.choice("0123456789"))
            case "8":
                out.append(rng.choice("123456789"))
            case "A":
                out.append(rng.choice(ascii_uppercase))
            case "S":
                out.append(rng.choice(_SERIAL))
            case "V":
                out.append(rng.choice(_VEHICLE))
            case _:
                out.append(sign)
    return "".join(out)


def _dated(pattern: str, holds: Callable[[str], bool], order: str) -> Make:
    """`D` is where a birth date stands, as `order` says: `ymd` or `dmy`."""

    def make(rng: Random) -> str:
        for _ in range(_TRIES):
            parts = {
                "y": f"{rng.randrange(50, 100):02d}",
                "m": f"{rng.randrange(1, 13):02d}",
                "d": f"{rng.randrange(1, 29):02d}",
            }
            born = "".join(f"'{digit}" for part in order for digit in parts[part])
            written = _filled(pattern.replace("D", born), rng)
            if holds(written):
                return written
        raise ValueError(pattern)

    return make


def _tax_id(rng: Random) -> str:
    """One digit twice among the first ten."""
    while True:
        ten = rng.sample("0123456789", 9)
        ten.insert(rng.randrange(9), rng.choice(ten))
        for check in "0123456789":
            written = "".join(ten) + check
            if checks.tax_number_holds(written):
                return written


def _of(*values: str) -> Make:
    return lambda rng: rng.choice(values)


_BARE: Final = ("Es geht um {}, bitte.", "{}", "Hier ({}) und sonst nichts.", "siehe {} dazu")


def _with(*words: str) -> tuple[str, ...]:
    return tuple(
        sentence
        for word in words
        for sentence in (
            f"Meine {word} ist {{}}, danke.",
            f"{word}: {{}}",
            f"Zu {word} {{}} bitte!",
        )
    )


SAMPLES: Final = (
    Sample(Kind.IBAN, _shape("DE99999999999999999999", checks.iban_holds), _BARE, scanned=True),
    Sample(Kind.IBAN, _shape("'AT999999999999999999", checks.iban_holds), _BARE),
    Sample(Kind.BANK_CODE, _of("COBADEFFXXX", "GENODEF1BEN", "DEUTDEDBFRA"), ("BIC: {}", "BIC {} bitte"), grouped=False),
    Sample(Kind.ACCOUNT_NUMBER, _shape("8999999999"), _with("Kontonummer", "Konto-Nr.")),
    Sample(Kind.PAYMENT_CARD, _shape("4999999999999999", checks.payment_card_holds), _BARE, scanned=True),
    Sample(Kind.CREDITOR_ID, _shape("DE99ZZZ09999999999", checks.creditor_id_holds), _BARE),
    Sample(Kind.MANDATE_REFERENCE, _shape("MREF-999999-99"), _with("Mandatsreferenz"), grouped=False),
    Sample(Kind.PAYMENT_REFERENCE, _shape("RF99999999999999", checks.creditor_reference_holds), _BARE),
    Sample(Kind.PAYMENT_REFERENCE, _shape("89999999999"), _with("Kassenzeichen", "Buchungszeichen")),
    Sample(Kind.BG_NUMBER, _shape("89999BG9999999"), _BARE),
    Sample(Kind.CUSTOMER_NUMBER, _shape("899A999999"), _BARE),
    Sample(Kind.CHILD_BENEFIT_NUMBER, _shape("899FK999999"), _BARE),
    Sample(Kind.SUPPORT_NUMBER, _shape("89999999999"), _with("BAföG-Nummer", "Wohngeldnummer")),
    Sample(Kind.PENSION_NUMBER, _dated("99DA999", checks.pension_number_holds, "dmy"), _BARE, scanned=True),
    Sample(Kind.HEALTH_NUMBER, _shape("A999999999", checks.health_number_holds), _BARE, scanned=True),
    Sample(Kind.HEALTH_CARD, _shape("'80276999999999999999"), _BARE),
    Sample(Kind.CARE_NUMBER, _shape("899999999"), _with("Pflegekassennummer")),
    Sample(Kind.DOCTOR_NUMBER, _shape("899999999", checks.doctor_number_holds), _with("Arztnummer", "LANR")),
    Sample(Kind.DISABILITY_FILE, _shape("8999999999"), _with("Schwerbehindertenausweis-Nr.", "Schwerbehindertennummer")),
    Sample(Kind.TAX_NUMBER, _tax_id, _BARE, scanned=True),
    Sample(Kind.BUSINESS_TAX_NUMBER, _shape("8999999999"), _with("Steuernummer", "St.-Nr.")),
    Sample(Kind.VAT_NUMBER, _shape("DE899999999", checks.vat_number_holds), _BARE, scanned=True),
    Sample(Kind.EMPLOYER_NUMBER, _shape("09999999", checks.employer_number_holds), _with("Betriebsnummer")),
    Sample(Kind.PERSONNEL_NUMBER, _shape("8999999"), _with("Personalnummer", "Matrikelnummer")),
    Sample(Kind.REGISTER_NUMBER, _shape("HRB 89999"), _BARE, grouped=False),
    Sample(Kind.FILE_NUMBER, _shape("89999999"), _with("Aktenzeichen", "Vorgangsnummer")),
    Sample(Kind.COURT_FILE, _shape("'S 89 'A'S 999/99"), _BARE, grouped=False),
    Sample(Kind.IDENTITY_CARD, _shape("LSSSSSSSS9", lambda w: checks.travel_document_holds(w) and sum(map(str.isdigit, w)) > 4), (*_BARE[:2], "Personalausweis {}"), grouped=False),
    Sample(Kind.IDENTITY_CARD, _shape("L99XSS9998"), _with("Ausweisnummer")),
    Sample(Kind.PASSPORT, _shape("C99XSS9998"), _with("Reisepassnummer", "Passnummer")),
    Sample(Kind.RESIDENCE_PERMIT, _shape("Y99SS9998"), ("Aufenthaltstitel Nr. {}", "Mein Aufenthaltstitel hat die Nummer {}.")),
    Sample(Kind.FOREIGNERS_FILE, _shape("8999999-899"), _BARE[:2], grouped=False),
    Sample(Kind.FOREIGNERS_FILE, _shape("899999999999"), _with("AZR-Nummer")),
    Sample(Kind.DRIVING_LICENCE, _shape("B99999999SS", checks.driving_licence_holds), _with("Führerscheinnummer")),
    Sample(Kind.DRIVING_LICENCE, _shape("B99999999SS", checks.driving_licence_holds), _BARE, grouped=False),
    Sample(Kind.NUMBER_PLATE, _shape("HP-'AB 899"), ("Mein Auto hat das Kennzeichen {}.", "Kennzeichen: {}"), grouped=False),
    Sample(Kind.VEHICLE_ID, _shape("WVVZZZ1KZ'8W999999"), _with("Fahrgestellnummer", "FIN")),
    Sample(Kind.VEHICLE_ID, _shape("WVVZZZ1KZ'8W999999"), _BARE, grouped=False),
    Sample(Kind.FOREIGN_NUMBER, _dated("8999D", abroad.austrian_insurance_holds, "dmy"), _with("SVNR")),
    Sample(Kind.FOREIGN_NUMBER, _shape("7569999999999", abroad.swiss_insurance_holds), _BARE),
    Sample(Kind.FOREIGN_NUMBER, _dated("D99999", abroad.pesel_holds, "ymd"), _BARE, scanned=True),
    Sample(Kind.FOREIGN_NUMBER, _shape("89999999999", abroad.kimlik_holds), _BARE, scanned=True),
    Sample(Kind.FOREIGN_NUMBER, _shape("3999999999", abroad.rnokpp_holds), ("Мій РНОКПП {}.", "РНОКПП: {}")),
    Sample(Kind.FOREIGN_NUMBER, _shape("899999999999", abroad.russian_number_holds), _BARE, scanned=True),
    Sample(Kind.FOREIGN_NUMBER, _dated("1D999999", abroad.cnp_holds, "ymd"), _BARE, scanned=True),
    Sample(Kind.FOREIGN_NUMBER, _dated("D9999", abroad.egn_holds, "ymd"), ("Моят ЕГН е {}.", "ЕГН {}")),
    Sample(Kind.FOREIGN_NUMBER, _shape("8999999999", abroad.iranian_code_holds), ("کد ملی من {} است", "کد ملی: {}")),
    Sample(Kind.CONTRACT_NUMBER, _shape("8999999999"), _with("Vertragsnummer", "Mieternummer", "Vertragskonto")),
    Sample(Kind.POLICY_NUMBER, _shape("899999999"), _with("Versicherungsscheinnummer", "Policennummer")),
    Sample(Kind.METER_NUMBER, _shape("1EMH0099999999"), _BARE),
    Sample(Kind.METER_NUMBER, _shape("89999999999", checks.market_location_holds), _with("Zählernummer", "MaLo-ID")),
    Sample(Kind.PARCEL_NUMBER, _shape("RR999999999DE", checks.parcel_number_holds), _BARE, scanned=True),
    Sample(Kind.DEVICE_NUMBER, _shape("359999999999999", checks.luhn_holds), _BARE, scanned=True),
    Sample(Kind.NETWORK_ADDRESS, _of("192.168.178.21", "84.17.203.9", "2a02:8109:9c40:6d8::1"), _BARE, grouped=False),
    Sample(Kind.WEB_ADDRESS, _of("https://www.facebook.com/alma.berg.77", "instagram.com/alma_berg", "https://portal.example/a?kundennummer=4711"), _BARE, grouped=False),
    Sample(Kind.USER_NAME, _of("alma_berg77", "alma.berg", "bergalma-1985"), ("Mein Benutzername ist {}.", "Instagram: {}"), grouped=False),
    Sample(Kind.ACCESS_CODE, _of("Geheim!2026", "4711", "Xk9#mmPq"), ("Mein Passwort ist {} danke", "PIN: {}"), grouped=False),
    Sample(Kind.EMAIL, _of("alma.berg@beispiel.de", "a-berg77@post.example", "alma@bücher.example"), _BARE, grouped=False),
    Sample(Kind.PHONE, _shape("06251399999"), _BARE),
    Sample(Kind.PHONE, _shape("+'4'915199999999"), _BARE),
    Sample(Kind.BIRTH_DATE, _of("12.03.1985", "1985-03-12", "12. März 1985", "12.3.85"), ("geboren am {} in Bensheim", "Geburtsdatum: {}"), grouped=False),
)  # fmt: skip
