"""Mandates and activation codes, from the office that saw the proof and sends the letter."""

from dataclasses import dataclass
from datetime import datetime

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.database.engine import Database
from app.identity.machines import Machine
from app.legitimation import activation, register
from app.legitimation.activation import IssuedCode
from app.legitimation.mandates import Action, MandateKind
from app.legitimation.recording import NewMandate, Recorded, record_mandate
from app.legitimation.register import Newcomer
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import CaseId, PersonId, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person as the integrator knows them: in a case, or as a representative without one."""

    case: str | None
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateOrder:
    kind: MandateKind
    grantor: Place
    grantee: Place
    newcomer: Newcomer | None
    label: str | None
    groups: frozenset[str]
    actions: frozenset[Action]
    evidence_kind: str
    evidence_reference: str
    valid_from: datetime
    valid_to: datetime | None
    ended_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateIntake:
    database: Database
    vault: Vault
    log: Log
    clock: Clock

    async def put(self, machine: Machine, ref: str, order: MandateOrder) -> Recorded:
        """One more version of this mandate. Raises NotFound for a person or case not there."""
        now = self.clock()
        tenant = machine.tenant
        indexer = await self.vault.indexer(tenant)
        async with self.database.transaction(tenant) as tx:
            if order.grantor.case is None:
                raise NotFound
            case, grantor = await register.find_member(
                tx, tenant, case_ref=order.grantor.case, person_ref=order.grantor.person
            )
            if order.grantee.case is not None:
                _, grantee = await register.find_member(
                    tx, tenant, case_ref=order.grantee.case, person_ref=order.grantee.person
                )
            else:
                newcomer = order.newcomer or Newcomer(ref=order.grantee.person)
                grantee = await register.representative(tx, indexer, tenant, newcomer)
            new = _new_mandate(ref, order, grantor, grantee, case)
            key = await self.vault.key(tx, tenant, grantor)
            recorded = await record_mandate(tx, tenant, new, label=order.label, key=key, now=now)
            event = Event(
                kind=EventKind.MANDATE_RECORDED,
                at=now,
                actor=Actor(kind=ActorKind.CLIENT, client=machine.client_id),
                case=case,
                subjects=(SubjectId(grantor),),
                mandate=recorded.id,
                mandate_version=recorded.version,
            )
            await self.log.record(tx, tenant, event)
        return recorded

    async def issue_code(self, machine: Machine, place: Place) -> IssuedCode:
        """A fresh activation code for this person. Raises NotFound for one not there."""
        now = self.clock()
        tenant = machine.tenant
        async with self.database.transaction(tenant) as tx:
            case: CaseId | None = None
            person: PersonId | None
            if place.case is not None:
                case, person = await register.find_member(
                    tx, tenant, case_ref=place.case, person_ref=place.person
                )
            else:
                person = await register.find_representative(tx, tenant, place.person)
            if person is None:
                raise NotFound
            code = await activation.issue(tx, tenant, person=person, case=case, now=now)
            event = Event(
                kind=EventKind.ACTIVATION_CODE_ISSUED,
                at=now,
                actor=Actor(kind=ActorKind.CLIENT, client=machine.client_id),
                case=case,
                subjects=(SubjectId(person),),
            )
            await self.log.record(tx, tenant, event)
        return code


def _new_mandate(
    ref: str, order: MandateOrder, grantor: PersonId, grantee: PersonId, case: CaseId
) -> NewMandate:
    return NewMandate(
        ref=ref,
        kind=order.kind,
        grantor=grantor,
        grantee=grantee,
        case=case,
        groups=order.groups,
        actions=order.actions,
        evidence_kind=order.evidence_kind,
        evidence_reference=order.evidence_reference,
        valid_from=order.valid_from,
        valid_to=order.valid_to,
        ended_reason=order.ended_reason,
    )
