"""Numbers of contracts, meters and parcels."""

from dataclasses import replace
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

CONTRACTS: Final = (
    Recognised(
        Kind.CONTRACT_NUMBER,
        (
            announced(
                numbered(
                    "vertrags", "vertrag", "mieter", "mietvertrags", "miet", "wohnungs", "objekt",
                    "vertragskonto", "teilnehmer", "anschluss", "auftrags", "bestell", "beitrags",
                    "contract", "tenant", "order",
                )
                + "|vertragskonto|beitragskonto|umowa nr|sözleşme no|номер договора",
            ),
        ),
    ),
    Recognised(
        Kind.METER_NUMBER,
        (
            Form(
                rf"{ALONE}\d{GAP}[A-Z]{GAP}[A-Z]{GAP}[A-Z]{GAP}{digits(10)}{END}",
                0.6,
                needs=LETTERED,
                starts=NUMBER,
            ),
            # Not the IBAN before a word.
            Form(
                rf"{ALONE}(?!D{GAP}E{GAP}{digits(20)}[^\p{{L}}\d]{{1,3}}\p{{L}})"
                rf"D{GAP}E{GAP}{digits(11)}(?:{GAP}[A-Z0-9]){{20}}{END}",
                0.8,
                run=11,
            ),
            Form(rf"{ALONE}{digits(11)}{END}", 0.1, Check.NARROWS, run=11, starts=NUMBER),
            announced(
                numbered("zähler", "stromzähler", "gaszähler", "wasserzähler", "meter", "malo", "melo")
                + "|stromzähler|gaszähler|wasserzähler|zählpunkt|zählerstand von zähler|malo|melo|"
                "marktlokation(?:s-?id)?",
                score=0.65,
            ),
        ),
        ("malo", "marktlokation", "zähler", "lieferstelle"),
        checks.market_location_holds,
    ),
    Recognised(
        Kind.PARCEL_NUMBER,
        (
            *(
                replace(form, check=Check.REQUIRED)
                for form in checked(
                    rf"{ALONE}[A-Z]{GAP}[A-Z](?:{GAP}{{d}}){{9}}{GAP}[A-Z]{GAP}[A-Z]{END}",
                    score=0.1,
                    run=9,
                )
            ),
            Form(
                rf"{ALONE}0{GAP}0{GAP}3{GAP}4(?:{GAP}\d){{16}}{END}",
                0.1,
                Check.REQUIRED,
                run=20,
                starts=NUMBER,
            ),
            announced(
                numbered("sendungs", "einschreiben", "einschreibe", "paket", "tracking", "parcel")
                + "|einschreiben|sendungsverfolgung",
            ),
        ),
        (),
        checks.parcel_number_holds,
    ),
)  # fmt: skip
