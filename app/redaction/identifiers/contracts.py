"""Numbers of contracts, meters and parcels."""

from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    END,
    GAP,
    Check,
    Form,
    Recognised,
    announced,
    checked,
    digits,
    grouped,
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
                needs=r"\d[\s.\-/]{0,3}[a-z][\s.\-/]{0,3}[a-z][\s.\-/]{0,3}[a-z][\s.\-/]{0,3}\d",
            ),
            Form(rf"{ALONE}D{GAP}E{GAP}{digits(11)}(?:{GAP}[A-Z0-9]){{20}}{END}", 0.8, needs=grouped(8)),
            Form(rf"{ALONE}{digits(11)}{END}", 0.1, Check.NARROWS, needs=grouped(8)),
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
                Form(form.pattern, 0.1, Check.REQUIRED, needs=form.needs)
                for form in checked(
                    rf"{ALONE}[A-Z]{GAP}[A-Z](?:{GAP}{{d}}){{9}}{GAP}[A-Z]{GAP}[A-Z]{END}",
                    score=0.1,
                    needs=grouped(8),
                )
            ),
            Form(
                rf"{ALONE}0{GAP}0{GAP}3{GAP}4(?:{GAP}\d){{16}}{END}",
                0.1,
                Check.REQUIRED,
                needs=r"0\D{0,3}0\D{0,3}3\D{0,3}4",
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
