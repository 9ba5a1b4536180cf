"""When somebody turns fifteen and eighteen."""

from datetime import MAXYEAR, UTC, date, datetime
from typing import Final

from app.vocabulary.dates import BERLIN

CAPABLE: Final = 15  # § 36(1) SGB I
OF_AGE: Final = 18  # § 2 BGB


def completed(born: date, years: int) -> datetime:
    """The moment these years are over: the day of birth counts (§ 187(2) sentence 2 BGB).

    The last year ends with the day before the birthday (§ 188(2) BGB): at midnight in Germany,
    and for somebody born on 29 February with the 28th where there is no 29th.
    """
    year = min(born.year + years, MAXYEAR)
    try:
        birthday = born.replace(year=year)
    except ValueError:  # 29 February
        birthday = date(year, 3, 1)
    midnight = datetime(birthday.year, birthday.month, birthday.day, tzinfo=BERLIN)
    return midnight.astimezone(UTC)
