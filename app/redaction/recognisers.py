"""Numbers, contacts, addresses and dates of birth, as Presidio recognisers of ours.

A pattern has a score. Below the finder's threshold it counts only when its check
digit holds (then it is certain) or when one of its context words stands before it,
which is Presidio's to judge. Text arrives normalised: plain spaces, hyphens, digits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from presidio_analyzer import Pattern, PatternRecognizer

from app.redaction import checks
from app.redaction.dates import DATE
from app.redaction.text import Kind

# (pattern, score). Patterns are case-insensitive unless they say `(?-i:…)`.
Patterns = tuple[tuple[str, float], ...]

_GAP: Final = r"[ .\-/]{0,2}"
_ALONE: Final = r"(?<![A-Z0-9])"
_END: Final = r"(?![A-Z0-9])"

# ISO 13616 registry: length by country, for Europe and the neighbours people send money to.
_IBAN_LENGTHS: Final = {
    16: "BE NO",
    18: "DK FI NL",
    19: "MK SI",
    20: "AT BA EE LT LU XK",
    21: "CH HR LI LV",
    22: "BG DE GB GE IE ME RS",
    24: "CZ ES MD RO SE SK TN",
    26: "TR IS",
    27: "FR GR IT MC SM",
    28: "AL AZ BY CY HU LB PL",
    29: "UA",
}


def _ibans() -> Iterator[tuple[str, float]]:
    yield rf"{_ALONE}DE{_GAP}\d\d(?:{_GAP}\d){{18}}(?!\d)", 0.9
    for length, countries in _IBAN_LENGTHS.items():
        country = "|".join(countries.split())
        yield rf"{_ALONE}(?:{country}){_GAP}\d\d(?:{_GAP}[A-Z0-9]){{{length - 4}}}{_END}", 0.1


_AT: Final = r"(?:\s{0,2}[\[({<]\s?(?:at|ät|aet|a)\s?[\])}>]\s{0,2}|\s{1,2}(?:at|ät|aet)\s{1,2})"
_DOT: Final = (
    r"(?:\s{0,2}[\[({<]\s?(?:dot|punkt|\.)\s?[\])}>]\s{0,2}|\s{1,2}(?:dot|punkt)\s{1,2}|\.)"
)

_CAPITAL: Final = r"(?-i:\p{Lu}[\p{L}\-]+)"
_HOUSE: Final = (
    r"\s{0,2}\d{1,4}(?:\s?(?-i:[a-zA-Z])(?!\p{L}))?(?:\s?[\-/]\s?\d{1,4}\s?[a-z]?)?(?![\w%€])"
)
_NOT_A_TOWN: Final = (
    r"(?!(?:Euro?|Menschen|Personen|Einwohner|Mal|Stück|Tagen?|Stunden|Kilometer|Meter|Dollar|"
    r"Haushalten?|Fällen?|Kinder|Jahren?|Monaten?|Uhr|Prozent)\b)"
)
_TOWN: Final = (
    rf"(?:D-\s?)?(?<!\d)(?:0[1-9]|[1-9]\d)\d{{3}}\s{{1,2}}{_NOT_A_TOWN}{_CAPITAL}"
    rf"(?:\s(?:am|an der|im|ob der|bei|vor der)\s{_CAPITAL}|\s\([\p{{L}} .]{{2,20}}\))?"
)
_THEN_TOWN: Final = rf"(?:\s{{0,2}}[,;\n]?\s{{0,2}}(?:in\s)?{_TOWN})?"
_STREET_WORD: Final = (
    r"(?:straße|strasse|str\.?|weg|gasse|allee|platz|ring|damm|ufer|chaussee|steig|pfad|graben|"
    r"stieg|promenade|wall|hof|berg)"
)
_PREPOSITION: Final = (
    r"(?:am|an der|an den|auf der|auf dem|im|in der|in den|zum|zur|unter den|hinter der|vor dem)"
)
_NO_TIME: Final = (
    r"(?!(?:jahre?|monat|alter|januar|februar|märz|april|mai|juni|juli|august|september|oktober"
    r"|november|dezember|\w+tag)\b)"
)
_BORN: Final = (
    r"(?:\b(?:geb\.?|geboren|geburtsdatum|geburtstag|born|date of birth|birthday|d\.?o\.?b\b\.?)"
    r"|\*)"
)
_PHONE: Final = (
    r"(?<!/ )(?<![\w/.,])(?!\(?0?\d\s?[.\-/]\s?\d{1,2}\s?[.\-/])(?!0\d[/.\-]\d{4}\b)"
    r"(?:\((?=[^()]{2,8}\)))?(?:(?:\+|00)\s?\d{1,3}|0)(?:[ \-/().]{0,3}\d){6,13}(?!\d)"
)
_CALLED: Final = (
    r"\b(?:tel|telefon|telefonnummer|handy|handynummer|mobil|fax|phone|mobile|rufnummer)"
    r"\b[.:\s]{0,3}(?:(?:ist|lautet|is|nr\.?|unter)\s)?"
    r"\K\(?\+?\d(?:[ \-/().]{0,2}\d){4,14}"
)
_SOCIAL_COURT: Final = (
    rf"{_ALONE}[SLB]\s?\d{{1,3}}\s?(?:AS|SO|AY|AL|R|KR|P|U|SB|VE|EG|BK|KG|SF)\s?"
    r"\d{1,5}\s?/\s?\d\d(?!\d)(?:\s(?-i:B|ER|R|BH|WA|NZB|PKH|KL|D)\b){0,3}"
)
_OTHER_COURT: Final = (
    r"(?<![\w/])\d{1,3}\s?(?-i:C|O|S|F|K|M|T|XVII|XIV|IN|IK|Js|Ds|Cs|Ls|KLs|L|A|B|E)\s?"
    r"\d{1,6}[/.]\d\d(?:\.[A-Z]{1,3})?(?!\d)"
)
_NUMBER_THEN_TOWN: Final = (
    rf"(?<!\w)(?:{_PREPOSITION}\s)?{_CAPITAL}(?:\s{_CAPITAL}){{0,2}}{_HOUSE}"
    rf"\s{{0,2}}[,;\n]\s{{0,2}}{_TOWN}"
)
_BRITISH: Final = (
    rf"(?<!\w)\d{{1,4}}[a-z]?\s(?:{_CAPITAL}\s){{1,3}}"
    r"(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|drive|square|close)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """One kind: how it is written, what surrounds it, and what makes it certain."""

    kind: Kind
    patterns: Patterns
    context: tuple[str, ...] = ()
    holds: Callable[[str], bool] | None = None


RECOGNISED: Final = (
    Recognised(Kind.IBAN, tuple(_ibans()), ("iban", "konto", "account"), checks.iban_holds),
    Recognised(
        Kind.EMAIL,
        (
            (r"[\w.+\-]{1,64}\s?@\s?[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,5}", 0.9),
            (
                rf"(?<!\w)[\w.+\-]{{1,64}}{_AT}[\w\-]{{1,63}}(?:{_DOT}[\w\-]{{2,63}}){{1,4}}(?!\w)",
                0.6,
            ),
        ),
    ),
    Recognised(
        Kind.PHONE,
        (
            (
                _PHONE,
                0.5,
            ),
            (
                _CALLED,
                0.6,
            ),
        ),
    ),
    Recognised(
        Kind.BG_NUMBER,
        (
            (rf"(?<![A-Z0-9])\d{{5}}[ \-]{{0,2}}(?://|BG)[ \-]{{0,2}}\d{{7}}{_END}", 0.95),
            (rf"{_ALONE}\d{{5}}[ \-]?[/ ][ \-]?\d{{7}}{_END}", 0.2),
        ),
        ("bg", "bedarfsgemeinschaft", "household"),
    ),
    Recognised(
        Kind.CUSTOMER_NUMBER,
        (
            (rf"{_ALONE}\d{{3}}[ \-]?[A-Z][ \-]?\d{{6}}{_END}", 0.7),
            (rf"{_ALONE}\d{{3}}{_GAP}[A-Z]{_GAP}\d{{3}}{_GAP}\d{{3}}{_END}", 0.5),
        ),
        ("kunde", "customer"),
    ),
    Recognised(
        Kind.PENSION_NUMBER,
        (
            (
                rf"{_ALONE}\d\d{_GAP}\d\d{_GAP}\d\d{_GAP}\d\d{_GAP}[A-Z]{_GAP}\d\d{_GAP}\d{_END}",
                0.3,
            ),
        ),
        ("rente", "sozialversicherung", "versicherungsnummer", "rvnr", "svnr", "insurance"),
        checks.pension_number_holds,
    ),
    Recognised(
        Kind.HEALTH_NUMBER,
        ((rf"{_ALONE}[A-Z]{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_END}", 0.3),),
        (
            "krankenkasse",
            "krankenversicher",
            "versichertennummer",
            "kvnr",
            "gesundheitskarte",
            "health",
        ),
        checks.health_number_holds,
    ),
    Recognised(
        Kind.TAX_NUMBER,
        ((rf"(?<![\dA-Z+])[1-9]\d{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_END}", 0.2),),
        ("steuer", "idnr", "id-nr", "tax"),
        checks.tax_number_holds,
    ),
    Recognised(
        Kind.COURT_FILE,
        (
            (
                _SOCIAL_COURT,
                0.9,
            ),
            (
                _OTHER_COURT,
                0.5,
            ),
        ),
    ),
    Recognised(
        Kind.IDENTITY_CARD,
        ((rf"{_ALONE}(?=[A-Z]*\d)[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{{8}}\d?{_END}", 0.1),),
        ("ausweis", "reisepass", "passport", "passnummer", "aufenthaltstitel", "identity"),
    ),
    Recognised(
        Kind.NUMBER_PLATE,
        ((r"(?-i:(?<!\w)[A-ZÄÖÜ]{1,3}[ \-][A-Z]{1,2}[ \-]?\d{1,4}[EH]?(?!\w))", 0.1),),
        ("kennzeichen", "plate", "pkw"),
    ),
    Recognised(
        Kind.ADDRESS,
        (
            (rf"(?<!\w)[\p{{L}}.\-]{{2,40}}{_STREET_WORD}{_HOUSE}{_THEN_TOWN}", 0.6),
            (
                rf"(?<!\w)(?:{_CAPITAL}\s){{1,3}}{_STREET_WORD}{_HOUSE}{_THEN_TOWN}",
                0.6,
            ),
            (rf"(?<!\w){_PREPOSITION}\s{_NO_TIME}{_CAPITAL}(?:\s{_CAPITAL})?{_HOUSE}", 0.2),
            (
                _NUMBER_THEN_TOWN,
                0.7,
            ),
            (rf"(?<![\w,.]){_TOWN}", 0.6),
            (
                _BRITISH,
                0.6,
            ),
        ),
        ("wohn", "adresse", "anschrift", "umgezogen", "ziehe", "live", "address"),
    ),
    Recognised(
        Kind.BIRTH_DATE,
        (
            (rf"{_BORN}[\s:,]{{0,3}}(?:[\p{{L}}]{{2,12}}[\s:,]{{1,2}}){{0,3}}\K{DATE}", 0.9),
            (rf"(?<!\w){DATE}(?=,?\s(?:in\s\p{{L}}+\s)?(?:geboren|born|geb\.))", 0.9),
            (rf"(?<!\w){DATE}", 0.1),
        ),
        ("geburt", "geboren", "born", "birth", "geb."),
    ),
)


class KlarfallRecogniser(PatternRecognizer):
    """A kind in one language. A failing check digit leaves the pattern's own score."""

    def __init__(self, recognised: Recognised, language: str) -> None:
        self._holds = recognised.holds
        super().__init__(
            supported_entity=recognised.kind,
            supported_language=language,
            name=f"klarfall-{recognised.kind.casefold()}",
            patterns=[
                Pattern(f"{recognised.kind}-{n}", regex, score)
                for n, (regex, score) in enumerate(recognised.patterns)
            ],
            context=list(recognised.context),
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        return True if self._holds is not None and self._holds(pattern_text) else None
