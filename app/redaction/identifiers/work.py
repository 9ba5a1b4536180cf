"""Numbers of tax offices, employers and schools."""

from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    END,
    GAP,
    NUMBER,
    Check,
    Form,
    Recognised,
    announced,
    checked,
    digits,
    numbered,
)
from app.redaction.kinds import Kind

_TAX: Final = rf"(?<![\p{{L}}\d+]){{d}}(?:{GAP}{{d}}){{10}}{END}"

# Written by offices in groups of 2/3/5, 3/3/5, 3/4/4 digits, or as 13 digits without any.
# Each state has a check digit of its own, and the forms of several states are the same.
_TAX_OFFICE: Final = (
    r"(?<![\w/])(?:\d{2,3}\s?/\s?\d{3}\s?/\s?\d{5}|\d{3}\s?/\s?\d{4}\s?/\s?\d{4})(?![\w/])"
)
_TAX_OFFICE_SPACED: Final = (
    rf"{ALONE}(?:\d{{2,3}}[ .\-]\d{{3}}[ .\-]\d{{5}}|\d{{3}}[ .\-]\d{{4}}[ .\-]\d{{4}}){END}"
)
_TAX_OFFICE_WHOLE: Final = rf"{ALONE}(?:[1-4]\d\d\d0|5\d\d\d0|9\d\d\d0)\d{{8}}{END}"
_GERMAN_VAT: Final = rf"{ALONE}D{GAP}E(?:{GAP}{{d}}){{9}}(?:-\d{{5}})?{END}"
_AUSTRIAN_VAT: Final = rf"{ALONE}A{GAP}T{GAP}U(?:{GAP}{{d}}){{8}}{END}"

WORK: Final = (
    Recognised(
        Kind.TAX_NUMBER,
        checked(_TAX, score=0.2, run=11, starts=NUMBER),
        ("steuer", "idnr", "id-nr", "tax"),
        checks.tax_number_holds,
    ),
    Recognised(
        Kind.BUSINESS_TAX_NUMBER,
        (
            Form(_TAX_OFFICE, 0.5, run=10, starts=NUMBER),
            Form(_TAX_OFFICE_SPACED, 0.1, run=10, starts=NUMBER),
            Form(_TAX_OFFICE_WHOLE, 0.1, run=13, starts=NUMBER),
            announced(numbered("steuer", "st", "st\\.", "tax") + "|finanzamt", score=0.55),
        ),
        ("steuernummer", "steuer-nr", "st.-nr", "finanzamt", "tax office"),
    ),
    Recognised(
        Kind.VAT_NUMBER,
        (
            *checked(_GERMAN_VAT, score=0.3, run=9),
            *checked(_AUSTRIAN_VAT, score=0.3, run=8),
            announced(
                "ust-?id(?:-?nr|nr)?|umsatzsteuer-?(?:identifikations|id)?[\\s\\-]?(?:nummer|nr|id)|"
                "uid(?:-?nummer|-?nr)?|vat (?:id|number|no)|wirtschafts-id|w-idnr",
                r"[A-Z]{2,3}[\s.\-]?\d(?:[\s.\-/]{0,2}[A-Z0-9]){6,14}" + END,
                score=0.7,
            ),
        ),
        ("ust", "umsatzsteuer", "vat"),
        checks.vat_number_holds,
    ),
    Recognised(
        Kind.EMPLOYER_NUMBER,
        (
            announced(numbered("betriebs", "arbeitgeber", "employer") + "|bbnr|bnr", score=0.7),
            Form(rf"{ALONE}{digits(8)}{END}", 0.1, Check.NARROWS, run=8, starts=NUMBER),
        ),
        ("betriebsnummer", "bbnr"),
        checks.employer_number_holds,
    ),
    Recognised(
        Kind.PERSONNEL_NUMBER,
        (
            announced(
                numbered(
                    "personal", "pers\\.", "mitarbeiter", "matrikel", "dienst", "ausbildungs",
                    "lohn", "schüler", "teilnehmer", "staff", "employee", "student", "bewerber",
                ),
            ),
        ),
    ),
)  # fmt: skip
