"""A name found once is masked everywhere after: bare, inflected, in lower case, half of it."""

import pytest

from app.redaction.finder import Finder, PresidioDetector

FIRST = "Frau Dr. Wiebke Tönnies-Okafor hat angerufen."


@pytest.mark.parametrize(
    "later",
    [
        "Wiebke Tönnies-Okafor",
        "Tönnies-Okafor",
        "tönnies-okafor",
        "TÖNNIES-OKAFOR",
        "Toennies-Okafor",
        "Okafor",
        "Wiebke",
        "wiebke",
        "Wiebkes",
        "Tönnies-Okafors",
        "Okafor, Wiebke",
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one-text", "two-texts"])
def test_however_a_name_comes_back_it_is_masked(
    detector: PresidioDetector, later: str, *, apart: bool
) -> None:
    find = Finder(detector)
    rest = f"bitte {later} zurückrufen"
    text = rest if apart else f"{FIRST} {rest}"
    if apart:
        find(FIRST)
    start = text.index(later, 0 if apart else len(FIRST))
    covered = {at for span in find(text) for at in range(span.start, span.end)}

    letters = {at for at in range(start, start + len(later)) if text[at].isalpha()}
    assert letters <= covered


def test_what_follows_a_name_is_not_remembered_as_one(detector: PresidioDetector) -> None:
    find = Finder(detector)
    find("Frau Okafor wohnt in der Lindenstraße 12.")

    assert [span for span in find("die wohnung ist zu teuer") if span.layer == "memory"] == []
