"""Addresses and dates of birth."""

from typing import Final

from app.redaction.dates import DATE
from app.redaction.identifiers.shapes import CAPITAL, Begins, Form, Recognised, stems
from app.redaction.kinds import Kind

_HOUSE: Final = (
    r"\s{0,2}\d{1,4}(?:\s?(?-i:[a-zA-Z])(?!\p{L}))?(?:\s?[\-/]\s?\d{1,4}\s?[a-z]?)?(?![\w%€])"
)
_NOT_A_TOWN: Final = (
    r"(?!(?:Euro?|Menschen|Personen|Einwohner|Mal|Stück|Tagen?|Stunden|Kilometer|Meter|Dollar|"
    r"Haushalten?|Fällen?|Kinder|Jahren?|Monaten?|Uhr|Prozent)\b)"
)
_TOWN: Final = (
    rf"(?:D-\s?)?(?<!\d)(?:0[1-9]|[1-9]\d)\d{{3}}(?:[ ]{{1,2}}|(?<=^(?:D-)?\d{{5}})\n){_NOT_A_TOWN}{CAPITAL}"
    rf"(?:[ ](?:am|an der|im|ob der|bei|vor der)[ ]{CAPITAL}|[ ]\([\p{{L}} .]{{2,20}}\))?"
)
_THEN_TOWN: Final = rf"(?:\s{{0,2}}[,;\n]?\s{{0,2}}(?:in\s)?{_TOWN})?"
_STREET_WORD: Final = (
    r"(?:straße|strasse|str\.?|weg|gasse|allee|platz|ring|damm|ufer|chaussee|steig|pfad|graben|"
    r"stieg|promenade|wall|hof|berg)"
)
_STREET_STEMS: Final = (
    "straße", "strasse", "str", "str.", "weg", "gasse", "allee", "platz", "ring", "damm", "ufer", "chaussee",
    "steig", "pfad", "graben", "stieg", "promenade", "wall", "hof", "berg",
)  # fmt: skip
_PREPOSITIONS: Final = (
    "am", "an der", "an den", "auf der", "auf dem", "im", "in der", "in den", "zum", "zur",
    "unter den", "hinter der", "vor dem",
)  # fmt: skip
# `Am Alten Markt`; but `in der Lindenstraße` is no name of a street, nor is `am Mühlweg`.
_SAID: Final = r"in de[rn]|(?-i:am|im|zu[mr]|an de[rn]|auf de[rm]|unter den|hinter der|vor dem)"
_PREPOSITION: Final = (
    rf"(?!(?:{_SAID})[ ](?:\p{{Lu}}[\p{{L}}\-]+[ ])?[\p{{L}}.\-]*{_STREET_WORD}(?!\p{{L}}))"
    rf"(?:{'|'.join(_PREPOSITIONS)})"
)
_NO_TIME: Final = (
    r"(?!(?:jahre?|monat|alter|januar|februar|märz|april|mai|juni|juli|august|september|oktober"
    r"|november|dezember|\w+tag)\b)"
)
_BORN: Final = (
    r"(?:\b(?:geb\b\.?|gebor\p{L}{1,3}|geburtsdatum|geburtstag|zur\s{1,2}geburt|born|date of birth|birthday|d\.?o\.?b\b\.?|"
    r"doğum tarihim?|doğumlu|дата рождения|родил(?:ся|ась)|дата народження|народи(?:вся|лася)|"
    r"data urodzenia|urodzon[ya]|data nașterii|născută?|дата на раждане|роден[аа]?|"
    r"تاريخ الميلاد|مواليد|تاریخ تولد|متولد)"
    r"|\*(?=\s?(?:am\s)?\d))"
)
_BIRTH: Final = r"geburt|geboren|(?<!\p{L})born|birth|geb\.|doğum|doğurn|рожд|народ|urodz|naștere|ражд|الميلاد|الولادة|تولد"
_BIRTH_STEMS: Final = stems(_BIRTH.replace(r"(?<!\p{L})", ""))
# Since when, until when, and of everybody born before some day.
_NO_BIRTHDAY: Final = r"(?<!(?<!\p{L})(?:seit|ab|bis|vor|nach|since|until|before|after)\s{1,2}(?:dem\s|zum\s|einschließlich\s)?)"
_WEEKDAY: Final = r"(?:tag|mittwoch|mo|di|mi|do|fr|sa|so)"
_LONG_AGO: Final = (
    r"(?:\d{1,2}\s?[.\-/]\s?\d{1,2}\s?[.\-/]\s?|\d{1,2}\.?\s?\p{L}{3,10}\.?\s?)"
    r"(?:19\d\d|200\d|201[0-5]|[3-9]\d|0\d|1[0-5])(?!\d)"
)
_NUMBER_THEN_TOWN: Final = (
    rf"(?<!\w)(?:{_PREPOSITION}[ ])?{CAPITAL}(?:[ ]{CAPITAL}){{0,2}}{_HOUSE}"
    rf"\s{{0,2}}[,;\n]\s{{0,2}}{_TOWN}"
)
_BRITISH: Final = (
    rf"(?<!\w)\d{{1,4}}[a-z]?[ ](?:{CAPITAL}[ ]){{1,3}}"
    r"(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|drive|square|close)(?!\w)"
)
_LETTER_THEN_NUMBER: Final = r"\d(?<=[\p{L}.]\s{0,2}\d)"
_POSTCODE: Final = r"\d{5}\s"
_DATE_STARTS: Final = r"(?<!\w)(?:\d|\p{L}{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})"

