"""Which language a page is in: asked for, remembered, or what the browser prefers."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.vocabulary.levels import Language

# Holds "de" or "en" and nothing that tells one person from another.
COOKIE: Final = "klarfall-language"
PARAMETER: Final = "lang"


def chosen(request: Request) -> Language:
    """German unless English is asked for: it is the language of the offices."""
    for wish in (request.query_params.get(PARAMETER), request.cookies.get(COOKIE)):
        if wish in set(Language):
            return Language(wish)
    preferred = request.headers.get("accept-language", "").lower().lstrip()
    return Language.EN if preferred.startswith("en") else Language.DE


def other(language: Language) -> Language:
    return Language.DE if language is Language.EN else Language.EN


def remember(request: Request, response: Response) -> None:
    """Only what was asked for in so many words is kept, and only until the browser closes."""
    if request.query_params.get(PARAMETER) in set(Language):
        response.set_cookie(
            COOKIE, chosen(request), path="/", secure=True, httponly=True, samesite="lax"
        )
