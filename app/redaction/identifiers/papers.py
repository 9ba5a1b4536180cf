"""Numbers on cards, passports and vehicles."""

from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    CARD,
    CODE,
    END,
    GAP,
    Begins,
    Form,
    Recognised,
    announced,
    numbered,
)
from app.redaction.kinds import Kind

# ICAO 9303: serials leave out vowels and what looks like a digit.
_SERIAL: Final = r"[CFGHJKLMNPRTVWXYZ0-9]"
_TWO_LINES: Final = (
    r"(?-i:(?<![A-Z0-9<])(?=[A-Z0-9<]*<<)(?=[A-Z]*<|[A-Z0-9]*\d)[A-Z0-9<]{28,44}(?![A-Z0-9<]))"
)
_PERMIT: Final = rf"{ALONE}Y(?:{GAP}{_SERIAL}){{8}}(?:{GAP}\d)?{END}"
_FOUR_DIGITS: Final = r"(?=(?:[A-Z\s.\-/]{0,16}\d){4})"

PAPERS: Final = (
    Recognised(
        Kind.IDENTITY_CARD,
        (
            Form(
                rf"{ALONE}(?=\p{{L}}*\d)[CFGHJKLMNPRTVWXYZ]{_SERIAL}{{8}}\d?{END}",
                0.1,
                starts=CODE,
            ),
            Form(_TWO_LINES, 0.9, stems=("<<",)),
            announced(
                numbered("ausweis", "personalausweis", "perso", "identity card", "id card")
                + "|personalausweis|identity card",
                CARD,
                score=0.7,
            ),
        ),
        ("ausweis", "identity", "perso"),
        checks.travel_document_holds,
    ),
    Recognised(
        Kind.PASSPORT,
        (
            announced(
                numbered("pass", "reisepass", "passport", "reiseausweis")
                + "|reisepass(?:es)?|passport|reiseausweis|pasaport|paszport(?:u)?|pașaport(?:ul)?|"
                "pasaport(?:ul)?|паспорт(?:а|ът)?|جواز السفر|جواز|گذرنامه|پاسپورت",
                CARD,
                score=0.95,
            ),
        ),
    ),
    Recognised(
        Kind.RESIDENCE_PERMIT,
        (
            Form(_PERMIT, 0.15, stems=("y",), begins=Begins.WORD),
            announced(
                "aufenthaltstitels?|aufenthaltserlaubnis|aufenthaltskarte|niederlassungserlaubnis|"
                "fiktionsbescheinigung|aufenthaltsgestattung|duldung|eat|residence permit|"
                + numbered("aufenthaltstitel", "eat", "duldungs"),
                CARD,
                score=0.95,
            ),
        ),
        ("aufenthalt", "residence", "niederlassung"),
        checks.travel_document_holds,
    ),
    Recognised(
        Kind.DRIVING_LICENCE,
        (
            Form(
                rf"{ALONE}[A-P]\d\d[A-Z0-9]{{6}}[0-9X][A-Z0-9]{END}",
                0.1,
                starts=CODE,
            ),
            announced(
                numbered("führerschein", "fahrerlaubnis", "driving licen[cs]e", "licen[cs]e")
                + "|führerscheins?|driving licen[cs]e",
                CARD,
                score=0.9,
            ),
        ),
        ("führerschein", "fahrerlaubnis", "licen"),
        checks.driving_licence_holds,
    ),
    Recognised(
        Kind.NUMBER_PLATE,
        (
            Form(
                r"(?-i:(?<!\w)[A-ZÄÖÜ]{1,3}[ \-][A-Z]{1,2}[ \-]?\d{1,4}[EH]?(?!\w))",
                0.1,
                starts=r"(?-i:(?<!\w)[A-ZÄÖÜ]{1,3}[ \-][A-Z]{1,2}[ \-]?\d)",
            ),
            announced(
                numbered("kfz", "auto") + "|kennzeichen|nummernschild|number plate|licence plate",
                rf"\p{{L}}{{1,3}}{GAP}\p{{L}}{{1,2}}{GAP}\d(?:{GAP}\d){{0,3}}{GAP}[EH]?{END}",
                score=0.7,
            ),
        ),
        ("kennzeichen", "plate", "pkw"),
    ),
    Recognised(
        Kind.VEHICLE_ID,
        (
            Form(
                rf"{ALONE}(?=[A-Z0-9]{{0,12}}[A-Z])(?=(?:[A-Z]*\d){{4}})[A-HJ-NPR-Z0-9]{{13}}\d{{4}}{END}",
                0.6,
                starts=CODE,
            ),
            announced(
                numbered(
                    "fahrgestell",
                    "fahrzeugident",
                    "fahrzeugidentifizierungs",
                    "fahrzeug-ident",
                    "fahrzeug",
                )
                + "|fin|vin|chassis number",
                rf"{_FOUR_DIGITS}(?:[A-Z0-9]{GAP}){{16}}[A-Z0-9]{END}",
                score=0.8,
            ),
        ),
        ("fahrgestell", "fahrzeug", "vehicle", "fin", "vin"),
        checks.vehicle_id_holds,
    ),
)