PLACES: Final = (
    Recognised(
        Kind.ADDRESS,
        (
            Form(
                rf"(?<!\w)[\p{{L}}.\-]{{2,40}}{_STREET_WORD}{_HOUSE}{_THEN_TOWN}",
                0.6,
                after=_STREET_STEMS,
            ),
            Form(
                rf"(?<!\w)(?:{CAPITAL}[ ]){{0,2}}{CAPITAL}\s{_STREET_WORD}{_HOUSE}{_THEN_TOWN}",
                0.6,
                after=_STREET_STEMS,
            ),
            Form(
                rf"(?<!\w){_PREPOSITION}[ ]{_NO_TIME}{CAPITAL}(?:[ ]{CAPITAL})?{_HOUSE}",
                0.2,
                needs=_LETTER_THEN_NUMBER,
                stems=_PREPOSITIONS,
                begins=Begins.WORD,
            ),
            Form(_NUMBER_THEN_TOWN, 0.7, needs=r"\d{5}\s(?<=\d[\s\w\-/]{0,14}[,;\n]\s{0,2}(?:D-\s?)?\d{5}\s)"),
            Form(rf"(?=D-|\d{{5}})(?<![\w,.])(?<!\b(?:DIN|ISO|EN|IEC|Nr\.|Nummer)\s){_TOWN}", 0.6, needs=_POSTCODE),
            Form(
                _BRITISH,
                0.6,
                starts=r"(?<!\w)\d{1,4}[a-z]?[ ](?-i:\p{Lu})",
                stems=("street", "st", "road", "rd", "ave", "lane", "drive", "square", "close"),
            ),
        ),
        ("wohn", "adresse", "anschrift", "umgezogen", "ziehe", "live", "address"),
    ),
    Recognised(
        Kind.BIRTH_DATE,
        (
            Form(
                rf"{_BORN}[\s:,.]{{0,4}}(?:[\p{{L}}]{{1,12}}[\s:,.]{{1,2}}){{0,3}}{_NO_BIRTHDAY}\K{DATE}",
                0.9,
                needs=r"\d",
                stems=(
                    "geb", "zur", "born", "date of", "birth", "d.o.b", "dob", "do.b", "d.ob",
                    "doğum", "дата", "родил", "народи", "роден", "data", "urodzon", "născut",
                    "تاريخ", "تاریخ", "مواليد", "متولد", "*",
                ),
                begins=Begins.WORD,
            ),
            Form(
                rf"(?<!\w){_NO_BIRTHDAY}{DATE}(?=,?\s(?:in\s\p{{L}}+\s)?(?:geboren|born|geb\.|doğumlu))",
                0.9,
                starts=_DATE_STARTS,
                stems=("geboren", "born", "geb.", "doğumlu"),
            ),
            Form(
                rf"(?:{_BIRTH})[^.;\d\n]{{0,60}}?(?<!\w){_NO_BIRTHDAY}\K{DATE}",
                0.6,
                needs=r"\d",
                stems=_BIRTH_STEMS,
                begins=Begins.STEM,
            ),
            # In a list of people, and long enough ago to be no date of a letter. Where its month
            # is a word it ends a point of the list: after `Zeitung, 4. Mai 1985` text goes on.
            Form(
                rf"(?<=\p{{L}}{{2}},?\s\p{{L}}{{2,20}},\s|kind \d:\s\p{{L}}{{2,20}},\s)(?<!{_WEEKDAY},\s)"
                rf"(?={_LONG_AGO}){DATE}(?!\s?-)(?:(?<!\p{{L}}\.?\s?\d{{2,4}})|(?=\s{{0,2}}(?:[,;.)\n]|\Z)))",
                0.45,
                starts=r"(?<=\p{L},\s)\d",
            ),
        ),
    ),
)  # fmt: skip
