"""Our cookies: `__Host-`, so that no neighbouring host can plant one (RFC 6265bis)."""

from hashlib import sha256
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.identity.browser.tickets import Ticket
from app.vocabulary.errors import Unauthenticated

SESSION: Final = "__Host-klarfall"
LOGIN_SECONDS: Final = 600

# What RFC 6265bis strips, and no more: `str.strip` also takes 0x85 and 0xA0, behind which a
# neighbouring host can plant a name that no browser knows for one with a prefix.
_BLANKS: Final = " \t"


def login_cookie(state: str) -> str:
    """One name for each sign-in under way, so that two tabs do not end each other's."""
    return f"__Host-klarfall-login-{sha256(state.encode()).hexdigest()[:16]}"


def ticket_in(connection: HTTPConnection, name: str) -> Ticket | None:
    """The ticket in this cookie, or None without one.

    Raises Unauthenticated for a cookie that is there twice: one of the two is not ours, and
    which of them a parser takes is chance.
    """
    values = [
        value
        for header in connection.headers.getlist("cookie")
        for given, separator, value in (
            part.strip(_BLANKS).partition("=") for part in header.split(";")
        )
        if separator and given == name
    ]
    match values:
        case []:
            return None
        case [value]:
            return Ticket.read(value)
        case _:
            raise Unauthenticated


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
