"""The office's own system: it pushes cases, records mandates, asks for activation codes.

Machine clients write. No call here returns a field value.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.identity.guards import Integrator, integrator
from app.integration.cases import CaseIntake, Filed
from app.integration.mandates import MandateIntake, MandateOrder, Place
from app.legitimation.mandates import Action, MandateKind
from app.legitimation.register import Newcomer
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import InvalidBody
from app.vocabulary.json import Json

router = APIRouter(prefix="/v1/integration", tags=["integrators"])

_REF: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
_ETAG: Final = re.compile(r'"(\d{1,9})"')
Ref = Annotated[str, Path(pattern=_REF)]
RefText = Annotated[str, StringConstraints(pattern=_REF)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Schemas:
    """The JSON Schema of a case, made once from the catalogue."""

    def __init__(self, case: Mapping[str, object], groups: frozenset[str]) -> None:
        self.case = case
        self.groups = groups


get_case_intake: Final = Wanted[CaseIntake]("get_case_intake")
get_mandate_intake: Final = Wanted[MandateIntake]("get_mandate_intake")
get_schemas: Final = Wanted[Schemas]("get_schemas")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class GrantorBody(_Body):
    case: RefText
    person: RefText


class NameBody(_Body):
    given: Name
    family: Name


class GranteeBody(_Body):
    """Without a case it is a representative of that reference; name and birth date come along."""

    case: RefText | None = None
    person: RefText
    name: NameBody | None = None
    birth_date: date | None = None


class EvidenceBody(_Body):
    kind: Literal["power_of_attorney", "court_order", "identity_document", "other"]
    reference: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MandateOrderBody(_Body):
    """`label` is the name under which the grantee will see whom they act for."""

    kind: Literal[MandateKind.PROXY]
    grantor: GrantorBody
    grantee: GranteeBody
    label: Name | None = None
    groups: Annotated[frozenset[str], Field(min_length=1, max_length=20)]
    actions: Annotated[frozenset[Action], Field(min_length=1)]
    evidence: EvidenceBody
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = None
    ended_reason: Literal["revoked", "expired", "withdrawn_by_office"] | None = None

    def order(self) -> MandateOrder:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidBody
        return MandateOrder(
            kind=self.kind,
            grantor=Place(case=self.grantor.case, person=self.grantor.person),
            grantee=Place(case=self.grantee.case, person=self.grantee.person),
            newcomer=self._newcomer(),
            label=self.label,
            groups=self.groups,
            actions=self.actions,
            evidence_kind=self.evidence.kind,
            evidence_reference=self.evidence.reference,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            ended_reason=self.ended_reason,
        )

    def _newcomer(self) -> Newcomer | None:
        if (name := self.grantee.name) is None:
            return None
        born = self.grantee.birth_date
        return Newcomer(
            ref=self.grantee.person,
            given=name.given,
            family=name.family,
            birth_date=None if born is None else born.isoformat(),
        )


class MandateRecordedBody(BaseModel):
    id: UUID
    version: int


class CodeOrderBody(_Body):
    case: RefText | None = None
    person: RefText


class CodeBody(BaseModel):
    code: str
    expires_at: datetime


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


@router.put("/mandates/{ref}")
async def put_mandate(
    ref: Ref,
    body: MandateOrderBody,
    machine: Integrator,
    intake: Annotated[MandateIntake, Depends(get_mandate_intake)],
    schemas: Annotated[Schemas, Depends(get_schemas)],
) -> MandateRecordedBody:
    """One more version of a mandate whose proof the office has seen (§ 13(1) SGB X)."""
    if not body.groups <= schemas.groups:
        raise InvalidBody
    recorded = await intake.put(machine, ref, body.order())
    return MandateRecordedBody(id=recorded.id, version=recorded.version)


@router.post("/activation-codes", status_code=201)
async def issue_code(
    body: CodeOrderBody,
    machine: Integrator,
    intake: Annotated[MandateIntake, Depends(get_mandate_intake)],
) -> CodeBody:
    """A code for the letter, shown this once. Earlier unused ones of the person end."""
    issued = await intake.issue_code(machine, Place(case=body.case, person=body.person))
    return CodeBody(code=issued.code, expires_at=issued.expires_at)


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
