"""Mandates, over HTTP: recorded by the office that has seen the proof."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.catalogue.conformity import Fault, Flaw
from app.identity.guards import Integrator
from app.integration.bodies import Body, MemberBody, Name, PersonBody, Ref, RefText
from app.integration.mandates import MandateIntake, MandateOrder, MandateUnfit
from app.integration.person_events import PersonEventIntake
from app.integration.routes import Schemas, get_schemas
from app.legitimation.endings import EndedReason
from app.legitimation.kinds import Action, Effect, MandateKind, Proof, Source
from app.legitimation.life import LifeEvent
from app.legitimation.register import Newcomer
from app.vocabulary.desks import Wanted
from app.vocabulary.levels import Assurance

router = APIRouter(prefix="/v1/integration", tags=["integrators"])

get_mandate_intake: Final = Wanted[MandateIntake]("get_mandate_intake")
get_person_event_intake: Final = Wanted[PersonEventIntake]("get_person_event_intake")


class NameBody(Body):
    given: Name
    family: Name


class GranteeBody(PersonBody):
    """A representative's name and birth date come along."""

    name: NameBody | None = None
    birth_date: date | None = None


class EvidenceBody(Body):
    """Which proofs fit which kind is in docs/mandates.md; `assurance` may only be less."""

    kind: Proof
    reference: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    assurance: Literal["low", "substantial", "high"] | None = None
    verified_by: RefText | None = None
    verified_at: AwareDatetime | None = None
    source: Source = Source.OWN_REGISTER


class MandateOrderBody(Body):
    """`label` is the name under which the grantee sees whom they act for.

    `grantee_label` is the one under which the represented person sees who does. An end counts
    from when it is told here; `ended_received_at` keeps when the office was. `reserved` are the
    groups of a guardian's order in which the ward needs the guardian's consent (§ 1825 BGB).
    """

    kind: MandateKind
    grantor: MemberBody
    grantee: GranteeBody
    label: Name | None = None
    grantee_label: Name | None = None
    groups: Annotated[frozenset[str], Field(min_length=1, max_length=20)]
    actions: Annotated[frozenset[Action], Field(min_length=1)]
    reserved: Annotated[frozenset[str], Field(max_length=20)] = frozenset()
    evidence: EvidenceBody
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = None
    ended_reason: Literal["revoked", "expired", "withdrawn_by_office"] | None = None
    ended_received_at: AwareDatetime | None = None

    def order(self) -> MandateOrder:
        if self.kind is MandateKind.SELF:  # comes of being bound, not of being recorded
            raise MandateUnfit([Fault("kind", Flaw.NOT_A_CHOICE)])
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise MandateUnfit([Fault("valid_to", Flaw.OUT_OF_RANGE)])
        if self.ended_reason is None and self.ended_received_at is not None:
            raise MandateUnfit([Fault("ended_reason", Flaw.MISSING_MEMBER)])
        proof = self.evidence
        return MandateOrder(
            kind=self.kind,
            grantor=self.grantor.place(),
            grantee=self.grantee.place(),
            newcomer=self._newcomer(),
            label=self.label,
            grantee_label=self.grantee_label,
            groups=self.groups,
            actions=self.actions,
            reserved=self.reserved,
            evidence_kind=proof.kind,
            evidence_reference=proof.reference,
            assurance=None if proof.assurance is None else Assurance.of(proof.assurance),
            verified_by=proof.verified_by,
            verified_at=proof.verified_at,
            source=proof.source,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            ended_reason=None if self.ended_reason is None else EndedReason(self.ended_reason),
            ended_received_at=self.ended_received_at,
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
        raise MandateUnfit([Fault("groups", Flaw.NOT_A_CHOICE)])
    recorded = await intake.put(machine, ref, body.order())
    return MandateRecordedBody(id=recorded.id, version=recorded.version)


class KnownBody(BaseModel):
    """`version` is the one that said so. Where it does not hold, nothing can be done under it."""

    id: UUID
    version: int
    kind: MandateKind
    holds: bool
    groups: list[str]
    actions: list[Action]


@router.get("/mandates/{ref}")
async def read_mandate(
    ref: Ref,
    machine: Integrator,
    intake: Annotated[MandateIntake, Depends(get_mandate_intake)],
    known: AwareDatetime | None = None,
    about: AwareDatetime | None = None,
) -> KnownBody:
    """What was known at `known` about this mandate at `about`: now and now, unless given."""
    found = await intake.known(machine, ref, known=known, about=about)
    return KnownBody(
        id=found.id,
        version=found.version,
        kind=found.kind,
        holds=found.held,
        groups=sorted(found.groups),
        actions=sorted(map(Action, found.actions)),
    )


class ObjectionBody(BaseModel):
    """`mandate` is the office's own reference. What was passed on is for the office to decide."""

    mandate: str | None
    kind: MandateKind
    effect: Effect
    raised_at: datetime


@router.get("/objections")
async def list_objections(
    machine: Integrator,
    intake: Annotated[MandateIntake, Depends(get_mandate_intake)],
    since: AwareDatetime | None = None,
) -> list[ObjectionBody]:
    """What represented persons objected to after `since`, oldest first."""
    return [
        ObjectionBody(
            mandate=each.ref, kind=each.kind, effect=each.effect, raised_at=each.raised_at
        )
        for each in await intake.objections(machine, since=since)
    ]


class PersonEventBody(PersonBody):
    """`received_at` is when the office was told. `left_household` needs the case."""

    kind: LifeEvent
    effective_at: AwareDatetime
    received_at: AwareDatetime


class PersonEventTakenBody(BaseModel):
    """How many mandates got an end of their own by it."""

    mandates_ended: int


@router.post("/person-events")
async def receive_person_event(
    body: PersonEventBody,
    machine: Integrator,
    intake: Annotated[PersonEventIntake, Depends(get_person_event_intake)],
) -> PersonEventTakenBody:
    """Death, capacity, leaving the household, a parent's restriction: held from now on."""
    ended = await intake.receive(
        machine,
        body.place(),
        body.kind,
        effective_at=body.effective_at,
        received_at=body.received_at,
    )
    return PersonEventTakenBody(mandates_ended=ended)
