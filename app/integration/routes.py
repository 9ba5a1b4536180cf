"""The office's own system pushes cases.

Machine clients write. No call here returns a field value.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.identity.guards import Integrator, integrator
from app.integration.bodies import Ref
from app.integration.cases import CaseIntake, Filed
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import InvalidBody
from app.vocabulary.json import Json

router = APIRouter(prefix="/v1/integration", tags=["integrators"])

_ETAG: Final = re.compile(r'"(\d{1,9})"')


class Schemas:
    """The JSON Schema of a case, made once from the catalogue."""

    def __init__(self, case: Mapping[str, object], groups: frozenset[str]) -> None:
        self.case = case
        self.groups = groups


get_case_intake: Final = Wanted[CaseIntake]("get_case_intake")
get_schemas: Final = Wanted[Schemas]("get_schemas")


class FiledBody(BaseModel):
    """`persons` gives our id for each of the document's refs."""

    case_id: UUID
    version: int
    changed: bool
    persons: dict[str, UUID]

    @classmethod
    def of(cls, filed: Filed) -> Self:
        return cls(
            case_id=filed.case,
            version=filed.version,
            changed=filed.changed,
            persons=dict(filed.persons),
        )


@router.get("/schema", dependencies=[Depends(integrator)])
async def schema(schemas: Annotated[Schemas, Depends(get_schemas)]) -> Response:
    """The JSON Schema (2020-12) of a case."""
    return JSONResponse(dict(schemas.case), media_type="application/schema+json")


@router.put("/cases/{ref}", responses={201: {"model": FiledBody}})
async def put_case(  # noqa: PLR0913, PLR0917  # what a conditional PUT is made of
    ref: Ref,
    document: Annotated[dict[str, object], Body()],
    machine: Integrator,
    intake: Annotated[CaseIntake, Depends(get_case_intake)],
    response: Response,
    if_match: Annotated[str | None, Header(max_length=32)] = None,
) -> FiledBody:
    """The whole case, as its schema has it. Sent again it changes nothing.

    With `If-Match` only over the version the caller knows. Putting a whole case is idempotent by
    itself, so an `Idempotency-Key` may come along and is not needed.
    """
    filed = await intake.put(machine, ref, _json(document), expected_version=_expected(if_match))
    response.status_code = 201 if filed.created else 200
    response.headers["etag"] = f'"{filed.version}"'
    return FiledBody.of(filed)


def _json(document: dict[str, object]) -> Json:
    value: Json = json.loads(json.dumps(document))
    return value


def _expected(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise InvalidBody
    return int(found[1])
