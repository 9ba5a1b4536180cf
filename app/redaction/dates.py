"""Dates as people write them, in the languages of the Jobcenter's world."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            (
                "januar jänner jan january ocak січня січень "
                "января январь stycznia styczeń ianuarie януари"
            ),
            (
                "februar feber feb february şubat лютого лютий февраля февраль lutego luty "
                "februarie февруари"
            ),
            "märz maerz mär mrz march mar mart березня березень марта marca marzec martie март",
            "april apr nisan квітня квітень апреля апрель kwietnia kwiecień aprilie април",
            "mai may mayıs травня травень мая maja maj май",
            "juni jun june haziran червня червень июня июнь czerwca czerwiec iunie юни",
            "juli jul july temmuz липня липень июля июль lipca lipiec iulie юли",
            "august aug ağustos серпня серпень августа sierpnia sierpień август",
            (
                "september sept sep eylül вересня вересень сентября сентябрь września wrzesień "
                "septembrie септември"
            ),
            (
                "oktober okt october oct ekim жовтня жовтень октября октябрь października "
                "październik octombrie октомври"
            ),
            (
                "november nov kasım листопада листопад ноября ноябрь listopada listopad noiembrie "
                "ноември"
            ),
            (
                "dezember dez december dec aralık грудня грудень декабря декабрь grudnia grudzień "
                "decembrie декември"
            ),
        ),
        start=1,
    )
    for name in names.split()
}
_NAMES: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
# `KASIM` in small letters is `kasim` outside of Turkey.
_DOTLESS: Final = str.maketrans({"ı": "i", "\u0307": None})
_FOLDED: Final = {name.translate(_DOTLESS): number for name, number in _MONTHS.items()}
_YEAR: Final = r"(?P<year{n}>(?:19|20)\d\d|(?<!\d)\d\d)"

# The shapes of a date, for patterns elsewhere that need one in its surroundings.
DATE: Final = (
    r"(?:\d{1,2}\s?[.\-/]\s?\d{1,2}\s?[.\-/]\s?(?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}(?!\d)"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\s?(?:of\s)?(?:{_NAMES})\.?,?\s?\d{{2,4}}(?!\d)"
    rf"|(?:{_NAMES})\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})"
)

_WRITTEN: Final = re.compile(
    rf"""(?<![\w])(?:
      (?P<day1>\d{{1,2}})\s?[.\-/ ]\s?(?P<month1>\d{{1,2}})\s?[.\-/ ]\s?{_YEAR.format(n=1)}(?!\d)
    | (?P<year2>(?:19|20)\d\d)\s?[.\-/]?\s?(?P<month2>\d\d)\s?[.\-/]?\s?(?P<day2>\d\d)(?!\d)
    | (?P<day3>\d\d)(?P<month3>\d\d){_YEAR.format(n=3)}(?!\d)
    | (?P<day4>\d{{1,2}})(?:\.|st|nd|rd|th)?\s{{0,2}}(?:of\s)?(?P<month4>{_NAMES})\.?,?\s{{0,2}}
      {_YEAR.format(n=4)}(?!\d)
    | (?P<month5>{_NAMES})\.?\s{{1,2}}(?P<day5>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,2}}
      {_YEAR.format(n=5)}(?!\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


# Where one may begin. To look there alone is many times quicker than to search everywhere.
_BEGINS: Final = re.compile(r"(?<!\w)(?:\d|[^\W\d_]++(?=\.?\s{1,2}\d))")


def written_dates(text: str) -> Iterator[tuple[str, int, int]]:
    """Every date in the text as ISO 8601, with where it stands.

    A year of two digits is read both ways it may be meant, a month before a day too.
    """
    for found in _found(text):
        n = next(n for n in "12345" if found[f"year{n}"])
        written, day = found[f"month{n}"], int(found[f"day{n}"])
        named = _month(written)
        readings = [(named, day)] if named else [(int(written), day), (day, int(written))]
        for year in _years(found[f"year{n}"]):
            for reading in dict.fromkeys(readings):
                if iso := _day(year, *reading):
                    yield iso, found.start(), found.end()


def _found(text: str) -> Iterator[re.Match[str]]:
    at = 0
    for begin in _BEGINS.finditer(text):
        first = begin.start()
        if first < at or not (begin[0].isdigit() or _month(begin[0])):
            continue
        if found := _WRITTEN.match(text, first):
            at = found.end()
            yield found


def _month(word: str) -> int | None:
    return _FOLDED.get(word.casefold().translate(_DOTLESS))


def _years(year: str) -> tuple[int, ...]:
    if len(year) > len("26"):
        return (int(year),)
    return (1900 + int(year), 2000 + int(year))


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
