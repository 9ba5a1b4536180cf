"""The contract of the API as it really is: FastAPI's own, and the refusals it does not know of.

FastAPI says of every route that a body that does not fit is answered in a form of its own. Here
all of them are problems (RFC 9457), and who calls is told what each may be refused with.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from app.identity.browser.cookies import SESSION
from app.web.admission import OF_INTEGRATORS, PUBLIC
from app.web.problems import MEDIA_TYPE
from app.web.throttle import UNCOUNTED

# What any request may meet, whatever it asks for.
ALWAYS: Final = frozenset({400, 413, 500, 503})
WITH_A_BODY: Final = frozenset({408, 422})
OF_SOMEBODY: Final = frozenset({401, 404, 409, 429})
OF_A_PLACE: Final = frozenset({404})
# What is asked for by what does not stand in the path, and can be asked for wrongly.
ASKED_BY_QUERY: Final = frozenset(
    {
        "/v1/integration/activation-codes",
        "/v1/oversight/entries",
        "/v1/oversight/anomalies",
        "/v1/oversight/requests",
    }
)
CODES: Final = (
    *("unauthenticated", "step_up_required", "mandate_required", "not_found", "invalid_body"),
    *("too_large", "rate_limited", "conflict", "erased", "not_acceptable", "unavailable"),
)

# Answers that routes write themselves: the status, and the kind beside JSON.
BY_HAND: Final = {
    "/v1/integration/schema": (200, "application/schema+json"),
    "/v1/cases/{case_id}/questions": (200, "text/event-stream"),
    "/v1/answers/{answer_id}/receipt": (202, "application/json"),
    "/log/{tenant}/checkpoint": (200, "text/plain"),
    "/log/{tenant}/vkey": (200, "text/plain"),
    "/log/{tenant}/witnessed": (200, "text/plain"),
    "/log/{tenant}/first": (200, "text/plain"),
    "/log/{tenant}/tile/{path}": (200, "application/octet-stream"),
}

Document = dict[str, Any]  # JSON, as the specification has it

_TEXT: Final = {"type": "string"}
_PLACE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["location", "type"],
    "properties": {
        "location": {"anyOf": [{"type": "array", "items": _TEXT}, _TEXT]},
        "type": _TEXT,
    },
}
PROBLEM: Final = {
    "title": "Problem",
    "description": "RFC 9457. `errors` says where, in names of ours, and never what was sent.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"enum": list(CODES)},
        "request": {"type": "string", "format": "uuid"},
        "errors": {"type": "array", "items": _PLACE},
    },
}
_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OURS: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION},
    "dpop": {"type": "http", "scheme": "dpop", "bearerFormat": "at+jwt"},
}


class Application(FastAPI):
    """Tells the whole contract."""

    def openapi(self) -> Document:
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema


def completed(document: Document) -> Document:
    """The document with every refusal, in place of the ones that are never given."""
    for path, method, operation in operations(document):
        answers = operation["responses"]
        answers.pop("422", None)
        if path in BY_HAND:
            status, kind = BY_HAND[path]
            told = answers.setdefault(str(status), {"description": HTTPStatus(status).phrase})
            told.setdefault("content", {})[kind] = {"schema": {}}
        for status in sorted(refusals(path, method)):
            phrase = HTTPStatus(status).phrase
            answers.setdefault(str(status), {"description": phrase, "content": _CONTENT})
        operation["responses"] = dict(sorted(answers.items()))
        if path not in PUBLIC and path.startswith("/v1/"):
            ways = ["dpop"] if path.startswith(OF_INTEGRATORS) else ["session", "dpop"]
            operation["security"] = [{way: []} for way in ways]
    components = document["components"]
    components["securitySchemes"] = _OURS
    for never_given in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(never_given, None)
    components["schemas"]["Problem"] = PROBLEM
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def refusals(path: str, method: str) -> frozenset[int]:
    """The statuses a call to this path may be refused with."""
    found = ALWAYS
    if not path.startswith(UNCOUNTED):
        found |= {429}
    if path.startswith("/v1/") and (method != "GET" or "{" in path or path in ASKED_BY_QUERY):
        found |= WITH_A_BODY
    if path.startswith("/v1/") and path not in PUBLIC:
        found |= OF_SOMEBODY
    elif "{" in path or method == "POST" or path.startswith("/.well-known/"):
        found |= OF_A_PLACE
    if path.endswith("/questions"):
        found |= {406}
    return found
