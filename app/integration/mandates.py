"""Mandates, from the office that saw the proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.catalogue.conformity import Fault
from app.database.engine import Database
from app.identity.machines import Machine
from app.integration import places
from app.integration.places import Place
from app.legitimation import history, objections, register, requirements
from app.legitimation.endings import EndedReason, in_turn_of_case
from app.legitimation.history import Known
from app.legitimation.kinds import TERMS, Action, MandateKind, Proof, Source
from app.legitimation.objections import Raised
from app.legitimation.recording import (
    GRANTEE_LABEL_COLUMN,
    LABEL_COLUMN,
    Evidence,
    NewMandate,
    Recorded,
    record_mandate,
)
from app.legitimation.register import Newcomer
from app.legitimation.requirements import Wish
from app.lifecycle.references import refuse_erased
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import InvalidBody, NotFound
from app.vocabulary.ids import CaseId, PersonId, SubjectId
from app.vocabulary.levels import Assurance


class MandateUnfit(InvalidBody):
    """It is not what a mandate of its kind may be. `faults` say where and how."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateOrder:
    """`assurance` is None where the proof speaks for itself."""

    kind: MandateKind
    grantor: Place
    grantee: Place
    newcomer: Newcomer | None
    label: str | None
    groups: frozenset[str]
    actions: frozenset[Action]
    evidence_kind: Proof
    evidence_reference: str
    valid_from: datetime
    valid_to: datetime | None
    ended_reason: EndedReason | None
    grantee_label: str | None = None
    assurance: Assurance | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None
    source: Source = Source.OWN_REGISTER
    ended_received_at: datetime | None = None
    reserved: frozenset[str] = frozenset()

    def wish(self) -> Wish:
        sure = TERMS[self.kind].proofs.get(self.evidence_kind, Assurance.BASIC)
        return Wish(
            kind=self.kind,
            groups=self.groups,
            actions=self.actions,
            proof=self.evidence_kind,
            assurance=sure if self.assurance is None else self.assurance,
            member=self.grantee.case is not None,
            valid_to=self.valid_to,
            reserved=self.reserved,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateIntake:
    database: Database
    vault: Vault
    log: Log
    clock: Clock

    async def put(self, machine: Machine, ref: str, order: MandateOrder) -> Recorded:
        """One more version of this mandate.

        Raises MandateUnfit for one that its kind may not be, NotFound for a person or case not
        there. An order that ends a mandate is not judged: ending is always possible.
        """
        now, tenant, wish = self.clock(), machine.tenant, order.wish()
        if any(moment and moment > now for moment in (order.verified_at, order.ended_received_at)):
            raise InvalidBody
        if order.ended_reason is None and (faults := requirements.faults(wish)):
            raise MandateUnfit(faults)
        indexer = await self.vault.indexer(tenant)
        async with self.database.transaction(tenant) as tx:
            case, grantor = await places.find(tx, tenant, order.grantor)
            if case is None:
                raise NotFound
            # Before the household and objections are looked at, which may be changing just now.
            await in_turn_of_case(tx, tenant, case)
            if order.grantee.case is not None:
                _, grantee = await places.find(tx, tenant, order.grantee)
            else:
                newcomer = order.newcomer or Newcomer(ref=order.grantee.person)
                await refuse_erased(tx, indexer, tenant, case=None, persons=[newcomer.ref])
                grantee = await register.representative(tx, indexer, tenant, newcomer, now=now)
            if order.ended_reason is None and (
                faults := await requirements.faults_of_persons(
                    tx, tenant, wish, case=case, grantor=grantor, grantee=grantee, now=now
                )
            ):
                raise MandateUnfit(faults)
            new = _new_mandate(ref, order, machine, (grantor, grantee, case), now)
            key = await self.vault.key(tx, tenant, grantor)
            recorded = await record_mandate(tx, tenant, new, key=key, now=now)
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

    async def known(
        self, machine: Machine, ref: str, *, known: datetime | None, about: datetime | None
    ) -> Known:
        """What we knew at `known` about this mandate at `about`; each is now where not given.

        Raises NotFound where nothing was known of it yet.
        """
        now = self.clock()
        async with self.database.transaction(machine.tenant) as tx:
            mandate = await history.named(tx, machine.tenant, ref)
            found = await history.known(
                tx, machine.tenant, mandate, known=known or now, about=about or now
            )
        if found is None:
            raise NotFound
        return found

    async def objections(self, machine: Machine, *, since: datetime | None) -> list[Raised]:
        """What represented persons objected to, for the office to act on."""
        async with self.database.transaction(machine.tenant) as tx:
            return await objections.raised(tx, machine.tenant, since=since)


def _new_mandate(
    ref: str,
    order: MandateOrder,
    machine: Machine,
    who: tuple[PersonId, PersonId, CaseId],
    now: datetime,
) -> NewMandate:
    grantor, grantee, case = who
    return NewMandate(
        ref=ref,
        kind=order.kind,
        grantor=grantor,
        grantee=grantee,
        case=case,
        groups=order.groups,
        actions=order.actions,
        reserved=order.reserved,
        evidence=Evidence(
            kind=order.evidence_kind,
            reference=order.evidence_reference,
            assurance=order.wish().assurance,
            verified_by=order.verified_by or machine.client_id,
            verified_at=order.verified_at or now,
            source=order.source,
        ),
        labels={LABEL_COLUMN: order.label, GRANTEE_LABEL_COLUMN: _grantee_label(order)},
        valid_from=order.valid_from,
        valid_to=order.valid_to,
        ended_reason=order.ended_reason,
        ended_received_at=None if order.ended_reason is None else (order.ended_received_at or now),
    )


def _grantee_label(order: MandateOrder) -> str | None:
    """What the represented person calls whoever acts for them, unless the office says else."""
    named = order.newcomer
    if order.grantee_label is not None or named is None or not (named.given and named.family):
        return order.grantee_label
    return f"{named.given} {named.family}"
