"""Numbers of pension, health and care insurance, of doctors and of insurance firms."""

from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    END,
    GAP,
    LETTERED,
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

_PENSION: Final = rf"{ALONE}{{d}}(?:{GAP}{{d}}){{7}}{GAP}[A-Z]{GAP}{{d}}{GAP}{{d}}{GAP}{{d}}{END}"
_HEALTH: Final = rf"{ALONE}[A-Z](?:{GAP}{{d}}){{9}}{END}"

INSURANCE: Final = (
    Recognised(
        Kind.PENSION_NUMBER,
        (
            *checked(_PENSION, score=0.3, run=8, starts=NUMBER, needs=LETTERED),
            # Its letter is O, I or L, and was read as a digit.
            Form(
                rf"{ALONE}{digits(8)}{GAP}[01]{GAP}{digits(3)}{END}",
                0.1,
                Check.REQUIRED,
                run=12,
                starts=NUMBER,
            ),
        ),
        (
            "rente", "sozialversicherung", "versicherungsnummer", "rvnr", "rv-nr", "rv nr",
            "rv-nummer", "svnr", "sv-nummer", "insurance",
        ),
        checks.pension_number_holds,
    ),
    Recognised(
        Kind.HEALTH_NUMBER,
        checked(_HEALTH, score=0.3, run=9),
        (
            "krankenkasse", "krankenversicher", "versichertennummer", "kvnr", "gesundheitskarte",
            "health",
        ),
        checks.health_number_holds,
    ),
    Recognised(
        Kind.HEALTH_CARD,
        (
            Form(
                rf"{ALONE}8{GAP}0{GAP}2{GAP}7{GAP}6{GAP}{digits(15)}(?!\d)",
                0.8,
                run=20,
                starts=NUMBER,
            ),
            announced(
                numbered("gesundheitskarten", "egk", "ehic", "versichertenkarten", "health card")
                + "|kennnummer der karte|ehic|egk",
            ),
        ),
    ),
    Recognised(
        Kind.CARE_NUMBER,
        (
            announced(
                numbered("pflegekassen", "pflegeversicherungs", "pflegeversicherten", "pflege")
                + "|pflegekasse|care insurance number",
            ),
        ),
    ),
    Recognised(
        Kind.DOCTOR_NUMBER,
        (
            announced(
                numbered("arzt", "vertragsarzt", "betriebsstätten", "praxis", "doctor")
                + "|lanr|bsnr",
            ),
            Form(rf"{ALONE}\d{{9}}{END}", 0.1, Check.NARROWS, run=9, starts=NUMBER),
        ),
        ("arzt", "praxis", "rezept", "lanr", "doctor"),
        checks.doctor_number_holds,
    ),
    Recognised(
        Kind.POLICY_NUMBER,
        (
            announced(
                numbered(
                    "versicherungsschein", "policen", "police", "versicherungs", "schaden",
                    "schadens", "policy", "claim", "mitglieds",
                ),
                score=0.5,
            ),
        ),
    ),
)  # fmt: skip
