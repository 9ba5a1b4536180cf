"""My data, all of it, over the API."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.protection.protection_routes import Named
from app.lifecycle.readable import archive
from app.lifecycle.takeout import ExportDesk
from app.vocabulary.desks import Wanted
from app.vocabulary.json import Json
from app.vocabulary.levels import Language

router = APIRouter(prefix="/v1/me", tags=["citizens"])

get_exports: Final = Wanted[ExportDesk]("get_exports")
Exporting = Annotated[ExportDesk, Depends(get_exports)]

_ZIP: Final = "application/zip"


def attached(document: dict[str, Json]) -> Response:
    """The archive, for the person's disk and for no cache on the way."""
    return Response(
        archive(document),
        media_type=_ZIP,
        headers={
            "Content-Disposition": 'attachment; filename="klarfall.zip"',
            "Cache-Control": "no-store",
        },
    )


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {_ZIP: {}, "application/json": {}}}},
)
@does(CitizenAction.EXPORT)
async def export(
    request: Request,
    person: SignedIn,
    named: Named,
    desk: Exporting,
    language: Language = Language.DE,
) -> Response:
    """Everything about me (Art. 15 GDPR): a ZIP with a page to read and the same as JSON.

    With `Accept: application/json` the JSON alone. Only for oneself.
    """
    document = await desk.export(person, language=language, named=named)
    if request.headers.get("accept", "").startswith("application/json"):
        return Response(
            json.dumps(document, ensure_ascii=False),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
    return attached(document)
