"""Accounts, cards and what a payment is booked under."""

from collections.abc import Iterator
from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    DIGIT,
    END,
    GAP,
    PAIR,
    Check,
    Form,
    Recognised,
    announced,
    checked,
    digits,
    numbered,
)
from app.redaction.kinds import Kind

# ISO 13616 registry: length by country, Germany's own apart, for Europe and the neighbours people send money to.
_IBAN_LENGTHS: Final = {
    16: "BE NO",
    18: "DK FI NL",
    19: "MK SI",
    20: "AT BA EE LT LU XK",
    21: "CH HR LI LV",
    22: "BG GB GE IE ME RS",
    24: "CZ ES MD RO SE SK TN",
    26: "TR IS",
    27: "FR GR IT MC SM",
    28: "AL AZ BY CY HU LB PL",
    29: "UA",
}


def _countries() -> Iterator[str]:
    for length, countries in _IBAN_LENGTHS.items():
        country = "|".join(countries.split())
        yield rf"(?:{country}){GAP}\d{GAP}\d(?:{GAP}[A-Z0-9]){{{length - 4}}}"


_IBAN: Final = rf"{ALONE}D{GAP}E(?:{GAP}{{d}}){{20}}(?![\dOIL|])"
_SOME_IBAN: Final = rf"[A-Z]{{2}}{GAP}\d\d(?:{GAP}[A-Z]{{4}}\b)?(?:{GAP}(?=[A-Z]{{0,4}}\d)[A-Z0-9]{{1,30}}){{1,8}}{END}"
_FOREIGN_IBAN: Final = rf"{ALONE}(?:{'|'.join(_countries())}){END}"
_CREDITOR: Final = (
    rf"{ALONE}D{GAP}E(?:{GAP}{{d}}){{2}}(?:{GAP}[A-Z0-9]){{3}}(?:{GAP}{{d}}){{11}}{END}"
)
_RF: Final = rf"{ALONE}r{GAP}f{GAP}\d"
_BANK: Final = r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"
_REFERENCE: Final = r"(?=[^\s]{0,30}\d)[A-Z0-9][A-Z0-9+?/\-:().,']{3,34}(?<![.,:)])"

MONEY: Final = (
    Recognised(
        Kind.IBAN,
        (
            *checked(_IBAN, score=0.9, run=20),
            Form(
                _FOREIGN_IBAN,
                0.1,
                starts=PAIR,
            ),
            announced("iban", _SOME_IBAN, score=0.5),
        ),
        ("iban", "konto", "account"),
        checks.iban_holds,
    ),
    Recognised(
        Kind.BANK_CODE,
        (
            announced("bic|swift(?:[\\s\\-]code)?", _BANK + END, score=0.8, run=0),
            announced(
                "blz|bankleitzahl|bank code|sort code",
                rf"{digits(8)}(?!\d)",
            ),
            Form(
                rf"{ALONE}(?-i:[A-Z]{{4}}(?:DE|AT|CH|NL|BE|LU|FR|PL|LT|IE|ES|IT|BG|RO|TR|UA|GB)"
                rf"(?:[A-Z0-9]{{2}}X{{3}}|[A-Z]\d(?:[A-Z0-9]{{3}})?|[A-Z]{{2}}[A-Z0-9]{{0,2}}\d[A-Z0-9]{{0,2}}))"
                rf"{END}",
                0.7,
                needs=r"(?-i:[A-Z]{8}|[A-Z]{7}\d)",
            ),
        ),
    ),
    Recognised(
        Kind.ACCOUNT_NUMBER,
        (
            announced(
                numbered("konto", "giro", "giro-?konto", "spar-?konto", "kto\\.")
                + "|kto|ktonr|konto|kontonr|account (?:number|no)|rachunek|hesap|cont bancar|рахунок|сч[её]т|"
                "сметка|حساب",
                r"\d(?:[\s.\-/]{0,3}\d){4,11}(?!\d|,\d|\s?(?:€|euro?))",
            ),
        ),
    ),
    Recognised(
        Kind.PAYMENT_CARD,
        (
            Form(
                rf"{ALONE}(?=[2-6OIL|]){digits(13, DIGIT)}(?:{GAP}{DIGIT}){{0,6}}(?![\dOIL|\p{{L}}])",
                0.1,
                Check.REQUIRED,
                scanned=13,
            ),
            announced(
                numbered(
                    "kredit-?karten", "karten", "ec-?karten", "giro-?card", "card", "bank-?karten"
                )
                + "|kreditkarte|credit card|debit card|visa|mastercard|girocard|ec-karte",
                rf"{digits(12)}(?:{GAP}\d){{0,7}}(?!\d)",
            ),
        ),
        ("karte", "card", "visa", "mastercard"),
        checks.payment_card_holds,
    ),
    Recognised(
        Kind.CREDITOR_ID,
        (
            *checked(_CREDITOR, score=0.5, run=11),
            announced(
                "gläubiger[\\s\\-]?(?:identifikations)?[\\s\\-]?(?:nummer|nr|id)|glaeubiger-?id|creditor id(?:entifier)?",
                r"[A-Z]{2}\d\d[\s\-]?[A-Z0-9]{3}[\s\-]?(?:[\s.\-/]{0,1}[A-Z0-9]){5,28}" + END,
                score=0.7,
            ),
        ),
        ("gläubiger", "creditor", "lastschrift"),
        checks.creditor_id_holds,
    ),
    Recognised(
        Kind.MANDATE_REFERENCE,
        (
            announced(
                "mandatsreferenz(?:nummer|-?nr)?|mandats-?(?:nummer|nr|id)|mandatreferenz|mandate (?:reference|id)",
                _REFERENCE,
                score=0.7,
            ),
        ),
    ),
    Recognised(
        Kind.PAYMENT_REFERENCE,
        (
            Form(
                rf"{ALONE}R{GAP}F(?:{GAP}\d){{6,23}}(?!\d)", 0.3, Check.REQUIRED, run=6, starts=_RF
            ),
            Form(rf"{ALONE}RF\d\d[A-Z0-9]{{4,21}}{END}", 0.3, Check.REQUIRED, starts=_RF),
            announced(
                "kassenzeichen|buchungszeichen|verwendungszweck|zahlungsreferenz|zahlungszeichen|"
                "payment reference|" + numbered("referenz", "debitoren")
            ),
        ),
        (),
        checks.creditor_reference_holds,
    ),
)
