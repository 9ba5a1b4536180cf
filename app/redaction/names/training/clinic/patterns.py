"""What forms say of a place in a letter, before anything is learnt: streets, telephones, titles.

They are clues only. Whether a form is personal data, and which, is learnt from the letters.
"""

import re
from collections.abc import Mapping
from typing import Final

MONTHS: Final = (
    "Januar|Jänner|Februar|Feber|März|April|Mai|Juni|Juli|August|September|Oktober|November"
    "|Dezember|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept|Sep|Okt|Nov|Dez"
)
_BIG: Final = "[A-ZÄÖÜ]"
_WAY: Final = (
    r"(?:str\.|straße|strasse|weg|gasse|platz|allee|ring|ufer|damm|steig|kamp|hof|markt|graben"
    "|park|pfad)"
)
_APART: Final = (
    r"(?:Str\.|Straße|Strasse|Landstraße|Weg|Platz|Allee|Gasse|Ring|Ufer|Damm|Markt|Hof)"
)
_AT: Final = "(?:Am|An der|An den|Im|In der|Zum|Zur|Auf der|Auf dem|Unter den|Hinter der|Alte|Neue)"
_NUMBER: Final = r"\s?\d{1,4}(?:\s?[a-z](?!\w))?"
_DAY: Final = r"\d{1,2}\.\s?\d{1,2}\.(?:\s?(?:19|20)?\d\d(?!\d))?"
_TITLE: Final = (
    "(?:(?:o|Ao|a|Univ|Prof|Priv|PD|DDr|Drs|Dr|Dra|Doz|Dipl|Mag|med|mult|h|c|habil|Prim|Ass|MD"
    "|MSc|Msc|MBA|PhD|BSc|MA|DGKS|DGKP|Ing|phil|rer|nat|dent|univers|univer"
    "|Universitätsprofessor|Privatdozent|Professor|Privatdozentin|Professorin|OA|OÄ)"
    r"(?![\wÄÖÜäöüß])\.?)"
)
_HOUSE: Final = (
    r"(?i:klinik|klinikum|krankenhaus|krankenhauses|hospital|spital|krankenanstalt\w*"
    "|zentrum|praxis)"
)
_OF: Final = "(?:von|van|zu|zur|de|dos|der|den|del|di|da|al|el|bin)"

PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "street": re.compile(
        rf"(?<!\w){_BIG}[\w\-]*{_WAY}{_NUMBER}"
        rf"|(?<!\w){_BIG}\w+(?:[ -]{_BIG}\w+)?[ -]{_APART}{_NUMBER}"
        rf"|(?<!\w){_AT}\s{_BIG}\w+(?:{_NUMBER}|(?=,?\s*$))"
        rf"|^{_BIG}\w+{_NUMBER}(?=,?\s*$)",
        re.MULTILINE,
    ),
    "postcode": re.compile(r"(?<![\w/.,-])(?:[AD]-?)?\d{4,5}(?=[ -]{1,2}[A-ZÄÖÜ][a-zäöü])"),
    "town": re.compile(
        rf"(?<=\d\d\d\d[ -]){_BIG}\w+\.?"
        rf"(?:[ -](?:(?:am|an der|im|in|ob der|bei|a\.|an|auf)\s)?{_BIG}\w+)*"
    ),
    "dated": re.compile(
        rf"^{_BIG}\w+(?:[ -]{_BIG}\w+){{0,2}}(?=,\s(?:am |den |im )?\d)", re.MULTILINE
    ),
    "phone": re.compile(
        r"(?:\+\d\d|\(0\d+\)|0\d{2,4})[\d\s()/\-–]{3,20}\d"
        r"|\d{3,5}[/-]\d{3,8}(?:-\d+)?"
    ),
    "title": re.compile(rf"(?<!\w){_TITLE}(?:[ -]{{0,2}}{_TITLE})*"),
    # The first half of `3.5. bis 8.5.2028`, `06 - 07/2022`.
    "since": re.compile(
        r"\d{1,2}(?:\.\d{1,2})?\.?(?=\s{0,2}(?:[-–/]|bis|und)\s{0,2}"
        rf"(?:{_DAY}|\d{{1,2}}[/.]\d{{2,4}}(?!\d)|\d{{1,2}}\.\s(?:{MONTHS})))"
    ),
    "months": re.compile(r"(?<![\d.])\d{1,2}-\d{1,2}/\d{2,4}(?!\d)"),
    "month": re.compile(rf"(?:\d{{1,2}}\.\s?)?(?<!\w)(?:{MONTHS})(?!\w)\.?(?:\s?(?:19|20)\d\d)?"),
    "code": re.compile(
        r"(?:[A-Z]{1,4}-)?\d{7,12}(?!\d)|(?<!\w)[A-Z]{1,4}-?\d{1,3}(?!\w)"
        r"|\d{4,6}[a-z]?[/-]\d{2,4}(?!\d)"
    ),
    "age": re.compile(r"\d{1,3}(?=[ –-]{0,2}(?:jähr|jahr|J\.|j\.|Jahre|\.\s?L[jJ]))|\w+(?=jährig)"),
    "person": re.compile(
        rf"(?<!\w){_BIG}\w+(?:-{_BIG}\w+)?(?:\s{_BIG}\.)?(?:\s{_OF})*"
        rf"(?:[ ]{_BIG}\w+(?:-{_BIG}\w+)*){{1,2}}"
        r"(?=\s*(?:$|,|\s[*(]|\s+geb|\t|[ ]{3,}))",
        re.MULTILINE,
    ),
    "house": re.compile(
        rf"(?:{_BIG}\w+[. -]+){{0,4}}{_BIG}?\w*{_HOUSE}(?!\w)"
        rf"(?:[ ](?:der|des|für|am|im|zu|St\.|Dr\.|{_BIG}[\w-]+|[a-zäöü]+en(?=[ ]{_BIG}))){{0,5}}"
    ),
}

