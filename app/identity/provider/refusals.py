"""Why a sign-in did not come about, in sentences for the person who tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unauthenticated, Unavailable

# More than any check of ours lets pass, less than what is worth telling apart.
APART: Final = timedelta(seconds=30)


class SignInRefused(Unauthenticated):
    """Whatever did not hold on the way back. Which of the checks it was stays here."""

    title_en = "This sign-in is over, or was not confirmed. Please start signing in once more."
    title_de = (
        "Diese Anmeldung gilt nicht mehr oder wurde nicht bestätigt. "
        "Bitte beginnen Sie die Anmeldung noch einmal."
    )


class ClocksApart(Unavailable):
    """Nothing that is good for a minute can hold between clocks that are minutes apart."""

    title_en = (
        "The identity service and this service do not agree on the time, so nobody can sign in "
        "just now. This is not your fault. Please try again later."
    )
    title_de = (
        "Der Ausweisdienst und dieser Dienst haben verschiedene Uhrzeiten. "
        "Deshalb ist gerade keine Anmeldung möglich. "
        "Das liegt nicht an Ihnen. Bitte versuchen Sie es später noch einmal."
    )


@contextmanager
def explained(said_at: datetime | None, now: Clock) -> Iterator[None]:
    """A refusal that clocks account for says so. `said_at` is the `Date` of the provider's answer.

    RFC 9110, 6.6.1: it explains a refusal and is never the reason for one.
    """
    try:
        yield
    except Unauthenticated:
        if _are_apart(said_at, now()):
            raise ClocksApart("provider") from None
        raise


def no_answer(said_at: datetime | None, now: datetime) -> Unavailable:
    return ClocksApart("provider") if _are_apart(said_at, now) else Unavailable("provider")


def _are_apart(said_at: datetime | None, now: datetime) -> bool:
    return said_at is not None and abs(now - said_at) > APART
