"""For data protection officers: what would be masked in a text, where, and by which layer.

Nothing of the text is kept or logged, and no file is read: what an office's file would tell is
typed in beside it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.guards import OfficerByForm, SignedInOfficer
from app.identity.officers import Officer
from app.redaction.finder import Detector, Finder
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.layers import Layer
from app.redaction.marking import marked
from app.redaction.names.modes import Mode
from app.redaction.text import Span
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language
from app.web.pages.rendering import page
from app.web.pages.start import unwrapped
from app.web.pages.view import Given, Pages, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PATH: Final = "/redaction"
LONGEST_TEXT: Final = 5_000
MOST_NAMES: Final = 20

# The detector of the pipeline itself, by mode.
Detectors = Mapping[Mode, Detector]
get_detectors: Final = Wanted[Detectors]("get_detectors")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text as it was; with a kind, masked, and found by this layer."""

    text: str
    kind: Kind | None = None
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one mode does to the text. No pieces: redaction did not come to its end."""

    mode: Mode
    pieces: tuple[Piece, ...]
    sent: str
    counts: tuple[tuple[Kind, str, int], ...]


@router.get(PATH)
async def redaction(officer: SignedInOfficer, request: Request, pages: Given) -> HTMLResponse:
    return _page(officer, request, pages)


@router.post(PATH)
async def try_redaction(  # noqa: PLR0913, PLR0917 - who tries, by what, and a form of three fields
    officer: OfficerByForm,
    request: Request,
    pages: Given,
    detectors: Annotated[Detectors, Depends(get_detectors)],
    text: Annotated[str, Form(max_length=20_000)] = "",
    names: Annotated[str, Form(max_length=4_000)] = "",
    spoken: Annotated[Language, Form()] = Language.DE,
) -> HTMLResponse:
    asked = unwrapped(text)
    known = [name.strip() for name in names.splitlines() if name.strip()]
    fault = _fault(asked, known)
    tried = [] if fault else [_tried(mode, detectors[mode], asked, known, spoken) for mode in Mode]
    return _page(
        officer, request, pages, text=asked, names=names, spoken=spoken, fault=fault, tried=tried
    )


def _fault(text: str, known: Sequence[str]) -> str | None:
    """The key of the sentence that says what is wrong."""
    if not text:
        return "redaction.empty"
    if len(text) > LONGEST_TEXT:
        return "redaction.too_long"
    return "redaction.too_many" if len(known) > MOST_NAMES else None


def _tried(
    mode: Mode, detector: Detector, text: str, known: Sequence[str], spoken: Language
) -> Tried:
    values = [KnownValue(Kind.PERSON, name, f"{n}") for n, name in enumerate(known)]
    try:
        found = marked(text, Finder(detector, values, language=spoken))
    except NotRedacted:
        return Tried(mode, (), "", ())
    counts = Counter((span.kind, _layer(span)) for span in found.spans)
    return Tried(
        mode=mode,
        pieces=tuple(_pieces(text, found.spans)),
        sent=found.text.text,
        counts=tuple((kind, layer, count) for (kind, layer), count in counts.items()),
    )


def _pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for span in spans:
        pieces += [
            Piece(text[at : span.start]),
            Piece(text[span.start : span.end], span.kind, _layer(span)),
        ]
        at = span.end
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]


def _layer(span: Span) -> str:
    return span.layer if span.layer in set(Layer) else Layer.ENGINE


def _page(  # noqa: PLR0913 - who looks, and what was typed
    officer: Officer,
    request: Request,
    pages: Pages,
    *,
    text: str = "",
    names: str = "",
    spoken: Language | None = None,
    fault: str | None = None,
    tried: Sequence[Tried] = (),
) -> HTMLResponse:
    ticket = ticket_in(request, SESSION)
    view = replace(
        View.of_nobody(request),
        tenant=pages.tenants[officer.tenant],
        officer=officer,
        form_token=None if ticket is None else ticket.form_token(),
    )
    return page(
        view,
        "redaction.html",
        status=422 if fault else 200,
        switch_to=PATH,
        text=text,
        names=names,
        spoken=spoken or view.language,
        languages=list(Language),
        fault=fault,
        tried=tried,
        longest=LONGEST_TEXT,
        most=MOST_NAMES,
    )