CLASSES: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(words, re.IGNORECASE)
    for name, words in {
        "month": MONTHS,
        "title": (
            "dr|prof|priv|pd|doz|univ|dipl|med|mult|habil|mag|ddr|drs|dra|msc|mba|phd|md|prim|ass"
            "|ao|dent|phil|rer|nat|univers|univer|universitätsprofessor|privatdozent\\w*"
            "|professor\\w*|dozent\\w*|ing|hc"
        ),
        "role": (
            r"oa|oä|oberarzt|oberärztin|chefarzt|chefärztin|assistenzarzt|assistenzärztin"
            r"|stationsarzt|stationsärztin|facharzt|fachärztin|fa|fä|direktor\w*|vorstand"
            r"|klinikvorstand|klinikdirektor\w*|leiter\w*|ltd|leitender?|arzt|ärztin"
            r"|untersucher\w*|kollege\w*|kollegin\w*|hausarzt|hausärztin|ärztlicher?|gez|dikt"
            r"|assistenz\w*|vertreter\w*|orthoptist\w*|schwester|pfleger|psycholog\w*"
        ),
        "sir": "herrn?|frau|hr|hrn|fr|familie|fam|fräulein",
        "patient": r"pat\w{0,9}|betr\w{0,6}|name|vorname|nachname|familienname",
        "born": r"geb\w{0,6}|gebdat|geburtsdatum|\*",
        "lives": "wohnhaft|wh|wohnt|wohnort|adresse|anschrift",
        "phone": r"tel\w*|fon|handy|mobil\w*|durchwahl|dw|rückruf|nummer|hotline|pforte",
        "fax": "fax|telefax",
        "code": (
            r"fallnummer|fallzahl|fall|piz|id|nr|sv|vorgangs|aufnahmezahl|patientennummer|zi"
            r"|zimmer|station|ambulanz|e|hnr|protokoll|\w*versicherung\w*|befundnummer|fn|ebene"
            r"|bau|haus|aktenzeichen|az"
        ),
        "street": r"\w*(?:str|straße|strasse|weg|gasse|platz|allee|ring|ufer|damm|hof|kamp)",
        "house": (
            r"\w*(?:klinik\w{0,3}|klinikum|krankenhaus\w{0,3}|hospital|zentrum|spital\w{0,2}|lkh"
            r"|kh|praxis|krankenanstalt\w*|institut|sanatorium)"
        ),
        "age": r"jährig\w*|jahrig\w*|jähr|jahre\w?|lebensjahr\w*|lj|j|jahr",
        "when": (
            "vom|bis|zum|am|seit|ab|im|ende|anfang|mitte|zuletzt|ed|erstdiagnose|von|und|zwischen"
            "|datum|den|dem|sommer|winter|frühjahr|herbst|v"
        ),
        "unit": (
            "mg|ml|cm|mm|kg|g|l|dl|uhr|tage?n?|wochen?|monaten?|std|stunden|h|min|mmhg|x|zyklen"
            "|zyklus|grad|iu|ie|gy|mmol|µg|u|s|ms|ng|fl|pg|tsd|mio|mal|tbl|tropfen"
        ),
    }.items()
}

_GREETING: Final = re.compile(r"Sehr geehrte|Liebe|Werte|Sehr verehrte|Guten Tag|Hallo")
_CLOSING: Final = re.compile(
    r"Mit (?:den )?(?:\w+,? (?:\w+ )?)?\w*\s?(?:Grüßen|Grüssen|Gruß)|Hochachtungsvoll"
    r"|[Gg]rüßen|gez\."
)


def body(text: str) -> tuple[int, int]:
    """Between the salutation and the closing, which is none of the first third."""
    greeting = _GREETING.search(text)
    closing = _CLOSING.search(text, len(text) // 3)
    return greeting.start() if greeting else 0, closing.start() if closing else len(text)


def marked(text: str) -> Mapping[int, list[str]]:
    """For each letter, the forms it is within, and whether it is their first or last."""
    marks: dict[int, list[str]] = {}
    for name, pattern in PATTERNS.items():
        for found in pattern.finditer(text):
            for at in range(found.start(), found.end()):
                first, last = at == found.start(), at == found.end() - 1
                marks.setdefault(at, []).append(f"{'BE'[last] if first or last else 'I'}{name}")
                if first and last:
                    marks[at].append(f"B{name}")
    return marks
