"""Numbers that offices and courts give to people and their files."""

from typing import Final

from app.redaction.identifiers.shapes import (
    ALONE,
    END,
    GAP,
    LETTERED,
    NUMBER,
    Begins,
    Form,
    Recognised,
    announced,
    digits,
    numbered,
)
from app.redaction.kinds import Kind

# Of a person, so of the first two instances: what the Federal Social Court decided is cited as law.
_SOCIAL_COURT: Final = (
    rf"{ALONE}[SL]\s?\d{{1,3}}\s?(?:AS|SO|AY|AL|R|KR|P|U|SB|VE|EG|BK|KG|SF)\s?"
    r"\d{1,5}\s?/\s?\d\d(?!\d)(?:\s(?-i:B|ER|R|BH|WA|NZB|PKH|KL|D)\b|\sb\ser\b){0,3}"
)
_OTHER_COURT: Final = (
    r"(?<![\w/])\d{1,3}\s?(?-i:C|O|S|F|K|M|T|XVII|XIV|IN|IK|Js|Ds|Cs|Ls|KLs|L|A|B|E)\s?"
    r"\d{1,6}[/.]\d\d(?:\.[A-Z]{1,3})?(?!\d)"
)
_BG: Final = (
    rf"(?<![\p{{L}}\d]){digits(5)}[\s.\-/]{{0,3}}(?:/\s?/|B{GAP}G)[\s.\-/]{{0,3}}{digits(7)}{END}"
)
_BIRTHDAY_FIRST: Final = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"

OFFICES: Final = (
    Recognised(
        Kind.BG_NUMBER,
        (
            Form(
                _BG,
                0.95,
                needs=r"\d[\s.\-/]{0,3}(?:/\s?/|b[\s.\-/]{0,3}g)[\s.\-/]{0,3}\d",
                run=5,
                starts=NUMBER,
            ),
            Form(
                rf"{ALONE}\d{{5}}[ \-]?[/ ][ \-]?\d{{7}}{END}",
                0.2,
                run=12,
                starts=NUMBER,
            ),
            announced(
                numbered("bg", "bedarfsgemeinschafts")
                + "|nummer der bedarfsgemeinschaft|household number",
                rf"{digits(5)}[\s.\-/]{{0,3}}(?:BG)?[\s.\-/]{{0,3}}{digits(7)}{END}",
                score=0.8,
            ),
        ),
        ("bg", "bedarfsgemeinschaft", "household"),
    ),
    Recognised(
        Kind.CUSTOMER_NUMBER,
        (
            Form(
                rf"{ALONE}\d{{3}}[ \-]?[A-Z][ \-]?\d{{6}}{END}",
                0.95,
                needs=LETTERED,
                starts=NUMBER,
            ),
            Form(
                rf"{ALONE}{digits(3)}{GAP}[A-Z]{GAP}{digits(6)}{END}",
                0.5,
                needs=LETTERED,
                starts=NUMBER,
            ),
            announced(
                numbered("kunden", "kd", "kd\\.", "customer", "client", "klienten")
                + "|müşteri numarası|numer klienta|număr(?:ul)? (?:de )?client|номер кл[иі][еє]нта|"
                "клиентски номер|رقم العميل|شماره مشتری",
                score=0.65,
            ),
        ),
        ("kunde", "customer"),
    ),
    Recognised(
        Kind.CHILD_BENEFIT_NUMBER,
        (
            Form(
                rf"{ALONE}{digits(3)}{GAP}F{GAP}K{GAP}{digits(6)}{END}",
                0.9,
                needs=LETTERED,
                starts=NUMBER,
            ),
            announced(numbered("kindergeld", "kg", "kinderzuschlags", "kiz", "child benefit")),
        ),
    ),
    Recognised(
        Kind.SUPPORT_NUMBER,
        (
            announced(
                numbered(
                    "förderungs",
                    "bafög",
                    "bafög-förderungs",
                    "wohngeld",
                    "unterhaltsvorschuss",
                    "uvg",
                    "elterngeld",
                    "förder",
                    "but",
                    "grant",
                )
            ),
        ),
    ),
    Recognised(
        Kind.DISABILITY_FILE,
        (
            announced(
                "schwerbehindertenausweis(?:es)?(?:[\\s\\-]{0,2}(?:nummer|nr))?|"
                "schwerbehinderten-?(?:nummer|nr)|gdb-bescheid|versorgungsamt(?:es|s)?|"
                "feststellungsbescheid|disability (?:card|pass)",
            ),
        ),
    ),
    Recognised(
        Kind.FOREIGNERS_FILE,
        (
            announced(
                "azr(?:[\\s\\-]{0,2}(?:nummer|nr))?|ausländerzentralregister(?:nummer)?|"
                "bamf(?:[\\s\\-]{0,2}(?:aktenzeichen|az|nummer|nr))?|asylaktenzeichen|"
                "ausländerakte|ausländernummer|d-nummer|foreigners register",
                score=0.8,
            ),
            Form(rf"{ALONE}\d{{7}}\s?-\s?\d{{3}}{END}", 0.45, run=10, starts=NUMBER),
            Form(rf"{ALONE}{_BIRTHDAY_FIRST}{GAP}\d{{6}}{END}", 0.1, run=12, starts=NUMBER),
        ),
        ("azr", "ausländer", "aufenthalt", "bamf", "asyl"),
    ),
    Recognised(
        Kind.COURT_FILE,
        (
            Form(
                _SOCIAL_COURT,
                0.9,
                needs=r"\d\s?/\s?\d\d",
                stems=("s", "l"),
                begins=Begins.WORD,
            ),
            Form(_OTHER_COURT, 0.5, needs=LETTERED, starts=NUMBER),
        ),
    ),
    Recognised(
        Kind.FILE_NUMBER,
        (
            announced(
                "aktenzeichen|az[.:]|az |aktennummer|akten-nr|geschäftszeichen|gz[.:]|gesch.-z|"
                "unser zeichen|ihr zeichen|mein zeichen|zeichen|vorgangsnummer|vorgangs-nr|ordnungsmerkmal|"
                "case number|file number|reference number|our reference|your reference|"
                + numbered(
                    "fall", "antrags", "bescheid", "widerspruchs", "vorgangs", "ticket", "sach"
                )
            ),
        ),
    ),
    Recognised(
        Kind.REGISTER_NUMBER,
        (
            Form(
                rf"{ALONE}(?:HR[AB]|(?-i:GnR|VR|PR|GsR))\s?-?\s?\d{{2,6}}(?:\s?(?-i:[A-Z]{{1,2}}))?{END}",
                0.7,
                stems=("hra", "hrb", "gnr", "vr", "pr", "gsr"),
                begins=Begins.WORD,
            ),
            announced(
                numbered(
                    "register",
                    "geburtenregister",
                    "eheregister",
                    "sterberegister",
                    "handelsregister",
                    "vereinsregister",
                    "urkunden",
                    "birth certificate",
                ),
            ),
        ),
    ),
)
