"""Errors, as application/problem+json (RFC 9457), to a browser's reader as a page.

Nothing that was sent is ever echoed.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from app.identity.tokens.challenges import PLAIN, Challenged
from app.integration.cases import CaseUnfit
from app.integration.mandates import MandateUnfit
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.errors import (
    InvalidBody,
    KlarfallError,
    NotFound,
    RateLimited,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
)
from app.web import stepping_up
from app.web.pages.errors import error_page, wants_page

MEDIA_TYPE: Final = "application/problem+json"
# Set by app.web.edge before anything else runs.
REQUEST_ID: Final = "klarfall.request"


class NoSuchMethod(NotFound):
    """There is something at this path, and it takes other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED.value


class TooSlow(InvalidBody):
    """What was sent was not all here in time. Nothing more is read on this connection."""

    status = HTTPStatus.REQUEST_TIMEOUT.value


def problem(
    error: KlarfallError | type[KlarfallError],
    *,
    german: bool,
    request_id: UUID | None,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    title = error.title_de if german else error.title_en
    body = {"type": "about:blank", "title": title, "status": error.status, "code": error.code}
    if request_id is not None:
        body["request"] = str(request_id)
    return JSONResponse(
        {**body, **(extra or {})},
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": "de" if german else "en", **(headers or {})},
    )


def prefers_german(request: Request) -> bool:
    """German unless English is asked for: it is the language of the offices."""
    return not request.headers.get("accept-language", "de").lower().lstrip().startswith("en")


async def render_klarfall(request: Request, error: Exception) -> Response:
    if not isinstance(error, KlarfallError):
        return await render_unforeseen(request, error)
    name = Configured(type(error).__name__)
    if isinstance(error, Unavailable):
        say(Message.PART_UNAVAILABLE, level=Level.WARNING, error=name, request=_id(request))
    else:
        say(Message.REQUEST_REFUSED, error=name, status=error.status, request=_id(request))
    if isinstance(error, StepUpRequired):
        told = await stepping_up.headers(request, error)
        return _respond(request, error, extra=stepping_up.body(error), headers=told)
    return _respond(request, error, extra=_extra(error), headers=_headers(error))


async def render_invalid(request: Request, error: Exception) -> Response:
    """Where and of what kind, never what: the input stays out of answer and log."""
    if not isinstance(error, RequestValidationError):
        return await render_unforeseen(request, error)
    places = [
        {"location": _known_location(each["loc"]), "type": str(each["type"])}
        for each in error.errors()[:20]
    ]
    say(Message.REQUEST_REFUSED, error=Configured("InvalidBody"), request=_id(request))
    return _respond(request, InvalidBody(), extra={"errors": places})


async def render_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: an unknown path, a method nobody declared."""
    if not isinstance(error, HTTPException):
        return await render_unforeseen(request, error)
    match error.status_code:
        case HTTPStatus.BAD_REQUEST:
            return _respond(request, InvalidBody())
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _respond(request, NoSuchMethod(), headers={"Allow": _allowed(request)})
        case _:
            return _respond(request, NotFound())


def _allowed(request: Request) -> str:
    """Every method of this path. The framework names those of the first route it came by."""
    routes = iter_route_contexts(list(request.app.routes))
    here = [
        r for r in routes if getattr(r, "methods", None) and r.path_regex.match(request.url.path)
    ]
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


async def render_unforeseen(request: Request, error: Exception) -> Response:
    """A fault of ours. Its class is logged; its text may hold anything and is not."""
    name = Configured(type(error).__name__)
    say(Message.REQUEST_FAILED, level=Level.ERROR, error=name, request=_id(request))
    return _respond(request, KlarfallError())


def _respond(
    request: Request,
    error: KlarfallError,
    *,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if wants_page(request):
        page = error_page(request, error)
        page.headers.update(headers or {})
        return page
    return problem(
        error,
        german=prefers_german(request),
        request_id=_id(request),
        extra=extra,
        headers=headers,
    )


def _headers(error: KlarfallError) -> Mapping[str, str]:
    match error:
        case Challenged(headers=headers):
            return headers
        case Unauthenticated():
            return {"WWW-Authenticate": PLAIN}
        case Unavailable():
            return {"Retry-After": "5"}
        case RateLimited():
            return {"Retry-After": str(error.retry_after)}
        case TooSlow():
            return {"Connection": "close"}
        case _:
            return {}


def _extra(error: KlarfallError) -> Mapping[str, object] | None:
    """Of a case that does not fit: where, in names of ours, and of what kind."""
    if not isinstance(error, CaseUnfit | MandateUnfit):
        return None
    return {"errors": [{"location": f.location, "type": f.flaw.value} for f in error.faults]}


def _known_location(location: Sequence[object]) -> list[str]:
    """Only positions and the names of our own members: an unknown member's name was sent to us."""
    return [str(part) for part in location[:1]] + [
        str(part) if isinstance(part, int) or part in _OWN_MEMBERS else "?" for part in location[1:]
    ]


_OWN_MEMBERS: Final = frozenset(
    {
        "actions",
        "activation_code",
        "actor",
        "assurance",
        "before",
        "birth_date",
        "by",
        "case",
        "case_id",
        "category",
        "channel",
        "decision",
        "effective_at",
        "ended_reason",
        "ended_received_at",
        "entries",
        "event",
        "evidence",
        "family",
        "field",
        "file_number",
        "given",
        "grantee",
        "grantee_label",
        "grantor",
        "groups",
        "kind",
        "label",
        "language",
        "most",
        "name",
        "notice",
        "outcome",
        "person",
        "policy",
        "purpose",
        "question",
        "reason",
        "received_at",
        "reference",
        "since",
        "source",
        "tenant",
        "until",
        "useful",
        "valid_from",
        "valid_to",
        "verified_at",
        "verified_by",
    }
)


def _id(request: Request) -> UUID | None:
    found = request.scope.get(REQUEST_ID)
    return found if isinstance(found, UUID) else None
