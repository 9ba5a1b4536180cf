"""Our cookies: `__Host-`, so that no neighbouring host can plant one (RFC 6265bis)."""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.identity.browser.tickets import Ticket
from app.vocabulary.errors import Unauthenticated

SESSION: Final = "__Host-klarfall"
LOGIN_SECONDS: Final = 600
_LOGIN: Final = "__Host-klarfall-login-"

# What RFC 6265bis strips, and no more: `str.strip` also takes 0x85 and 0xA0, behind which a
# neighbouring host can plant a name that no browser knows for one with a prefix.
_BLANKS: Final = " \t"


def login_cookie(state: str) -> str:
    """One name for each sign-in under way, so that two tabs do not end each other's."""
    return f"{_LOGIN}{sha256(state.encode()).hexdigest()[:16]}"


def ticket_in(connection: HTTPConnection, name: str) -> Ticket | None:
    """The ticket in this cookie, or None without one.

    Raises Unauthenticated for a cookie that is there twice: one of the two is not ours, and
    which of them a parser takes is chance.
    """
    match [value for given, value in _all_in(connection) if given == name]:
        case []:
            return None
        case [value]:
            return Ticket.read(value)
        case _:
            raise Unauthenticated


def other_logins(connection: HTTPConnection, name: str) -> tuple[Ticket, ...]:
    """Of the sign-ins under way in this browser, those in other cookies than this one.

    What is no ticket was not ours, and says nothing about anybody.
    """
    found = []
    for given, value in _all_in(connection):
        if given.startswith(_LOGIN) and given != name:
            with suppress(Unauthenticated):
                found.append(Ticket.read(value))
    return tuple(found)


def _all_in(connection: HTTPConnection) -> Iterator[tuple[str, str]]:
    for header in connection.headers.getlist("cookie"):
        for part in header.split(";"):
            given, separator, value = part.strip(_BLANKS).partition("=")
            if separator:
                yield given, value


def set_session(response: Response, ticket: Ticket) -> None:
    """Strict, and gone with the browser. The server decides when it is over."""
    response.set_cookie(
        SESSION, ticket.text, path="/", secure=True, httponly=True, samesite="strict"
    )


def set_login(response: Response, name: str, ticket: Ticket) -> None:
    """Lax, as the way back from the provider crosses sites."""
    response.set_cookie(
        name,
        ticket.text,
        max_age=LOGIN_SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def clear(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")
